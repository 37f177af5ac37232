// What the build hands to the pages beside the modules: digits and networks.

import { fromBase64, unpacked } from "./weights.js";

/** The embedded digits 0 to 9, one of each: 28 x 28 intensities in [0, 1]. */
export const digits = () =>
  (globalThis.drawNpDigits ?? []).map((text) =>
    Float64Array.from(fromBase64(text), (v) => v / 255),
  );

/** A network that the page brings along; an Error with a sentence if it did not come. */
export function network(name) {
  const text = globalThis.drawNpNetworks?.[name];
  if (!text) throw new Error(`The weights of the network "${name}" did not load: reload the page.`);
  try {
    return unpacked(text);
  } catch (e) {
    throw new Error(`The weights of the network "${name}" are damaged (${e.message}).`);
  }
}
