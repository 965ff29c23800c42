// Guided capture: takes photos, advises at once, sends them, and says which views are missing.

import * as camera from "./camera.js";
import { forget, keep, keptOf } from "./kept.js";
import { faults } from "./quality.js";
import { Sender } from "./uploads.js";

const values = JSON.parse(document.getElementById("capture-values").textContent);
const { home, limits, t } = values;
const sender = new Sender(home);
const shots = document.querySelector("[data-shots]");
const tiles = [...document.querySelectorAll("[data-view]")];
const views = tiles.map((tile) => tile.dataset.view);
const ready = document.querySelector("[data-complete] button");
const missing = document.querySelector("[data-missing]");

const arrived = new Map(values.photos.map((photo) => [photo.id, photo]));
const taken = new Set(values.photos.filter((photo) => photo.usable).map((photo) => viewOf(photo.name)));
const fresh = new Set(); // views that were taken since this page was opened
let seen = new Set();
let pending = 0;

// photos that were taken by guidance are called by their view, such as close_up-3.jpg
function viewOf(name) {
  return views.find((view) => new RegExp(`^${view}-\\d+\\.\\w+$`).test(name));
}

function fill(text, put) {
  return text.replace(/\{(\w+)\}/g, (whole, key) => put[key] ?? whole);
}

function shown() {
  for (const tile of tiles) {
    const view = tile.dataset.view;
    const done = seen.has(view) || taken.has(view);
    tile.toggleAttribute("data-done", done);
    const tag = tile.querySelector("[data-state]");
    tag.className = done ? "tag good" : "tag";
    const asked = values.wanted.includes(view) && !fresh.has(view);
    tag.textContent = asked ? t.asked : seen.has(view) ? `✓ ${t.done}` : done ? `✓ ${t.taken}` : t.todo;
    if (asked) {
      tag.className = "tag warn";
      tile.removeAttribute("data-done");
    }
    if (view === "close_up" && done && !asked) {
      tile.querySelector(".tile-hint").textContent = t["camera.closer"];
    }
  }
  const lacking = tiles.filter((tile) => !tile.hasAttribute("data-done"));
  const names = lacking.map((tile) => tile.querySelector(".tile-title").textContent).join(", ");
  document.querySelector("[data-none]").hidden = shots.children.length > 0;
  ready.disabled = pending > 0 || !arrived.size;
  ready.textContent = lacking.length && arrived.size ? ready.dataset.anyway : ready.dataset.ready;
  if (pending) {
    missing.textContent = ready.dataset.wait;
  } else if (!arrived.size) {
    missing.textContent = ready.dataset.first;
  } else {
    missing.textContent = lacking.length ? fill(t.missing, { views: names }) : t.complete;
  }
}

let looking;
function look() {
  clearTimeout(looking);
  looking = setTimeout(async () => {
    try {
      const response = await fetch(`${home}/views`, { cache: "no-store" });
      if (response.ok) {
        seen = new Set(Object.values(await response.json()).flat());
        shown();
      }
    } catch {
      // it is only a help; the next photo asks again
    }
  }, 300);
}

function element(name, attributes, ...inside) {
  const made = Object.assign(document.createElement(name), attributes);
  made.append(...inside);
  return made;
}

function shotOf(file, name) {
  const image = element("img", { alt: name, width: 120, height: 90, src: URL.createObjectURL(file) });
  const state = element("p", { className: "shot-state", textContent: t.waiting });
  const progress = element("progress", { max: 1, value: 0 });
  progress.setAttribute("aria-label", name);
  const advice = element("ul", { className: "advice" });
  const buttons = element("div", { className: "row", hidden: true });
  const told = element("div", {}, element("p", { className: "shot-name", textContent: name }), state, progress, advice, buttons);
  const item = element("li", { className: "shot" }, image, told);
  shots.append(item);
  return { item, image, state, progress, advice, buttons };
}

function advise(shot, sentences) {
  shot.item.classList.toggle("poor", sentences.length > 0);
  shot.advice.replaceChildren(...sentences.map((textContent) => element("li", { textContent })));
}

function button(textContent, onclick) {
  return element("button", { type: "button", textContent, onclick });
}

