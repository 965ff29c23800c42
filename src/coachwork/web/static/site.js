// What every page does: keeps a word ready for when the network is gone, and says when it is.

if ("serviceWorker" in navigator) {
  navigator.serviceWorker.register("/sw.js").catch(() => {
    // without one the pages work as well, as long as there is a network
  });
}

const bar = document.querySelector("[data-offline]");
const told = () => {
  bar.hidden = navigator.onLine;
};
addEventListener("online", told);
addEventListener("offline", told);
told();

for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) {
      event.preventDefault();
    }
    form.dataset.sent = "yes";
  });
}
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-once]")) {
    delete form.dataset.sent;
  }
});

for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) {
    continue; // pages without https may not write there
  }
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.textContent = button.dataset.copied;
  });
}
