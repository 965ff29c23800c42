// A photo that is enlarged and moved: by wheel, fingers, mouse and keys. Damages are drawn on it in its own pixels.

const MOST = 16;
const FULL_FROM = 1.6;

export class Viewer {
  constructor(figure) {
    this.figure = figure;
    this.canvas = figure.querySelector(".canvas");
    this.layer = figure.querySelector(".layer");
    this.image = figure.querySelector("img");
    this.svg = figure.querySelector("svg");
    this.width = Number(figure.dataset.width);
    this.height = Number(figure.dataset.height);
    this.scale = 1;
    this.x = 0;
    this.y = 0;
    this.pen = null; // whoever draws takes the pointer
    this.fingers = new Map();
    this.canvas.addEventListener("wheel", (event) => this.wheeled(event), { passive: false });
    this.canvas.addEventListener("pointerdown", (event) => this.pressed(event));
    this.canvas.addEventListener("pointermove", (event) => this.moved(event));
    for (const kind of ["pointerup", "pointercancel"]) {
      this.canvas.addEventListener(kind, (event) => this.released(event));
    }
    this.canvas.addEventListener("keydown", (event) => this.keyed(event));
    new ResizeObserver(() => this.laid()).observe(this.canvas);
    this.canvas.addEventListener("dblclick", (event) => this.pen || this.zoom(2, event.clientX, event.clientY));
  }

  get perPixel() {
    // how many of the screen's pixels one pixel of the photo takes
    return (this.canvas.clientWidth * this.scale) / this.width;
  }

  point(event) {
    const frame = this.canvas.getBoundingClientRect();
    return [
      Math.min(Math.max((event.clientX - frame.left - this.x) / this.perPixel, 0), this.width),
      Math.min(Math.max((event.clientY - frame.top - this.y) / this.perPixel, 0), this.height),
    ];
  }

  seen() {
    // the part of the photo that shows: x, y, width, height
    const one = this.perPixel;
    return [-this.x / one, -this.y / one, this.canvas.clientWidth / one, this.canvas.clientHeight / one];
  }

  fit() {
    this.scale = 1;
    this.x = this.y = 0;
    this.laid();
  }

  zoom(by, atX = null, atY = null) {
    const frame = this.canvas.getBoundingClientRect();
    const x = atX === null ? frame.width / 2 : atX - frame.left;
    const y = atY === null ? frame.height / 2 : atY - frame.top;
    const scale = Math.min(Math.max(this.scale * by, 1), MOST);
    this.x = x - ((x - this.x) * scale) / this.scale;
    this.y = y - ((y - this.y) * scale) / this.scale;
    this.scale = scale;
    this.laid();
  }

  pan(x, y) {
    this.x += x;
    this.y += y;
    this.laid();
  }

  show(box) {
    // brings a place of the photo into view, with its surroundings
    const scale = Math.min(this.width / Math.max(box.width * 3, 1), this.height / Math.max(box.height * 3, 1));
    this.scale = Math.min(Math.max(scale, 1), 4);
    const one = this.perPixel;
    this.x = this.canvas.clientWidth / 2 - (box.x + box.width / 2) * one;
    this.y = this.canvas.clientHeight / 2 - (box.y + box.height / 2) * one;
    this.laid();
  }

  laid() {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (!width) {
      return; // not shown: laid again when it is
    }
    this.x = Math.min(0, Math.max(this.x, width - width * this.scale));
    this.y = Math.min(0, Math.max(this.y, height - height * this.scale));
    this.layer.style.transform = `translate(${this.x}px, ${this.y}px) scale(${this.scale})`;
    if (this.scale > FULL_FROM && this.image.dataset.full) {
      this.image.src = this.image.dataset.full;
      delete this.image.dataset.full;
    }
    for (const badge of this.svg.querySelectorAll(".badge")) {
      badge.placed ??= badge.getAttribute("transform").split(" scale")[0];
      badge.setAttribute("transform", `${badge.placed} scale(${1.05 / this.perPixel})`);
    }
  }

  wheeled(event) {
    if (!event.ctrlKey && this.scale === 1 && event.deltaY > 0) {
      return; // the page scrolls on
    }
    event.preventDefault();
    this.zoom(Math.exp(-event.deltaY / (event.ctrlKey ? 120 : 400)), event.clientX, event.clientY);
  }

  pressed(event) {
    if (event.button !== 0) {
      return;
    }
    this.fingers.set(event.pointerId, [event.clientX, event.clientY]);
    if (this.pen && this.fingers.size === 1) {
      this.canvas.setPointerCapture(event.pointerId);
      this.pen.down(this.point(event), event);
    }
  }

  moved(event) {
    const before = this.fingers.get(event.pointerId);
    if (this.pen && this.fingers.size < 2) {
      this.pen.move(this.point(event), before !== undefined);
      return;
    }
    if (!before) {
      return;
    }
    const now = [event.clientX, event.clientY];
    if (this.fingers.size === 2) {
      const [other] = [...this.fingers].filter(([id]) => id !== event.pointerId).map(([, at]) => at);
      const far = (one) => Math.hypot(one[0] - other[0], one[1] - other[1]);
      this.zoom(far(now) / Math.max(far(before), 1), (now[0] + other[0]) / 2, (now[1] + other[1]) / 2);
    } else if (this.scale > 1) {
      this.canvas.classList.add("moved");
      if (!this.canvas.hasPointerCapture(event.pointerId)) {
        this.canvas.setPointerCapture(event.pointerId);
      }
      this.pan(now[0] - before[0], now[1] - before[1]);
    } else if (event.pointerType !== "mouse") {
      window.scrollBy(0, before[1] - now[1]); // at full size one finger moves the page
    }
    this.fingers.set(event.pointerId, now);
  }

  released(event) {
    const own = this.fingers.delete(event.pointerId);
    this.canvas.classList.remove("moved");
    if (own && this.pen && this.fingers.size === 0 && event.type === "pointerup") {
      this.pen.up(this.point(event));
    }
  }

  keyed(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) {
      return;
    }
    if (this.pen) {
      if (this.pen.key(event)) {
        event.preventDefault();
        event.stopPropagation();
      }
      return;
    }
    const step = 60;
    const ways = { ArrowLeft: [step, 0], ArrowRight: [-step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] };
    if (ways[event.key] && this.scale > 1) {
      event.preventDefault();
      this.pan(...ways[event.key]);
    }
  }
}