async function take(file, view, id = null) {
  const number = 1 + shots.querySelectorAll(".shot").length;
  const ending = /\.\w{1,5}$/.exec(file.name)?.[0].toLowerCase() ?? ".jpg";
  const name = view ? `${view}-${number}${ending}` : file.name;
  const shot = shotOf(file, name);
  const kept = id ?? `${Date.now()}-${Math.random()}`;
  pending += 1;
  shown();
  if (id === null) {
    await keep({ id: kept, home, view, name: file.name, file });
  }
  shot.state.textContent = t.checking;
  const found = await faults(file, limits).catch(() => []);
  advise(shot, found.map((key) => t[`advice.${key}`]));
  send(file, view, name, shot, kept, found);
}

function send(file, view, name, shot, kept, found) {
  const settled = () => {
    pending -= 1;
    shot.progress.hidden = true;
    shown();
  };
  sender.add(file, name, {
    progress(share) {
      shot.buttons.hidden = true;
      shot.progress.value = share;
      shot.state.textContent = fill(t.sending, { percent: Math.floor(100 * share) });
    },
    waiting(seconds) {
      shot.state.textContent = navigator.onLine ? fill(t.retry, { seconds }) : t.offline;
      shot.buttons.replaceChildren(button(t.now, () => sender.now()));
      shot.buttons.hidden = false;
    },
    done(photo) {
      forget(kept);
      const twice = arrived.has(photo.id);
      arrived.set(photo.id, photo);
      shot.state.textContent = twice ? t.twice : t.arrived;
      shot.image.src = photo.thumbnail;
      advise(shot, photo.advice);
      if (twice) {
        setTimeout(() => shot.item.remove(), 4000);
      }
      if (view && photo.usable && !found.length) {
        taken.add(view);
        fresh.add(view);
      }
      if (photo.removable && !twice) {
        removable(shot.item, photo);
      }
      settled();
      look();
    },
    failed(problem) {
      forget(kept);
      shot.item.classList.add("failed");
      const gone = ["unknown-link", "busy", "refused"].includes(problem.kind);
      shot.state.textContent = problem.told?.reason ? (t[`refused.${problem.told.reason}`] ?? t.failed) : gone ? t.gone : t.failed;
      advise(shot, []);
      shot.buttons.replaceChildren(button(t.remove, () => (shot.item.remove(), shown())));
      shot.buttons.hidden = false;
      settled();
    },
  });
}

// a photo goes for good, after the customer said so twice
async function remove(item, id) {
  if (!confirm(t["remove.sure"])) {
    return;
  }
  const state = item.querySelector(".shot-state");
  try {
    const response = await fetch(`${home}/photos/${id}/remove`, { method: "POST", headers: { Accept: "application/json" } });
    if (response.ok || response.status === 404) {
      arrived.delete(id);
      for (const view of views) {
        if (![...arrived.values()].some((photo) => photo.usable && viewOf(photo.name) === view)) {
          taken.delete(view);
          fresh.delete(view);
        }
      }
      item.remove();
      shown();
      look();
      return;
    }
  } catch {
    // told below
  }
  state.textContent = t["remove.failed"];
}

function removable(item, photo) {
  const made = button(t["remove.go"], () => remove(item, photo.id));
  made.className = "small danger";
  made.setAttribute("aria-label", fill(t["remove.photo"], { name: photo.name }));
  item.querySelector("div").append(made);
}

for (const form of document.querySelectorAll("[data-remove]")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    remove(form.closest(".shot"), form.dataset.remove);
  });
}

for (const lens of document.querySelectorAll("[data-camera]")) {
  lens.hidden = !camera.possible();
  lens.addEventListener("click", () => {
    const view = lens.dataset.camera;
    camera.open({
      wireframe: lens.closest(".tile").querySelector(".wireframe"),
      words: t[view === "close_up" ? "camera.hint_close" : "camera.hint"],
      refused: t["camera.refused"],
      take: (file) => take(file, view),
    });
  });
}

for (const input of document.querySelectorAll("[data-take], [data-choose]")) {
  input.addEventListener("change", () => {
    for (const file of input.files) {
      take(file, input.dataset.take ?? null);
    }
    input.value = "";
  });
}

document.querySelector("[data-capture]").hidden = false;
shown();
if (arrived.size) {
  look();
}
for (const { file, view, name, id } of await keptOf(home)) {
  take(new File([file], name, { type: file.type }), view, id);
}
