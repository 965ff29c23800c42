// Draws a box or an outline on a photo, with mouse, finger or keys, and hands over its points in the photo's pixels.

const SPACE = "http://www.w3.org/2000/svg";

export const element = (name, values) => {
  const made = document.createElementNS(SPACE, name);
  for (const [key, value] of Object.entries(values)) {
    made.setAttribute(key, value);
  }
  return made;
};

export class Pen {
  constructor(viewer, done, given_up) {
    this.viewer = viewer;
    this.done = done;
    this.given_up = given_up;
    this.draft = element("g", { class: "draft" });
    viewer.svg.append(this.draft);
    viewer.canvas.classList.add("draws");
    viewer.pen = this;
    viewer.canvas.focus({ preventScroll: true });
  }

  end() {
    this.draft.remove();
    this.viewer.pen = null;
    this.viewer.canvas.classList.remove("draws");
  }

  cancel() {
    this.end();
    this.given_up();
  }

  finish(points) {
    this.end();
    this.done(points.map(([x, y]) => [Math.round(x * 10) / 10, Math.round(y * 10) / 10]));
  }

  within([x, y]) {
    return [Math.min(Math.max(x, 0), this.viewer.width), Math.min(Math.max(y, 0), this.viewer.height)];
  }

  step(event) {
    const length = (event.shiftKey && this.coarse ? 40 : 12) / this.viewer.perPixel;
    return { ArrowLeft: [-length, 0], ArrowRight: [length, 0], ArrowUp: [0, -length], ArrowDown: [0, length] }[event.key];
  }

  lines(points, closed) {
    const d = "M" + points.map((point) => point.join(" ")).join("L") + (closed ? "Z" : "");
    const kept = { d, "vector-effect": "non-scaling-stroke" };
    this.draft.replaceChildren(element("path", { ...kept, class: "under" }), element("path", kept));
  }
}

export class BoxPen extends Pen {
  constructor(...told) {
    super(...told);
    const [x, y, width, height] = this.viewer.seen();
    this.box = [x + width * 0.4, y + height * 0.4, x + width * 0.6, y + height * 0.6];
    this.start = null;
    this.drawn();
  }

  corners() {
    const [x0, y0, x1, y1] = this.box;
    return [
      [Math.min(x0, x1), Math.min(y0, y1)],
      [Math.max(x0, x1), Math.min(y0, y1)],
      [Math.max(x0, x1), Math.max(y0, y1)],
      [Math.min(x0, x1), Math.max(y0, y1)],
    ];
  }

  drawn() {
    this.lines(this.corners(), true);
  }

  down(point) {
    this.start = point;
  }

  move(point, pressed) {
    if (pressed && this.start) {
      this.box = [...this.start, ...point];
      this.drawn();
    }
  }

  up(point) {
    const least = 6 / this.viewer.perPixel;
    if (this.start && Math.abs(point[0] - this.start[0]) > least && Math.abs(point[1] - this.start[1]) > least) {
      this.finish(this.corners());
    }
    this.start = null;
  }

  key(event) {
    const step = this.step(event);
    if (step) {
      const [x0, y0, x1, y1] = this.box;
      const [dx, dy] = step;
      const [left, top] = event.shiftKey ? [x0, y0] : this.within([x0 + dx, y0 + dy]);
      const [right, bottom] = this.within([x1 + dx, y1 + dy]);
      if (right - left > 2 && bottom - top > 2) {
        this.box = [left, top, right, bottom];
        this.drawn();
      }
    } else if (event.key === "Enter") {
      this.finish(this.corners());
    } else if (event.key === "Escape") {
      this.cancel();
    } else {
      return false;
    }
    return true;
  }
}

export class OutlinePen extends Pen {
  constructor(...told) {
    super(...told);
    this.coarse = true;
    this.points = [];
    const [x, y, width, height] = this.viewer.seen();
    this.at = [x + width / 2, y + height / 2];
    this.drawn();
  }

  drawn() {
    const one = 1 / this.viewer.perPixel;
    this.lines(this.points.length ? [...this.points, this.at] : [this.at], false);
    for (const [place, [cx, cy]] of this.points.entries()) {
      const radius = (place === 0 ? 7 : 4) * one;
      this.draft.append(element("circle", { cx, cy, r: radius, "vector-effect": "non-scaling-stroke" }));
    }
    const [x, y] = this.at;
    const arm = 10 * one;
    const d = `M${x - arm} ${y}H${x + arm}M${x} ${y - arm}V${y + arm}`;
    this.draft.append(element("path", { d, class: "cross", "vector-effect": "non-scaling-stroke" }));
  }

  down() {}

  move(point) {
    this.at = point;
    this.drawn();
  }

  up(point) {
    this.at = point;
    this.add();
  }

  add() {
    const near = 10 / this.viewer.perPixel;
    const [first] = this.points;
    if (first && this.points.length >= 3 && Math.hypot(first[0] - this.at[0], first[1] - this.at[1]) < near) {
      this.finish(this.points);
      return;
    }
    const last = this.points.at(-1);
    if (!last || Math.hypot(last[0] - this.at[0], last[1] - this.at[1]) > near / 5) {
      this.points.push([...this.at]);
    }
    this.drawn();
  }

  key(event) {
    const step = this.step(event);
    if (step) {
      this.at = this.within([this.at[0] + step[0], this.at[1] + step[1]]);
    } else if (event.key === " ") {
      this.add();
      return true;
    } else if (event.key === "Backspace") {
      this.points.pop();
    } else if (event.key === "Enter") {
      if (this.points.length >= 3) {
        this.finish(this.points);
      }
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
