// Many listings at once: sorts photos by folder or by the beginning of their names, and sends them listing by listing.

import { Sender } from "../uploads.js";
import { asked, element, fill, gathered, sendAll, takes } from "./dropped.js";

const { csrf, mostPhotos, mostBytes, t } = JSON.parse(document.getElementById("market-values").textContent);
const area = document.querySelector("[data-drop]");
const list = document.querySelector("[data-listings]");
const start = document.querySelector("[data-start]");
const status = document.querySelector("[data-status]");
const notes = document.querySelector("[data-notes]");
const lot = document.querySelector("#lot");
const groups = new Map();
let cars = new Map();
let running = false;

// the folder that a photo lies in; without one its name up to the last number, as in 4711-02.jpg
function listingOf(path) {
  const parts = path.split("/");
  const stem = parts.pop().replace(/\.\w+$/, "");
  return parts.pop() ?? /^(.+?)[ _-]+\(?\d{1,3}\)?$/.exec(stem)?.[1] ?? stem;
}

function note(text, kind = "warn") {
  notes.append(element("li", { textContent: text, className: kind }));
  notes.hidden = false;
}

async function taken(source) {
  const { photos, tables, others } = await gathered(source, (name) => note(fill(t.bad_zip, { name })));
  for (const table of tables) {
    await readTable(await table.file());
  }
  for (const photo of photos) {
    if (photo.size > mostBytes) {
      note(fill(t.too_large, { name: photo.path }));
      continue;
    }
    const name = listingOf(photo.path);
    const group = groups.get(name) ?? { name, photos: [], item: null };
    groups.set(name, group);
    if (!group.photos.some((one) => one.path === photo.path && one.size === photo.size)) {
      group.photos.push(photo);
    }
  }
  if (others.length) {
    note(fill(t.others, { count: others.length, names: others.slice(0, 3).join(", ") }));
  }
  shown();
}

async function readTable(file) {
  try {
    const told = await asked("/workbench/listings/table", csrf, await file.arrayBuffer(), "text/csv");
    cars = new Map([...cars, ...told.cars.map((car) => [car.listing, car])]);
    for (const problem of told.problems.slice(0, 20)) {
      note(fill(t.line, problem), "bad");
    }
    if (told.cars.length) {
      note(fill(told.cars.length === 1 ? t.table_one : t.table, { name: file.name, count: told.cars.length }), "good");
    }
  } catch (problem) {
    note(problem.message, "bad");
  }
}

function carOf(name) {
  const wanted = name.trim().toLowerCase();
  return [...cars.values()].find((car) => car.listing.toLowerCase() === wanted)?.vehicle;
}

function shown() {
  const sorted = [...groups.values()].sort((one, other) => one.name.localeCompare(other.name, undefined, { numeric: true }));
  list.replaceChildren(...sorted.map((group) => group.item ?? itemOf(group)));
  for (const group of groups.values()) {
    told(group);
  }
  const names = [...groups.values()].map((group) => group.field.value.trim().toLowerCase());
  const alone = [...cars.keys()].filter((name) => !names.includes(name.toLowerCase()));
  const count = [...groups.values()].reduce((sum, group) => sum + group.photos.length, 0);
  start.disabled = running || !groups.size;
  document.querySelector("[data-found]").hidden = !groups.size;
  document.querySelector("[data-empty]").hidden = groups.size > 0;
  if (!running) {
    status.textContent = groups.size ? fill(t.found, { listings: groups.size, photos: count }) : t.nothing;
    if (alone.length && groups.size) {
      status.textContent += ` ${fill(t.alone, { count: alone.length, names: alone.slice(0, 5).join(", ") })}`;
    }
  }
}

