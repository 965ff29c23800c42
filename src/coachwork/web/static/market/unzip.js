// Reads ZIP files in the browser, so that each photo of one can be sent by itself, and broken off and gone on with.

const END = 0x06054b50;
const ENTRY = 0x02014b50;
const LONGEST_COMMENT = 65_557;
const MOST_ENTRIES = 20_000;

/** The photos and tables of a ZIP file as {path, size, file()}; throws where it is none, or cannot be read. */
export async function unzipped(blob) {
  const tail = new DataView(await blob.slice(Math.max(0, blob.size - LONGEST_COMMENT)).arrayBuffer());
  let at = tail.byteLength - 22;
  while (at >= 0 && tail.getUint32(at, true) !== END) {
    at -= 1;
  }
  if (at < 0) {
    throw new Error("no ZIP file");
  }
  const [count, length, start] = [tail.getUint16(at + 10, true), tail.getUint32(at + 12, true), tail.getUint32(at + 16, true)];
  if (count > MOST_ENTRIES || start === 0xffffffff || start + length > blob.size) {
    throw new Error("too large a ZIP file");
  }
  const table = new DataView(await blob.slice(start, start + length).arrayBuffer());
  const found = [];
  for (let place = 0; place + 46 <= table.byteLength && table.getUint32(place, true) === ENTRY; ) {
    const [flags, method] = [table.getUint16(place + 8, true), table.getUint16(place + 10, true)];
    const [packed, size] = [table.getUint32(place + 20, true), table.getUint32(place + 24, true)];
    const [name, extra, comment] = [28, 30, 32].map((offset) => table.getUint16(place + offset, true));
    const header = table.getUint32(place + 42, true);
    const path = decoded(new Uint8Array(table.buffer, place + 46, name), Boolean(flags & 0x800));
    if (!path.endsWith("/") && !(flags & 1) && [0, 8].includes(method)) {
      found.push({ path, size, file: () => entry(blob, { header, packed, size, method, path }) });
    }
    place += 46 + name + extra + comment;
  }
  return found;
}

async function entry(blob, { header, packed, size, method, path }) {
  const head = new DataView(await blob.slice(header, header + 30).arrayBuffer());
  const start = header + 30 + head.getUint16(26, true) + head.getUint16(28, true);
  const data = blob.slice(start, start + packed);
  const stream = method ? data.stream().pipeThrough(new DecompressionStream("deflate-raw")) : data.stream();
  return new File([await limited(stream, size)], path.split("/").pop());
}

// an entry that holds more than it says ends there: nothing grows beyond what was looked at before
async function limited(stream, size) {
  const parts = [];
  let bytes = 0;
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) {
      return new Blob(parts);
    }
    bytes += value.byteLength;
    if (bytes > size) {
      await reader.cancel();
      throw new Error("an entry holds more than it says");
    }
    parts.push(value);
  }
}

function decoded(bytes, utf8) {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder(utf8 ? "utf-8" : "windows-1252").decode(bytes);
  }
}
