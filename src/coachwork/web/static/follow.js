// Follows the work on a case, and shows its result as soon as it is there.

const place = document.querySelector("[data-follow]");
const told = place.querySelector("[data-told]");
const begun = Date.now();
let pause = 1000;

async function look() {
  try {
    const response = await fetch(place.dataset.follow, { cache: "no-store", headers: { Accept: "application/json" } });
    if (response.ok) {
      const { state, version } = await response.json();
      if (state !== "working" || String(version) !== place.dataset.version) {
        location.reload();
        return;
      }
    }
    pause = response.ok ? Math.min(5000, 1.25 * pause) : Math.min(30_000, 2 * pause);
  } catch {
    pause = Math.min(30_000, 2 * pause); // the network is gone: a line on the page says so
  }
  if (Date.now() - begun > 60_000) {
    told.textContent = place.dataset.still;
  }
  setTimeout(look, pause);
}

setTimeout(look, pause);
addEventListener("online", () => (pause = 1000));
