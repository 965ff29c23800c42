// Changes an outline that is there: its points are dragged, or moved by keys one at a time.

import { Pen, element } from "./drawing.js";

export class ReshapePen extends Pen {
  constructor(viewer, points, done, given_up) {
    super(viewer, done, given_up);
    this.coarse = true;
    this.points = points;
    this.chosen = 0;
    this.held = null;
    this.drawn();
  }

  middles() {
    return this.points.map(([x, y], place) => {
      const [x1, y1] = this.points[(place + 1) % this.points.length];
      return [(x + x1) / 2, (y + y1) / 2];
    });
  }

  drawn() {
    const one = 1 / this.viewer.perPixel;
    this.lines(this.points, true);
    for (const [cx, cy] of this.middles()) {
      this.draft.append(element("circle", { cx, cy, r: 4 * one, class: "middle", "vector-effect": "non-scaling-stroke" }));
    }
    for (const [place, [cx, cy]] of this.points.entries()) {
      const kind = place === this.chosen ? "handle chosen" : "handle";
      this.draft.append(element("circle", { cx, cy, r: 7 * one, class: kind, "vector-effect": "non-scaling-stroke" }));
    }
  }

  nearest(points, [x, y]) {
    const far = points.map(([px, py]) => Math.hypot(px - x, py - y) * this.viewer.perPixel);
    const place = far.indexOf(Math.min(...far));
    return far[place] < 22 ? place : null;
  }

  down(point) {
    this.held = this.nearest(this.points, point);
    if (this.held === null) {
      const place = this.nearest(this.middles(), point);
      if (place !== null) {
        this.held = place + 1;
        this.points.splice(this.held, 0, point);
      }
    }
    if (this.held !== null) {
      this.chosen = this.held;
      this.drawn();
    }
  }

  move(point, pressed) {
    if (pressed && this.held !== null) {
      this.points[this.held] = this.within(point);
      this.drawn();
    }
  }

  up() {
    this.held = null;
  }

  keep() {
    this.finish(this.points);
  }

  key(event) {
    const step = this.step(event);
    const count = this.points.length;
    if (step) {
      const [x, y] = this.points[this.chosen];
      this.points[this.chosen] = this.within([x + step[0] / 3, y + step[1] / 3]);
    } else if (event.key === "Tab") {
      const next = this.chosen + (event.shiftKey ? -1 : 1);
      if (next < 0 || next >= count) {
        return false; // on to what follows on the page
      }
      this.chosen = next;
    } else if (event.key === "Delete" || event.key === "Backspace") {
      if (count > 3) {
        this.points.splice(this.chosen, 1);
        this.chosen %= count - 1;
      }
    } else if (event.key === "Insert") {
      this.points.splice(this.chosen + 1, 0, this.middles()[this.chosen]);
      this.chosen += 1;
    } else if (event.key === "Enter") {
      this.keep();
      return true;
    } else if (event.key === "Escape") {
      this.cancel();
      return true;
    } else {
      return false;
    }
    this.drawn();
    return true;
  }
}
