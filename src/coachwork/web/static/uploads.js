// Sends photos in parts, each durable when it is answered. What breaks off goes on at the byte where it stands.

const AT_ONCE = 2;
const SMALLEST = 64 * 1024;
const LARGEST = 4 * 1024 * 1024;
const PATIENCE_MS = 60_000;
const LONGEST_WAIT_S = 30;

/** What the service answered that is no success. */
class Problem extends Error {
  constructor(response, told) {
    super(told.detail ?? response.statusText);
    this.kind = (told.type ?? "").split(":").pop();
    this.told = told;
    this.wait = Number(response.headers.get("Retry-After") ?? 0);
    this.passing = [408, 425, 429, 500, 502, 503, 504].includes(response.status);
  }
}

/** A queue of photos; of each, `on` hears: progress(share), waiting(seconds), done(photo), failed(problem). */
export class Sender {
  #queue = [];
  #running = 0;
  #wake = new Set();

  constructor(home, headers = {}) {
    this.address = `${home}/uploads`;
    this.headers = headers;
    addEventListener("online", () => this.now());
  }

  add(file, name, on) {
    this.#queue.push({ file, name, on });
    this.#next();
  }

  /** Whoever waits for the network tries again at once. */
  now() {
    for (const wake of this.#wake) {
      wake();
    }
  }

  async #next() {
    if (this.#running >= AT_ONCE || !this.#queue.length) {
      return;
    }
    const one = this.#queue.shift();
    this.#running += 1;
    try {
      one.on.done(await this.#send(one));
    } catch (problem) {
      one.on.failed(problem);
    }
    this.#running -= 1;
    this.#next();
  }

  async #send({ file, name, on }) {
    const sha256 = await digest(file);
    let [upload, size, tries, begun] = [null, 256 * 1024, 0, 0];
    for (;;) {
      try {
        if (upload === null) {
          begun += 1;
          upload = await this.#call("", "POST", JSON.stringify({ name, bytes: file.size, sha256 }));
        } else if (tries) {
          upload.offset = await this.#offset(upload.id);
        }
        on.progress(upload.offset / file.size);
        while (!upload.photo) {
          const since = performance.now();
          const part = file.slice(upload.offset, upload.offset + size);
          upload = await this.#call(`/${upload.id}`, "PATCH", part, { "Upload-Offset": upload.offset });
          tries = 0;
          on.progress(upload.offset / file.size);
          size = performance.now() - since < 1500 ? Math.min(LARGEST, 2 * size) : Math.max(SMALLEST, size / 2);
        }
        return upload.photo;
      } catch (problem) {
        if (problem.kind === "upload-moved") {
          upload.offset = problem.told.offset;
        } else if (problem.kind === "unknown-upload" && begun < 3) {
          upload = null;
        } else if (problem instanceof Problem && !problem.passing) {
          throw problem;
        } else {
          tries += 1;
          size = Math.max(SMALLEST, size / 2);
          await this.#wait(problem.wait || Math.min(LONGEST_WAIT_S, 2 ** (tries - 1)) * (0.75 + Math.random() / 2), on);
        }
      }
    }
  }

  async #wait(seconds, on) {
    on.waiting(Math.max(1, Math.round(seconds)));
    await new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.#wake.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, 1000 * seconds);
      this.#wake.add(wake);
    });
  }

  async #offset(id) {
    const response = await this.#fetch(`/${id}`, "HEAD");
    if (!response.ok) {
      throw new Problem(response, { type: response.status === 404 ? "unknown-upload" : "" });
    }
    return Number(response.headers.get("Upload-Offset"));
  }

  async #call(path, method, body, headers = {}) {
    const type = method === "POST" ? "application/json" : "application/offset+octet-stream";
    const response = await this.#fetch(path, method, body, { "Content-Type": type, ...headers });
    const told = await response.json().catch(() => ({}));
    if (!response.ok) {
      throw new Problem(response, told);
    }
    return told;
  }

  #fetch(path, method, body, headers) {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    return fetch(this.address + path, { method, body, headers: { ...this.headers, ...headers }, signal, cache: "no-store" });
  }
}

// by its digest a photo that broke off is found again; without https browsers do not tell it
async function digest(file) {
  if (!globalThis.crypto?.subtle) {
    return null;
  }
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
