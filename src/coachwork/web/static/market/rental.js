// A check-out and a check-in of one car: two lists of photos, sent one after the other, and compared.

import { Sender } from "../uploads.js";
import { asked, element, fill, gathered, sendAll, takes } from "./dropped.js";

const { csrf, mostPhotos, mostBytes, t } = JSON.parse(document.getElementById("market-values").textContent);
const form = document.querySelector("[data-rental]");
const start = document.querySelector("[data-start]");
const status = document.querySelector("[data-status]");
const batch = Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");
const sides = new Map();

for (const area of document.querySelectorAll("[data-drop]")) {
  const side = { photos: [], strip: area.querySelector(".thumbs"), told: area.querySelector("[data-told]"), progress: area.querySelector("progress"), refused: area.querySelector(".advice"), id: null };
  sides.set(area.dataset.drop, side);
  takes(area, async (source) => {
    const { photos } = await gathered(source, (name) => {
      side.refused.append(element("li", { textContent: fill(t.bad_zip, { name }) }));
    });
    for (const photo of photos) {
      if (photo.size <= mostBytes && side.photos.length < mostPhotos && !side.photos.some((one) => one.path === photo.path && one.size === photo.size)) {
        side.photos.push(photo);
        show(side, photo);
      }
    }
    shown();
  });
}

async function show(side, photo) {
  try {
    const image = element("img", { alt: photo.path, width: 96, height: 72, src: URL.createObjectURL(await photo.file()) });
    image.addEventListener("error", () => image.remove());
    side.strip.append(image);
  } catch {
    // it is told when it is sent
  }
}

function shown() {
  for (const side of sides.values()) {
    side.told.textContent = side.photos.length ? fill(side.photos.length === 1 ? t.photo : t.photos, { count: side.photos.length }) : "";
  }
  start.disabled = [...sides.values()].some((side) => !side.photos.length);
}

function vehicle() {
  const told = Object.fromEntries(["make", "model", "plate"].map((name) => [name, form.elements[name].value.trim()]));
  return Object.values(told).some(Boolean) ? told : null;
}

async function sent(name, side) {
  const body = { reference: form.elements.reference.value.trim(), purpose: "rental", side: name, batch, vehicle: vehicle() };
  side.id = (await asked("/workbench/listings/open", csrf, body)).id;
  side.progress.hidden = false;
  const home = `/workbench/listings/${side.id}`;
  const refused = await sendAll(new Sender(home, { "X-Csrf": csrf }), side.photos, t, (share) => {
    side.progress.value = share;
  });
  side.refused.replaceChildren(...refused.map(([photo, why]) => element("li", { textContent: `${photo}: ${why}` })));
  await asked(`${home}/complete`, csrf);
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  start.disabled = true;
  try {
    for (const name of ["before", "after"]) {
      status.textContent = t[`side_${name}`];
      await sent(name, sides.get(name));
    }
    const body = { before: sides.get("before").id, after: sides.get("after").id, reference: form.elements.reference.value.trim(), charges: form.elements.charges.value };
    location.assign(`/workbench/rentals/${(await asked("/workbench/rentals/compare", csrf, body)).id}`);
  } catch (problem) {
    status.textContent = `${t.failed} ${problem.message}`;
    start.disabled = false;
  }
});

document.querySelector("[data-scripted]").hidden = false;
shown();
