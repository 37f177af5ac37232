// A digit among pieces of others, as draw_np/data/cluttered.py puts them together.

import { SIZE } from "./digit.js";
import { uniforms } from "./random.js";

const PIECE = 8; // width and height of a piece
const PIECES = 4;

/**
 * Pieces of digits at places by chance, size x size intensities in [0, 1].
 *
 * `digits` are images of 28 x 28; `seed` names the clutter.
 */
export function pieces(digits, size, seed) {
  const uniform = uniforms(12, seed);
  const whole = (n) => Math.floor(uniform() * n);
  const out = new Float64Array(size * size);
  for (let k = 0; k < PIECES; k++) {
    const digit = digits[whole(digits.length)];
    const [down, right] = [whole(SIZE - PIECE + 1), whole(SIZE - PIECE + 1)];
    const piece = Float64Array.from({ length: PIECE * PIECE }, (_, n) => {
      const [b, a] = [down + Math.floor(n / PIECE), right + (n % PIECE)];
      return digit[b * SIZE + a];
    });
    add(out, size, piece, PIECE, whole(size - PIECE + 1), whole(size - PIECE + 1));
  }
  return out;
}

/** Clutter with a digit on it, its first pixel at (left, top), counted from 0; cut off at 1. */
export function among(clutter, digit, size, left, top) {
  const out = clutter.slice();
  add(out, size, digit, SIZE, left, top);
  return out.map((v) => Math.min(v, 1));
}

function add(out, size, square, side, left, top) {
  square.forEach((v, n) => {
    out[(top + Math.floor(n / side)) * size + left + (n % side)] += v;
  });
}
