// A network's weights: from an .npz file, or from text that the site's build has made of one.

/** Numbers of half precision (IEEE 754 binary16) as Float32Array; `bits` is a Uint16Array. */
export function fromHalf(bits) {
  return Float32Array.from(bits, (v) => {
    const sign = v & 0x8000 ? -1 : 1;
    const exponent = (v >> 10) & 31;
    const fraction = (v & 1023) / 1024;
    if (exponent === 0) return sign * fraction * 2 ** -14;
    if (exponent === 31) return fraction ? NaN : sign * Infinity;
    return sign * (1 + fraction) * 2 ** (exponent - 15);
  });
}

/** The bytes of a base64 text. */
export const fromBase64 = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

/**
 * A network from what chapters/site/bundle.py writes: {config, sizes, half}, where `half` holds
 * all parameters in half precision, one after the other, and `sizes` how many numbers each has.
 */
export function unpacked({ config, sizes, half, ...rest }) {
  const bytes = fromBase64(half);
  const all = fromHalf(new Uint16Array(bytes.buffer));
  const params = {};
  let at = 0;
  for (const [name, size] of Object.entries(sizes)) {
    params[name] = all.subarray(at, at + size);
    at += size;
  }
  if (at !== all.length) throw new Error(`the weights have ${all.length} numbers, not ${at}`);
  return { ...rest, config, params };
}

/**
 * A network from the bytes of an .npz file that draw_np has written.
 *
 * Throws an Error with one sentence if it is no such file, or of a network that does not draw.
 */
export async function fromNpz(buffer) {
  const arrays = {};
  for (const { name, bytes } of await unzipped(buffer)) {
    const key = name.replace(/\.npy$/, "");
    if (key === "meta" || key.startsWith("params/")) arrays[key] = fromNpy(bytes, name);
  }
  if (!arrays.meta) throw new Error("this .npz has no network of draw_np in it");
  const meta = JSON.parse(new TextDecoder().decode(Uint8Array.from(arrays.meta)));
  const { config } = meta;
  if (!config || !("Z" in config)) throw new Error("this network does not draw: it classifies");
  const params = {};
  for (const [key, value] of Object.entries(arrays)) {
    if (key.startsWith("params/")) params[key.slice("params/".length)] = value;
  }
  return { config, params, result: meta.result ?? null };
}

/** An array of an .npy file, flat: half and single precision as Float32Array. */
function fromNpy(bytes, name) {
  const header = new TextDecoder("latin1").decode(
    bytes.subarray(10, 10 + bytes[8] + 256 * bytes[9]),
  );
  const type = /'descr': '([^']*)'/.exec(header)?.[1];
  if (/'fortran_order': True/.test(header)) throw new Error(`${name} lies column by column`);
  const data = bytes.slice(10 + header.length).buffer;
  if (type === "<f2") return fromHalf(new Uint16Array(data));
  if (type === "<f4") return new Float32Array(data);
  if (type === "<f8") return new Float64Array(data);
  if (type === "|u1") return new Uint8Array(data);
  throw new Error(`${name} holds numbers of the type ${type}, which this page cannot read`);
}

/** The files in a zip archive without encryption, in its order: a list of {name, bytes}. */
async function unzipped(buffer) {
  const view = new DataView(buffer);
  let end = buffer.byteLength - 22;
  while (end >= 0 && view.getUint32(end, true) !== 0x06054b50) end--;
  if (end < 0) throw new Error("this is no .npz file");
  const files = [];
  let at = view.getUint32(end + 16, true);
  for (let n = view.getUint16(end + 10, true); n > 0; n--) {
    const [nameLength, extra, comment] = [28, 30, 32].map((k) => view.getUint16(at + k, true));
    const name = new TextDecoder().decode(new Uint8Array(buffer, at + 46, nameLength));
    files.push({ name, bytes: await content(buffer, view, at) });
    at += 46 + nameLength + extra + comment;
  }
  return files;
}

/** The bytes of the file whose entry in the archive's directory begins at `at`. */
async function content(buffer, view, at) {
  const method = view.getUint16(at + 10, true);
  const local = view.getUint32(at + 42, true);
  const start = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
  const stored = new Uint8Array(buffer, start, view.getUint32(at + 20, true));
  if (method === 0) return stored.slice();
  if (method !== 8) throw new Error("this .npz is compressed in a way that this page cannot read");
  const stream = new Blob([stored]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