function itemOf(group) {
  const id = `listing-${1 + list.children.length + Math.random().toString(36).slice(2, 8)}`;
  group.field = element("input", { id, value: group.name, maxLength: 200, required: true });
  group.field.addEventListener("input", shown);
  group.told = element("p", { className: "faint" });
  group.state = element("p", { className: "listing-state" });
  group.progress = element("progress", { max: 1, value: 0, hidden: true });
  group.refused = element("ul", { className: "advice" });
  group.remove = element("button", { type: "button", className: "small", textContent: t.remove });
  group.remove.setAttribute("aria-label", `${t.remove}: ${group.name}`);
  group.remove.addEventListener("click", () => {
    groups.delete(group.name);
    shown();
    (list.querySelector("button") ?? area.querySelector("input")).focus();
  });
  group.strip = element("div", { className: "thumbs" });
  group.strip.setAttribute("aria-hidden", "true");
  preview(group);
  const label = element("label", { textContent: t.name });
  label.htmlFor = id;
  const field = element("div", { className: "field" }, label, group.field, group.told);
  group.item = element("li", { className: "new-listing" }, group.strip, field, element("div", { className: "new-state" }, group.state, group.progress, group.refused), group.remove);
  return group.item;
}

async function preview(group) {
  for (const photo of group.photos.slice(0, 3)) {
    try {
      const image = element("img", { alt: "", width: 96, height: 72, src: URL.createObjectURL(await photo.file()) });
      image.addEventListener("error", () => image.remove());
      group.strip.append(image);
    } catch {
      // it is told when it is sent
    }
  }
}

function told(group) {
  const vehicle = carOf(group.field.value);
  const car = vehicle ? [vehicle.make, vehicle.model, vehicle.year].filter(Boolean).join(" ") : cars.size ? t.no_line : "";
  const photos = fill(group.photos.length === 1 ? t.photo : t.photos, { count: group.photos.length });
  group.told.textContent = [photos, car].filter(Boolean).join(" · ");
  group.item.classList.toggle("failed", group.photos.length > mostPhotos);
  if (group.photos.length > mostPhotos) {
    group.told.textContent += ` · ${fill(t.too_many, { most: mostPhotos })}`;
  }
}

async function send(group) {
  const reference = group.field.value.trim() || group.name;
  group.field.disabled = true;
  group.remove.hidden = true;
  group.progress.hidden = false;
  group.progress.setAttribute("aria-label", reference);
  group.state.textContent = t.sending;
  group.refused.replaceChildren();
  try {
    const body = { reference, lot: lot.value.trim(), vehicle: carOf(reference) ?? null };
    const home = `/workbench/listings/${(await asked("/workbench/listings/open", csrf, body)).id}`;
    const sender = new Sender(home, { "X-Csrf": csrf });
    const photos = group.photos.slice(0, mostPhotos);
    const refused = await sendAll(sender, photos, t, (share) => {
      group.progress.value = share;
    });
    group.refused.replaceChildren(...refused.slice(0, 10).map(([name, why]) => element("li", { textContent: `${name}: ${why}` })));
    await asked(`${home}/complete`, csrf);
    group.state.replaceChildren(element("a", { href: home, textContent: t.open }), ` · ${t.handed}`);
    group.item.classList.add("done");
    group.done = true;
  } catch (problem) {
    group.state.textContent = `${t.failed} ${problem.message}`;
    group.item.classList.add("failed");
    group.field.disabled = false;
    group.remove.hidden = false;
  }
  group.progress.hidden = true;
}

start.addEventListener("click", async () => {
  running = true;
  start.disabled = true;
  lot.disabled = true;
  const open = [...groups.values()].filter((group) => !group.done).sort((one, other) => one.name.localeCompare(other.name, undefined, { numeric: true }));
  for (const [place, group] of open.entries()) {
    status.textContent = fill(t.progress, { number: place + 1, count: open.length, name: group.field.value });
    await send(group);
  }
  running = false;
  const failed = [...groups.values()].filter((group) => !group.done).length;
  status.textContent = failed ? fill(t.some_failed, { count: failed }) : t.all_done;
  start.disabled = !failed;
  start.textContent = failed ? t.again : start.textContent;
  document.querySelector("[data-done]").hidden = false;
});

addEventListener("beforeunload", (event) => {
  if (running) {
    event.preventDefault();
  }
});

takes(area, taken);
document.querySelector("[data-scripted]").hidden = false;
document.querySelector("[data-plain]").open = false;
shown();
