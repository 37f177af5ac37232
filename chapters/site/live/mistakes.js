// Known ways to get a filterbank wrong, as draw_np/mistakes.py has them: for the explorer.

import { filterbank, filterCentres } from "./draw.js";

/** The Gaussians of Eq. 25 as printed, rounded to single precision, before they are normalised. */
function bell(mu, sigma2, A) {
  return Float64Array.from({ length: mu.length * A }, (_, k) => {
    const [i, a] = [Math.floor(k / A), (k % A) + 1];
    return Math.fround(Math.exp(-((a - mu[i]) ** 2) / (2 * sigma2)));
  });
}

/** Each row of the bells divided by a function of its sum. */
const over = (divisor) => (mu, sigma2, A) => {
  const F = bell(mu, sigma2, A);
  return F.map((v, k) => {
    const i = Math.floor(k / A);
    return v / divisor(F.subarray(i * A, (i + 1) * A).reduce((sum, w) => sum + w, 0));
  });
};

/** By their names in the catalogue: what is said of each, and what it puts in place. */
export const MISTAKES = {
  "zero-based-grid": {
    text: "filters from 0",
    symptom: "the whole grid stands a stride too far up and to the left",
    centres: (g, delta, N) => filterCentres(g, delta, N).map((mu) => mu - delta),
  },
  "rows-not-normalised": {
    text: "no normalisation",
    symptom: "wide filters read too much: turn σ up, and the patch turns white",
    bank: bell,
  },
  "epsilon-added-to-the-sum": {
    text: "Z + 0.0001",
    symptom: "narrow filters between pixels and filters outside read nothing: their rows are dead",
    bank: over((Z) => Z + 1e-4),
  },
  "nothing-against-0-over-0": {
    text: "Eq. 25 as printed",
    symptom: "far outside, Z is 0 in single precision, and the row 0/0: not a number, shown pink",
    bank: over((Z) => Z),
  },
};

/** Both filterbanks of a grid, with a mistake of the catalogue, or as they should be (null). */
export function banksWith(mistake, att, A, B, N) {
  const { centres = filterCentres, bank = filterbank } = MISTAKES[mistake] ?? {};
  const mu_X = centres(att.g_X, att.delta, N);
  const mu_Y = centres(att.g_Y, att.delta, N);
  return { mu_X, mu_Y, F_X: bank(mu_X, att.sigma2, A), F_Y: bank(mu_Y, att.sigma2, B) };
}
