// From strokes of a hand to an image like those that the network was trained on.
//
// The embedded digits were scanned, scaled to 32 x 32 black and white pixels, and counted in
// blocks of 4 x 4, which gives 8 x 8 numbers from 0 to 16; draw_np/data/digits.py enlarges them
// to 28 x 28. All are as high as their frame and have about as much ink, 0.305 of it. So are
// these: the strokes are stretched to the frame, and made as thick as the ink needs.

const FINE = 32; // pixels along a side, before they are counted in blocks
const INK = 0.305; // share of black of the embedded digits, on average
const WIDEST = 25; // of FINE pixels: 99 of 100 embedded digits are no wider
export const SIZE = 28;

/**
 * Strokes as an image, 28 x 28 intensities in [0, 1]; null if there are none.
 *
 * A stroke is a list of points [x, y]; the unit does not matter.
 */
export function imageOf(strokes) {
  const points = strokes.flat();
  if (points.length === 0) return null;
  return enlarge(counted(inked(strokes)));
}

/** Strokes as FINE x FINE pixels, 0 or 1, with the ink of the embedded digits. */
export function inked(strokes) {
  let [thin, thick] = [0.5, 6];
  let pixels = null;
  for (let k = 0; k < 12; k++) {
    const radius = (thin + thick) / 2;
    pixels = traced(placed(strokes, radius), radius);
    const ink = pixels.reduce((sum, v) => sum + v, 0) / pixels.length;
    if (ink < INK) thin = radius;
    else thick = radius;
  }
  return pixels;
}

/** Strokes moved and stretched so that with this radius they are as high as the frame. */
function placed(strokes, radius) {
  const all = strokes.flat();
  const range = (k) => [Math.min(...all.map((p) => p[k])), Math.max(...all.map((p) => p[k]))];
  const [[left, right], [top, bottom]] = [range(0), range(1)];
  const room = FINE - 2 * radius;
  const size = Math.max(bottom - top, (right - left) / 3, 1e-9); // a dash stays a dash
  const down = room / size;
  const across = Math.min(down, Math.max(WIDEST - 2 * radius, 1) / Math.max(right - left, 1e-9));
  const [x, y] = [(left + right) / 2, (top + bottom) / 2];
  return strokes.map((stroke) =>
    stroke.map((p) => [FINE / 2 + (p[0] - x) * across, FINE / 2 + (p[1] - y) * down]),
  );
}

/** Pixels whose centre is no further than a radius from a stroke. */
function traced(strokes, radius) {
  const pixels = new Uint8Array(FINE * FINE);
  for (const stroke of strokes) {
    stroke.forEach((p, n) => mark(pixels, stroke[Math.max(n - 1, 0)], p, radius));
  }
  return pixels;
}

/** Mark the pixels about the line from p to q. */
function mark(pixels, p, q, radius) {
  const [dx, dy] = [q[0] - p[0], q[1] - p[1]];
  const long = dx * dx + dy * dy || 1;
  const from = (k) => Math.max(0, Math.floor(Math.min(p[k], q[k]) - radius));
  const to = (k) => Math.min(FINE - 1, Math.ceil(Math.max(p[k], q[k]) + radius));
  for (let b = from(1); b <= to(1); b++) {
    for (let a = from(0); a <= to(0); a++) {
      const [x, y] = [a + 0.5 - p[0], b + 0.5 - p[1]];
      const along = Math.min(Math.max((x * dx + y * dy) / long, 0), 1);
      if (Math.hypot(x - along * dx, y - along * dy) <= radius) pixels[b * FINE + a] = 1;
    }
  }
}

/** Black pixels of each block of 4 x 4: 8 x 8 numbers from 0 to 16. */
export function counted(pixels) {
  const counts = new Float64Array(64);
  pixels.forEach((v, k) => {
    counts[(Math.floor(k / FINE) >> 2) * 8 + ((k % FINE) >> 2)] += v;
  });
  return counts;
}

// ---------------------------------------------------------------- draw_np/data/digits.py

/** 8 x 8 numbers from 0 to 16 as 28 x 28 intensities: padded, enlarged, sharpened. */
export function enlarge(counts) {
  const small = new Float64Array(100);
  counts.forEach((v, k) => {
    small[(Math.floor(k / 8) + 1) * 10 + (k % 8) + 1] = v / 16;
  });
  const rows = bicubic(10, SIZE);
  return Float64Array.from({ length: SIZE * SIZE }, (_, k) => {
    const [down, across] = [rows[Math.floor(k / SIZE)], rows[k % SIZE]];
    let sum = 0;
    for (const [b, v] of down) for (const [a, u] of across) sum += v * u * small[b * 10 + a];
    return Math.min(Math.max(3 * (sum - 0.5) + 0.5, 0), 1);
  });
}

/** For each of `large` places, pixels among `small` with their weights, as Pillow resizes. */
function bicubic(small, large) {
  return Array.from({ length: large }, (_, k) => {
    const centre = ((k + 0.5) * small) / large;
    const first = Math.max(0, Math.trunc(centre - 1.5));
    const last = Math.min(small, Math.trunc(centre + 2.5));
    const found = [];
    for (let n = first; n < last; n++) found.push([n, keys(n + 0.5 - centre)]);
    const sum = found.reduce((total, [, v]) => total + v, 0);
    return found.map(([n, v]) => [n, v / sum]);
  });
}

/** The bicubic kernel with a = -1/2 (Keys 1981). */
function keys(v) {
  const d = Math.abs(v);
  if (d < 1) return (1.5 * d - 2.5) * d * d + 1;
  return d < 2 ? ((-0.5 * d + 2.5) * d - 4) * d + 2 : 0;
}
