// What people drop or choose: files, folders and ZIP files become a list of {path, size, file()}.

import { unzipped } from "./unzip.js";

const PHOTO = /\.(jpe?g|png|webp|heic|heif|avif)$/i;
const TABLE = /\.(csv|tsv)$/i;
const IGNORED = /(^|\/)(\.|__MACOSX\/|Thumbs\.db$)/;

/** Everything of a drop or of a file field; `unread` hears of ZIP files that cannot be read. */
export async function gathered(source, unread) {
  const plain = source.items ? await ofItems([...source.items]) : [...source].map((file) => ({ path: file.webkitRelativePath || file.name, file }));
  const found = [];
  for (const { path, file } of plain) {
    if (/\.zip$/i.test(file.name)) {
      try {
        found.push(...(await unzipped(file)).map((one) => ({ ...one, path: one.path.replaceAll("\\", "/") })));
      } catch {
        unread(file.name);
      }
    } else {
      found.push({ path, size: file.size, file: () => file });
    }
  }
  const wanted = found.filter((one) => !IGNORED.test(one.path));
  return {
    photos: wanted.filter((one) => PHOTO.test(one.path)),
    tables: wanted.filter((one) => TABLE.test(one.path)),
    others: wanted.filter((one) => !PHOTO.test(one.path) && !TABLE.test(one.path)).map((one) => one.path),
  };
}

async function ofItems(items) {
  const entries = items.filter((item) => item.kind === "file").map((item) => item.webkitGetAsEntry?.() ?? item.getAsFile());
  return (await Promise.all(entries.filter(Boolean).map((entry) => walked(entry, "")))).flat();
}

async function walked(entry, above) {
  if (entry instanceof File) {
    return [{ path: entry.name, file: entry }];
  }
  const path = above + entry.name;
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
    return [{ path, file }];
  }
  const reader = entry.createReader();
  const found = [];
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject)); // gives at most 100 at once
    if (!some.length) {
      return found;
    }
    found.push(...(await Promise.all(some.map((one) => walked(one, `${path}/`)))).flat());
  }
}

/** Lets an area take drops, and its fields be chosen from. */
export function takes(area, taken) {
  const over = (event) => {
    event.preventDefault();
    area.classList.add("over");
  };
  area.addEventListener("dragenter", over);
  area.addEventListener("dragover", over);
  area.addEventListener("dragleave", () => area.classList.remove("over"));
  area.addEventListener("drop", (event) => {
    event.preventDefault();
    area.classList.remove("over");
    taken(event.dataTransfer);
  });
  for (const input of area.querySelectorAll("input[type=file]")) {
    input.addEventListener("change", () => {
      taken([...input.files]);
      input.value = "";
    });
  }
}

/** Sends JSON, or another body, as this session; gives what is answered, or throws it. */
export async function asked(address, csrf, body, type = "application/json") {
  const sent = type === "application/json" ? JSON.stringify(body ?? {}) : body;
  for (let tries = 0; ; tries += 1) {
    let response;
    try {
      response = await fetch(address, { method: "POST", body: sent, cache: "no-store", headers: { "Content-Type": type, "X-Csrf": csrf } });
    } catch (gone) {
      if (tries >= 6) {
        throw gone;
      }
    }
    if (response && ![429, 502, 503, 504].includes(response.status)) {
      const told = await response.json().catch(() => ({}));
      if (response.ok && !response.redirected) {
        return told;
      }
      throw Object.assign(new Error(told.detail ?? response.statusText), { told });
    }
    await new Promise((resolve) => setTimeout(resolve, Math.min(30_000, 500 * 2 ** tries)));
  }
}

export const fill = (text, put) => text.replace(/\{(\w+)\}/g, (whole, key) => put[key] ?? whole);

export function element(name, attributes, ...inside) {
  const made = Object.assign(document.createElement(name), attributes);
  made.append(...inside);
  return made;
}

/** Sends all photos of a case; `moved` hears the share that arrived, and gives [name, sentence] of what was refused. */
export async function sendAll(sender, photos, t, moved) {
  const shares = photos.map(() => 0);
  const told = () => moved(shares.reduce((sum, share) => sum + share, 0) / shares.length);
  const refused = [];
  const one = async (photo, place) => {
    const name = photo.path.split("/").pop();
    let file;
    try {
      file = await photo.file();
    } catch {
      refused.push([name, t.unreadable]);
      return;
    }
    await new Promise((resolve) => {
      sender.add(file, name, {
        progress(share) {
          shares[place] = share;
          told();
        },
        waiting() {},
        done(kept) {
          shares[place] = 1;
          told();
          if (!kept.usable) {
            refused.push([name, kept.advice.join(" ") || t.poor]);
          }
          resolve();
        },
        failed(problem) {
          const reason = problem.told?.reason;
          refused.push([name, (reason && t[`refused.${reason}`]) || problem.message || t.failed]);
          resolve();
        },
      });
    });
  };
  const waiting = photos.map((photo, place) => [photo, place]);
  const hand = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      await one(...next);
    }
  };
  await Promise.all([hand(), hand(), hand()]); // few at once: files of a ZIP are unpacked one after another
  return refused;
}
