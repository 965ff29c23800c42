// The page of a case: photos beside their damages, either one points at the other; tools, keys, what is drawn.

import { BoxPen, OutlinePen } from "./drawing.js";
import { ReshapePen } from "./reshaping.js";
import { Viewer } from "./viewer.js";

const page = document.querySelector("[data-case]");
const look = document.querySelector("[data-look]");
const figures = [...look.querySelectorAll("figure.photo")];
const viewers = new Map(figures.map((figure) => [figure.dataset.photo, new Viewer(figure)]));
const dialog = document.querySelector("[data-add]");
const hint = look.querySelector("[data-hint]");
let shown = null;
let picked = 0;

const show = (number) => {
  if (!viewers.has(number)) {
    return;
  }
  if (shown !== viewers.get(number)) {
    shown?.pen?.cancel();
  }
  for (const figure of figures) {
    figure.hidden = figure.dataset.photo !== number;
  }
  shown = viewers.get(number);
  shown.laid();
  for (const link of look.querySelectorAll(".strip [data-show]")) {
    const own = link.dataset.show === number;
    link.toggleAttribute("aria-current", own);
    if (own) {
      link.scrollIntoView({ block: "nearest", inline: "nearest" });
    }
  }
  for (const field of document.querySelectorAll('input[name="photo_number"]')) {
    field.value = number;
  }
};

const warm = (number) => {
  for (const spot of document.querySelectorAll("[data-map] .spot")) {
    spot.classList.toggle("hot", spot.dataset.damage === number);
  }
  for (const panel of document.querySelectorAll("[data-map] [data-numbers]")) {
    panel.classList.toggle("hot", panel.dataset.numbers.split(" ").includes(number));
  }
  for (const shape of look.querySelectorAll(".shape")) {
    const own = shape.dataset.damage === number;
    shape.classList.toggle("hot", own);
    shape.classList.toggle("cold", number !== null && !own);
  }
  for (const row of document.querySelectorAll("tbody.damage")) {
    row.classList.toggle("hot", row.dataset.damage === number);
  }
};

const pick = (number, { closer = true } = {}) => {
  const shapes = [...look.querySelectorAll(`.shape:not(.label)[data-damage="${number}"]`)];
  const here = shapes.find((shape) => !shape.closest("figure").hidden) ?? shapes[0];
  picked = Number(number);
  if (here) {
    show(here.closest("figure").dataset.photo);
    if (closer) {
      shown.show(here.querySelector(".line").getBBox());
    }
  }
  warm(String(number));
};

const zoomed = { in: 1.5, out: 1 / 1.5 };

const press = (kind, on) => look.querySelector(`[data-do="${kind}"]`)?.setAttribute("aria-pressed", String(on));

const masks = () => {
  const off = look.classList.toggle("no-masks");
  press("masks", !off);
};

const draw = (kind) => {
  if (!dialog || !shown) {
    return;
  }
  if (shown.pen) {
    const same = shown.pen.kind === kind;
    shown.pen.cancel();
    if (same) {
      return;
    }
  }
  const over = () => {
    press(kind, false);
    hint.hidden = true;
  };
  const done = (points) => {
    over();
    const form = dialog.querySelector("form");
    form.elements.photo.value = shown.figure.dataset.id;
    form.elements.outline.value = JSON.stringify(points);
    dialog.showModal();
  };
  const Chosen = kind === "box" ? BoxPen : OutlinePen;
  const pen = new Chosen(shown, done, over);
  pen.kind = kind;
  press(kind, true);
  hint.textContent = hint.dataset[kind];
  hint.hidden = false;
};

// the outline goes into the damage's own form, and waits there to be saved with whatever else is changed
const reshape = (damage, photo) => {
  show(photo);
  const shape = shown.figure.querySelector(`.shape:not(.label)[data-damage="${damage}"]`);
  if (!shape) {
    return;
  }
  shown.pen?.cancel();
  look.classList.remove("no-masks");
  press("masks", true);
  shown.show(shape.querySelector(".line").getBBox());
  const bar = look.querySelector("[data-reshaping]");
  const row = document.getElementById(`damage-${damage}`);
  const over = () => {
    bar.hidden = hint.hidden = true;
    shape.classList.remove("under-pen");
  };
  const done = (points) => {
    over();
    const form = row.querySelector("form.correct");
    for (const [name, value] of Object.entries({ photo: shown.figure.dataset.id, outline: JSON.stringify(points) })) {
      form.elements[name].disabled = false;
      form.elements[name].value = value;
    }
    form.requestSubmit(form.querySelector('button[value="change"]'));
  };
  const points = shape.dataset.outline.split(" ").map((point) => point.split(",").map(Number));
  shape.classList.add("under-pen");
  const pen = new ReshapePen(shown, points, done, over);
  pen.kind = "reshape";
  hint.textContent = hint.dataset.reshape;
  bar.hidden = hint.hidden = false;
  look.scrollIntoView({ block: "nearest" });
};

const reshapeChosen = () => {
  const number = shown?.figure.dataset.photo;
  if (picked && dialog && shown?.figure.querySelector(`.shape:not(.label)[data-damage="${picked}"]`)) {
    reshape(String(picked), number);
  }
};

for (const row of document.querySelectorAll("[data-reshape]:not([data-hint])")) {
  row.hidden = false;
  row.addEventListener("click", ({ target }) => {
    const told = target.closest("[data-reshape-on]")?.dataset;
    if (told) {
      reshape(told.reshapeDamage, told.reshapeOn);
    }
  });
}

