// What the pad asks of a network: noise that can be named, covered halves, completions.

import { bound, generate, reconstruct, sigmoid } from "./draw.js";
import { normals, uniforms } from "./random.js";

/**
 * The noise of a whole drawing, (T Z): number `draw` of all that there are.
 *
 * `changed` gives the noise of some steps anew: {step from 0: which other noise}.
 */
export function noise({ T, Z }, draw, changed = {}) {
  const eps = normals(T * Z, draw);
  for (const [t, other] of Object.entries(changed))
    eps.set(normals(Z, draw, Number(t), other), t * Z);
  return eps;
}

/** An image in black and white, as a code length needs it: 1 where it is brighter than 1/2. */
export const blackAndWhite = (image) => Float64Array.from(image, (v) => (v > 0.5 ? 1 : 0));

/** An image drawn again with noise number `draw`, and the bound; a network may have a `label`. */
export function redraw({ params, config, label = null }, x, draw, changed) {
  const again = reconstruct(params, x, noise(config, draw, changed), config, label);
  return { ...again, bound: bound(again) };
}

/** A new digit, from noise number `draw` as its latents; a network may have a `label`. */
export const invent = ({ params, config, label = null }, draw) =>
  generate(params, noise(config, draw), config, label);

/** Probabilities of the pixels from a canvas. */
export const probabilities = (c) => Float64Array.from(c, sigmoid);

/** Which pixels of an image are hidden, by the side that is covered: (B A), 0 or 1. */
export function mask({ A, B }, side) {
  const hidden = {
    left: (a) => a < A / 2,
    right: (a) => a >= A / 2,
    upper: (a, b) => b < B / 2,
    lower: (a, b) => b >= B / 2,
  }[side];
  return Float64Array.from({ length: A * B }, (_, k) => (hidden(k % A, Math.floor(k / A)) ? 1 : 0));
}

/**
 * Guess what is hidden, again and again: yields an image of probabilities each round.
 *
 * A round fills in the hidden pixels with what the network drew in the round before, black
 * or white by chance, and lets the network look at it and draw it again. What is not hidden
 * stays. This walks among the digits that the network finds likely, given what is seen
 * (Rezende, Mohamed and Wierstra 2014, Appendix F).
 */
export function* complete(network, x, hidden, seed) {
  const uniform = uniforms(7, seed);
  let guess = Float64Array.from(x, (v, k) => (hidden[k] ? Number(uniform() < 0.2) : v));
  for (let round = 0; ; round++) {
    const { c } = redraw(network, guess, 1000 * (seed + 1) + round);
    const drawn = probabilities(c.at(-1));
    yield drawn.map((p, k) => (hidden[k] ? p : x[k]));
    guess = drawn.map((p, k) => (hidden[k] ? Number(uniform() < p) : x[k]));
  }
}

/** Why a network cannot be used with a pad of this size; an empty text if it can. */
export function refusal({ params, config }, size) {
  const { A, B, C } = config;
  if (A !== size || B !== size || C !== 1) {
    return (
      `this network draws ${A} × ${B} pixels in ${C} channel${C === 1 ? "" : "s"}, ` +
      `and the pad gives ${size} × ${size} in one`
    );
  }
  const lacking = ["enc.W", "dec.W", "mu.W", "log_sigma.W", "patch.W", "c_0"].filter(
    (n) => !params[n],
  );
  return lacking.length ? `this network lacks ${lacking.join(", ")}` : "";
}
