// Numbers by chance that are a function of their seeds: the same picture on every visit.

/**
 * A generator of uniform numbers in (0, 1), from whole numbers that name a stream.
 *
 * A counter that is stirred (Marsaglia's xorshift and products, as in hash functions): 32 bits,
 * a period of 2^32, which is plenty for pictures.
 */
export function uniforms(...seeds) {
  let state = seeds.reduce((h, seed) => stirred(h ^ Math.imul(seed + 1, 0x9e3779b1)), 0x2545f491);
  return () => {
    state = (state + 0x9e3779b9) | 0; // an odd number: all 2^32 states are met
    return ((stirred(state) >>> 0) + 0.5) / 2 ** 32;
  };
}

/** A whole number whose bits depend on all bits of another, one to one. */
function stirred(v) {
  v = Math.imul(v ^ (v >>> 16), 0x7feb352d);
  v = Math.imul(v ^ (v >>> 15), 0x846ca68b);
  return v ^ (v >>> 16);
}

/** n standard normal numbers of the stream that the seeds name (Box and Muller 1958). */
export function normals(n, ...seeds) {
  const uniform = uniforms(...seeds);
  const out = new Float64Array(n);
  for (let k = 0; k < n; k += 2) {
    const radius = Math.sqrt(-2 * Math.log(uniform()));
    const angle = 2 * Math.PI * uniform();
    out[k] = radius * Math.cos(angle);
    if (k + 1 < n) out[k + 1] = radius * Math.sin(angle);
  }
  return out;
}