look.querySelector("[data-reshaping]")?.addEventListener("click", ({ target }) => {
  const wanted = target.closest("[data-do]")?.dataset.do;
  if (wanted === "keep") {
    shown?.pen?.keep();
  } else if (wanted) {
    shown?.pen?.cancel();
  }
});

const deeds = {
  masks,
  fit: () => shown?.fit(),
  in: () => shown?.zoom(zoomed.in),
  out: () => shown?.zoom(zoomed.out),
  box: () => draw("box"),
  polygon: () => draw("polygon"),
};

look.classList.add("lively");
const tools = look.querySelector("[data-tools]");
tools.hidden = figures.length === 0;
tools.addEventListener("click", (event) => {
  const button = event.target.closest("[data-do]");
  deeds[button?.dataset.do]?.();
});

let dragged = false;
let from = [0, 0];
document.addEventListener("pointerdown", (event) => {
  from = [event.clientX, event.clientY];
});
document.addEventListener("pointerup", (event) => {
  dragged = Math.hypot(event.clientX - from[0], event.clientY - from[1]) > 5;
});

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-show], [data-pick]");
  const shape = event.target.closest(".shape");
  const panel = event.target.closest("[data-numbers]");
  if (panel && !link) {
    const own = panel.dataset.numbers.split(" ");
    pick(own[(own.indexOf(String(picked)) + 1) % own.length]);
    document.getElementById(`damage-${picked}`)?.scrollIntoView({ block: "nearest" });
  } else if (link?.dataset.pick) {
    event.preventDefault();
    pick(link.dataset.pick);
    if (link.matches(".spot")) {
      document.getElementById(`damage-${picked}`)?.scrollIntoView({ block: "nearest" });
    }
  } else if (link) {
    event.preventDefault();
    show(link.dataset.show);
  } else if (shape && !shown?.pen) {
    pick(shape.dataset.damage, { closer: false });
    const row = document.getElementById(`damage-${shape.dataset.damage}`);
    row?.scrollIntoView({ block: "nearest" });
    row?.querySelector(".pick").focus({ preventScroll: true });
  } else if (event.target.closest(".canvas") && !shown?.pen && !dragged) {
    picked = 0;
    warm(null);
  }
});

for (const kind of ["mouseover", "focusin"]) {
  document.addEventListener(kind, (event) => {
    const own = event.target.closest(".shape, tbody.damage, .spot, [data-numbers]");
    if (own) {
      warm(own.dataset.damage ?? own.dataset.numbers.split(" ")[0]);
    } else if (kind === "mouseover" && event.target.closest("[data-look], .damages, [data-map]")) {
      warm(picked ? String(picked) : null); // what was chosen stays so
    }
  });
}

const numbers = () => [...document.querySelectorAll("tbody.damage")].map((row) => Number(row.dataset.damage));

const next = (way) => {
  const all = numbers();
  if (all.length) {
    pick(String(all[(all.indexOf(picked) + way + all.length) % all.length]));
    document.getElementById(`damage-${picked}`).scrollIntoView({ block: "nearest" });
  }
};

const turn = (way) => {
  const place = figures.indexOf(shown?.figure);
  const figure = figures[place + way];
  if (figure) {
    show(figure.dataset.photo);
  }
};

const keys = {
  j: () => next(1),
  k: () => next(-1),
  n: () => turn(1),
  v: () => turn(-1),
  m: masks,
  "+": deeds.in,
  "-": deeds.out,
  0: deeds.fit,
  b: deeds.box,
  p: deeds.polygon,
  e: reshapeChosen,
};

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, select, textarea, dialog");
  if (typing || event.altKey || event.metaKey) {
    return;
  }
  if (event.ctrlKey) {
    if (event.key === "z") {
      document.querySelector("[data-undo]")?.requestSubmit();
    }
    return;
  }
  if (event.key === "Escape" && shown?.pen) {
    shown.pen.cancel();
  } else if (keys[event.key]) {
    event.preventDefault();
    keys[event.key]();
  }
});

dialog?.querySelector("[data-cancel]").addEventListener("click", () => dialog.close());

const offer = document.querySelector("[data-offer]");
const kinds = document.querySelectorAll('.decide input[name="kind"]');
const offered = () => {
  if (offer) {
    const kind = document.querySelector('.decide input[name="kind"]:checked')?.value;
    offer.hidden = kind !== "offer";
    document.querySelector("[data-more-photos]").hidden = kind !== "more_photos";
  }
};
for (const one of kinds) {
  one.addEventListener("change", offered);
}
offered();

const asked = () => /^#photo-(\d+)$/.exec(location.hash)?.[1] ?? "";
addEventListener("hashchange", () => show(asked()));
show(viewers.has(asked()) ? asked() : (figures[0]?.dataset.photo ?? ""));
document.querySelector("[data-refused]")?.focus();

// after a form was sent the page stands where it stood
const scrolled = `scrolled ${location.pathname}`;
document.addEventListener("submit", () => sessionStorage.setItem(scrolled, String(scrollY)));
const before = sessionStorage.getItem(scrolled);
sessionStorage.removeItem(scrolled);
if (before !== null && !document.querySelector("[data-refused]")) {
  history.scrollRestoration = "manual";
  const back = () => scrollTo(0, Number(before));
  back();
  addEventListener("load", back, { once: true });
}

if (page.dataset.state === "working") {
  setTimeout(() => location.reload(), 3000);
}
