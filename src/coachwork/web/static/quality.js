// Whether a photo is dark, blurred or too small: what the service measures (photos/quality.py), before anything is sent.
// The service's word is final; here a photo is called blurred a little later, since browsers shrink in their own ways.

const SLACK = 0.92;

/** Keys of what is wrong with a photo; none where the browser cannot read it. */
export async function faults(file, limits) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    return []; // such as HEIC outside of Safari
  }
  try {
    if (Math.min(bitmap.width, bitmap.height) < limits.short) {
      return ["small"];
    }
    return judged(pixelsOf(bitmap, limits.side), limits);
  } finally {
    bitmap.close();
  }
}

function judged(picture, limits) {
  const grey = greyOf(picture);
  const [low, median, high, highest] = levels(grey, [0.05, 0.5, 0.9, 0.95]);
  const contrast = highest - low;
  const burnt = glare(picture);
  if (high < limits.brightness) {
    return ["dark"];
  }
  const found = [];
  if (burnt > limits.glare) {
    found.push(median > 0.85 ? "bright" : "glare");
  } else if (contrast < limits.contrast) {
    found.push("contrast");
  }
  if (contrast >= limits.contrast && sharpness(grey, picture) < SLACK * limits.sharpness) {
    found.push("blurred");
  }
  return found;
}

function pixelsOf(bitmap, side) {
  let source = bitmap;
  let { width, height } = bitmap;
  const scale = Math.min(1, side / Math.max(width, height));
  const last = [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
  while (width > 2 * last[0]) {
    width = Math.ceil(width / 2);
    height = Math.ceil(height / 2);
    source = drawn(source, width, height).canvas;
  }
  return drawn(source, ...last).getImageData(0, 0, ...last);
}

function drawn(source, width, height) {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.imageSmoothingQuality = "high";
  context.drawImage(source, 0, 0, width, height);
  return context;
}

function greyOf({ data, width, height }) {
  const grey = new Uint8Array(width * height);
  for (let at = 0; at < grey.length; at += 1) {
    grey[at] = Math.round(0.299 * data[4 * at] + 0.587 * data[4 * at + 1] + 0.114 * data[4 * at + 2]);
  }
  return grey;
}

function levels(grey, shares) {
  const counts = new Uint32Array(256);
  for (const value of grey) {
    counts[value] += 1;
  }
  return shares.map((share) => {
    let below = 0;
    const level = counts.findIndex((count) => (below += count) >= share * grey.length);
    return level / 255;
  });
}

function glare({ data, width, height }) {
  const [left, top] = [Math.floor(width / 5), Math.floor(height / 5)];
  let burnt = 0;
  for (let y = top; y < height - top; y += 1) {
    for (let x = left; x < width - left; x += 1) {
      const at = 4 * (y * width + x);
      burnt += data[at] >= 250 && data[at + 1] >= 250 && data[at + 2] >= 250;
    }
  }
  return burnt / Math.max(1, (width - 2 * left) * (height - 2 * top));
}

function sharpness(grey, { width, height }) {
  const span = spans(grey, width, height);
  const steep = Math.min(steepness(grey, span, width, height, 1), steepness(grey, span, width, height, width));
  const detail = Math.min(finest(grey, width, height, true), finest(grey, width, height, false));
  return (2 * steep + detail) / 3;
}

// largest less smallest value of the 7x7 pixels around each
function spans(grey, width, height) {
  const rows = [new Uint8Array(grey.length), new Uint8Array(grey.length)];
  const both = [new Uint8Array(grey.length), new Uint8Array(grey.length)];
  [Math.max, Math.min].forEach((better, kind) => {
    sweep(grey, rows[kind], width, height, 1, better);
    sweep(rows[kind], both[kind], width, height, width, better);
  });
  return both[0].map((value, at) => value - both[1][at]);
}

function sweep(from, to, width, height, step, better) {
  const length = step === 1 ? width : height;
  for (let at = 0; at < from.length; at += 1) {
    const place = step === 1 ? at % width : Math.floor(at / width);
    let best = from[at];
    for (let by = Math.max(-3, -place); by <= Math.min(3, length - 1 - place); by += 1) {
      best = better(best, from[at + by * step]);
    }
    to[at] = best;
  }
}

function steepness(grey, span, width, height, step) {
  const counts = new Uint32Array(256);
  let edges = 0;
  for (let at = step; at < grey.length; at += 1) {
    if ((step === 1 && at % width === 0) || span[at] < 20) {
      continue;
    }
    counts[Math.min(255, Math.round((255 * Math.abs(grey[at] - grey[at - step])) / span[at]))] += 1;
    edges += 1;
  }
  if (edges < 100) {
    return 0;
  }
  let below = 0;
  return counts.findIndex((count) => (below += count) >= 0.997 * edges) / 255;
}

function finest(grey, width, height, across) {
  const [lines, length] = across ? [height, width] : [width, height];
  const step = across ? 1 : width;
  let total = 0;
  let gone = 0;
  const soft = new Float32Array(length);
  for (let line = 0; line < lines; line += 1) {
    const start = across ? line * width : line;
    const value = (place) => {
      const inside = place < 0 ? -place : place >= length ? 2 * length - 2 - place : place;
      return grey[start + Math.min(Math.max(inside, 0), length - 1) * step];
    };
    for (let place = 0; place < length; place += 1) {
      let sum = 0;
      for (let by = -4; by <= 4; by += 1) {
        sum += value(place + by);
      }
      soft[place] = sum / 9;
    }
    for (let place = 1; place < length; place += 1) {
      const sharp = Math.abs(value(place) - value(place - 1));
      total += sharp;
      gone += Math.max(0, sharp - Math.abs(soft[place] - soft[place - 1]));
    }
  }
  return total ? gone / total : 0;
}
