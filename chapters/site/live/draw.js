// DRAW, forward: what draw_np/ computes, function for function, for a single image.
//
// An array is flat, in NumPy's order: an image of shape (C, B, A) has pixel (b, a) of channel k,
// counted from 0, at (k B + b) A + a. Results are Float64Arrays; parameters are arrays by the
// names of draw_np/parameters.py. As there, a weight matrix has a row an input, and pixels and
// filters count from 1 in every formula.

// ---------------------------------------------------------------- draw_np/nn.py

/** x W + b: shapes (D), (D, K), (K) to (K). */
export function affine(x, W, b) {
  const K = b.length;
  if (W.length !== x.length * K) {
    throw new RangeError(`a map of ${W.length / K} inputs is given ${x.length}`);
  }
  const y = Float64Array.from(b);
  for (let d = 0; d < x.length; d++) {
    for (let k = 0, at = d * K; k < K; k++, at++) y[k] += x[d] * W[at];
  }
  return y;
}

/** The logistic function, written so that it cannot overflow. */
export const sigmoid = (v) => 0.5 * Math.tanh(0.5 * v) + 0.5;

/** log(1 + exp(v)), finite for every finite v. */
export const softplus = (v) => Math.max(v, 0) + Math.log1p(Math.exp(-Math.abs(v)));

/** The product of X, (n, m), and Y, (m, k): shape (n, k). */
export function product(X, Y, n, m, k) {
  const out = new Float64Array(n * k);
  for (let r = 0; r < n; r++) {
    for (let j = 0; j < m; j++) {
      const v = X[r * m + j];
      for (let c = 0; c < k; c++) out[r * k + c] += v * Y[j * k + c];
    }
  }
  return out;
}

/** Several arrays, one after the other. */
export function concatenate(...arrays) {
  const out = new Float64Array(arrays.reduce((n, v) => n + v.length, 0));
  let at = 0;
  for (const v of arrays) {
    out.set(v, at);
    at += v.length;
  }
  return out;
}

// ---------------------------------------------------------------- draw_np/lstm.py

/** One step of the cell (Eq. 5, Eq. 7): x (D), h and s (H), W (D + H, 4 H), b (4 H). */
export function lstm(x, h, s, W, b) {
  const a = affine(concatenate(x, h), W, b); // (4 H)
  const H = h.length;
  const out = { h: new Float64Array(H), s: new Float64Array(H) };
  for (let k = 0; k < H; k++) {
    const i = sigmoid(a[k]); // how much of the candidate enters
    const f = sigmoid(a[H + k]); // how much of the state stays
    const g = Math.tanh(a[2 * H + k]); // the candidate
    const o = sigmoid(a[3 * H + k]); // how much of the state shows
    out.s[k] = f * s[k] + i * g;
    out.h[k] = o * Math.tanh(out.s[k]);
  }
  return out;
}

// ---------------------------------------------------------------- draw_np/attention.py

/** The stride at which N filters span the longer side (Eq. 24 with delta~ = 1). */
export const defaultStride = (A, B, N) => (Math.max(A, B) - 1) / Math.max(N - 1, 1);

const WIDTHS = 40; // log sigma^2 is held within +-40, as draw_np/attention.py says

/** The grid {g_X, g_Y, delta, sigma2, gamma} from the five outputs of a head (Eqs. 21-24). */
export function attention(raw, A, B, N) {
  const [g_X, g_Y, log_sigma2, log_delta, log_gamma] = raw;
  return {
    g_X: ((A + 1) / 2) * (g_X + 1), // (22)
    g_Y: ((B + 1) / 2) * (g_Y + 1), // (23)
    delta: defaultStride(A, B, N) * Math.exp(log_delta), // (24)
    sigma2: Math.exp(Math.min(Math.max(log_sigma2, -WIDTHS), WIDTHS)),
    gamma: Math.exp(log_gamma),
  };
}

/** Centres mu^i = g + delta (i - N/2 - 0.5) of the filters i = 1..N (Eqs. 19, 20). */
export function filterCentres(g, delta, N) {
  return Float64Array.from({ length: N }, (_, n) => g + delta * (n + 1 - N / 2 - 0.5));
}

/**
 * N Gaussian filters on a line of A pixels, (N, A), each row summing to 1 (Eqs. 25, 26).
 *
 * A softmax over pixels of -(a - mu)^2 / (2 sigma^2), counted from the pixel nearest to mu,
 * whose numerator is then exactly 1: Z >= 1, and no epsilon is needed.
 */
export function filterbank(mu, sigma2, A) {
  const F = new Float64Array(mu.length * A);
  mu.forEach((centre, i) => {
    const row = F.subarray(i * A, (i + 1) * A);
    const nearest = nearestPixel(centre, A);
    for (let a = 1; a <= A; a++) {
      row[a - 1] = Math.exp(-((a - nearest) * (a + nearest - 2 * centre)) / (2 * sigma2));
    }
    const Z = row.reduce((sum, v) => sum + v, 0);
    for (let a = 1; a <= A; a++) row[a - 1] /= Z;
  });
  return F;
}

/** The pixel among 1..A nearest to mu. */
export const nearestPixel = (mu, A) => Math.min(Math.max(Math.round(mu), 1), A);

/** Both filterbanks of a grid: F_X, (N, A), and F_Y, (N, B). */
export function filterbanks(att, A, B, N) {
  return {
    F_X: filterbank(filterCentres(att.g_X, att.delta, N), att.sigma2, A),
    F_Y: filterbank(filterCentres(att.g_Y, att.delta, N), att.sigma2, B),
  };
}

/** A matrix (n, m) as (m, n). */
export function transpose(F, n, m) {
  const out = new Float64Array(n * m);
  for (let r = 0; r < n; r++) for (let c = 0; c < m; c++) out[c * n + r] = F[r * m + c];
  return out;
}

/** gamma F_Y x F_X^T of every channel: x of (C, B, A) to a patch of (C, N, N) (Eq. 27). */
export function look(x, { F_X, F_Y }, gamma, A, B, N) {
  const F_XT = transpose(F_X, N, A);
  const patches = channels(x, A * B).map((each) =>
    product(product(F_Y, each, N, B, A), F_XT, N, A, N).map((v) => gamma * v),
  );
  return concatenate(...patches);
}

/** (1 / gamma) F_Y^T w F_X of every channel: w of (C, N, N) to strokes of (C, B, A) (Eq. 29). */
export function spread(w, { F_X, F_Y }, gamma, A, B, N) {
  const F_YT = transpose(F_Y, N, B);
  const strokes = channels(w, N * N).map((each) =>
    product(product(F_YT, each, B, N, N), F_X, B, N, A).map((v) => v / gamma),
  );
  return concatenate(...strokes);
}

/** The channels of an image or patch, `size` numbers each. */
export function channels(x, size) {
  return Array.from({ length: x.length / size }, (_, k) => x.subarray(k * size, (k + 1) * size));
}

/** The patch that a grid sees of x, (C, N, N) (Eq. 27). */
export function glimpse(x, att, A, B, N) {
  return look(x, filterbanks(att, A, B, N), att.gamma, A, B, N);
}

/** Read with attention: image and error image by the same filters, (2 C N N) (Eq. 27). */
export const read = (x, x_hat, att, A, B, N) => glimpse(concatenate(x, x_hat), att, A, B, N);

/** Read without attention: all of both, (2 C B A) (Eq. 17). */
export const readAll = (x, x_hat) => concatenate(x, x_hat);

/** Write with attention: w of (C, N, N) spread over an image, (C, B, A) (Eq. 29). */
export function write(w, att, A, B, N) {
  return spread(w, filterbanks(att, A, B, N), att.gamma, A, B, N);
}

// ---------------------------------------------------------------- draw_np/latent.py, likelihood.py

/** A draw z = mu + sigma eps from the posterior (Eq. 6). */
export const sample = (mu, log_sigma, eps) => mu.map((m, k) => m + Math.exp(log_sigma[k]) * eps[k]);

/** KL(Q || P) of one step, exact, in nats (Eqs. 10, 11). */
export function klToPrior(mu, log_sigma) {
  return mu.reduce((sum, m, k) => {
    const s = log_sigma[k];
    return sum + 0.5 * (m * m + Math.exp(2 * s) - 2 * s - 1);
  }, 0);
}

/** -log D(x | c) with means sigmoid(c), in nats (Eq. 9). */
export const bernoulliNll = (x, c) => x.reduce((sum, v, k) => sum + softplus(c[k]) - v * c[k], 0);

// ---------------------------------------------------------------- draw_np/model.py

/**
 * What the first step starts from: the learned canvas, outputs and cell states.
 *
 * Of a network with K classes each is a table of K rows: the row of `label`, 0 to K - 1.
 */
export function initialState(params, config, label = null) {
  expectLabel(label, config.K ?? null);
  const start = (name) => {
    const all = params[`${name}_0`];
    const size = all.length / (config.K ?? 1);
    return Float64Array.from(all.slice((label ?? 0) * size, ((label ?? 0) + 1) * size));
  };
  const [c, h_enc, s_enc, h_dec, s_dec] = ["c", "h_enc", "s_enc", "h_dec", "s_dec"].map(start);
  return { c, h_enc, s_enc, h_dec, s_dec };
}

function expectLabel(label, K) {
  if (K === null && label !== null) throw new RangeError("a label, and a network without classes");
  if (K !== null && !(Number.isInteger(label) && label >= 0 && label < K)) {
    throw new RangeError(`the label ${label}: expected a class from 0 to ${K - 1}`);
  }
}

const linear = (params, name, x) => affine(x, params[`${name}.W`], params[`${name}.b`]);

/** The grid of the head "read" or "write", from h_dec (Eqs. 21-24). */
export function head(params, name, h_dec, { A, B }, N) {
  return attention(linear(params, name, h_dec), A, B, N);
}

/** r_t and its grid, from the *previous* h_dec (Eq. 4: Eq. 27, or 17 without attention). */
export function readStep(params, x, x_hat, h_dec, config) {
  const { A, B, N_read: N } = config;
  if (N === null) return { r: readAll(x, x_hat), reading: null };
  const reading = head(params, "read", h_dec, config, N);
  return { r: read(x, x_hat, reading, A, B, N), reading };
}

/** What is added to the canvas, its patch and its grid, from the *new* h_dec (Eq. 8). */
export function writeStep(params, h_dec, config) {
  const { A, B, N_write: N } = config;
  const w = linear(params, "patch", h_dec); // (28), or (18)
  if (N === null) return { stroke: w, w, writing: null };
  const writing = head(params, "write", h_dec, config, N);
  return { stroke: write(w, writing, A, B, N), w, writing };
}

/** Move the encoder on by [r_t, h_{t-1}^dec] (Eq. 5). */
export function encode(params, r, state) {
  const v = concatenate(r, state.h_dec);
  const { h, s } = lstm(v, state.h_enc, state.s_enc, params["enc.W"], params["enc.b"]);
  return { ...state, h_enc: h, s_enc: s };
}

/** mu_t and log sigma_t of Q(Z_t | h_t^enc) (Eqs. 1, 2). */
export function posterior(params, h_enc) {
  return { mu: linear(params, "mu", h_enc), log_sigma: linear(params, "log_sigma", h_enc) };
}

/** The half of a step that generation shares: Eqs. 7, 8, or 14, 15. */
export function decode(params, z, state, config) {
  const { h, s } = lstm(z, state.h_dec, state.s_dec, params["dec.W"], params["dec.b"]); // (7)
  const { stroke, w, writing } = writeStep(params, h, config);
  const c = state.c.map((v, k) => v + stroke[k]); // (8)
  return { state: { ...state, c, h_dec: h, s_dec: s }, w, writing };
}

/** One step of inference: look, sample, draw (Eqs. 3-8). Returns the state and what was done. */
export function step(params, x, eps, before, config) {
  const x_hat = x.map((v, k) => v - sigmoid(before.c[k])); // (3)
  const { r, reading } = readStep(params, x, x_hat, before.h_dec, config); // (4)
  const encoded = encode(params, r, before); // (5)
  const { mu, log_sigma } = posterior(params, encoded.h_enc); // (1), (2)
  const z = sample(mu, log_sigma, eps); // (6)
  const { state, w, writing } = decode(params, z, encoded, config); // (7), (8)
  const { h_enc, h_dec } = state;
  return { state, look: { x_hat, r, reading, h_enc, mu, log_sigma, z, h_dec, w, writing } };
}

/** Draw an image again: canvases c_0 .. c_T, what each step did, its KL, and L^x (Eqs. 3-11). */
export function reconstruct(params, x, eps, config, label = null) {
  expect("x", x.length, config.C * config.B * config.A);
  expect("eps", eps.length, config.T * config.Z);
  let state = initialState(params, config, label);
  const canvases = [state.c];
  const looks = [];
  for (const eps_t of channels(eps, config.Z)) {
    const done = step(params, Float64Array.from(x), eps_t, state, config);
    state = done.state;
    canvases.push(state.c);
    looks.push(done.look);
  }
  const L_z = Float64Array.from(looks, ({ mu, log_sigma }) => klToPrior(mu, log_sigma));
  return { c: canvases, looks, L_z, L_x: bernoulliNll(x, state.c) };
}

/** The bound of one image, L^x plus the KL of all steps, in nats (Eq. 12). */
export const bound = ({ L_x, L_z }) => L_z.reduce((sum, v) => sum + v, L_x);

/** Draw a new image from z ~ N(0, I), (T Z); no image is looked at (Eqs. 13-16). */
export function generate(params, z, config, label = null) {
  expect("z", z.length, config.T * config.Z);
  let state = initialState(params, config, label);
  const drawn = { c: [state.c], looks: [] };
  for (const z_t of channels(z, config.Z)) {
    const done = decode(params, z_t, state, config); // (14), (15)
    state = done.state;
    drawn.c.push(state.c);
    drawn.looks.push({ z: z_t, h_dec: state.h_dec, w: done.w, writing: done.writing });
  }
  return drawn;
}

function expect(name, length, wanted) {
  if (length !== wanted) throw new RangeError(`${name} has ${length} numbers: expected ${wanted}`);
}

// ---------------------------------------------------------------- draw_np/glimpse.py

/** The probability of every class, from logits. */
export function softmax(logits) {
  const most = Math.max(...logits);
  const e = logits.map((v) => Math.exp(v - most)); // the largest is 1: no overflow
  const Z = e.reduce((sum, v) => sum + v, 0);
  return e.map((v) => v / Z);
}

/** T glimpses at x: of each the grid, the patch and the answer that it leads to (Eqs. 21-27). */
export function classify(params, x, config) {
  const { A, B, N, T } = config;
  let [h, s] = [params.h_0, params.s_0].map((v) => Float64Array.from(v));
  return Array.from({ length: T }, () => {
    const att = head(params, "read", h, config, N); // where to look, from the *previous* h
    const patch = glimpse(x, att, A, B, N);
    ({ h, s } = lstm(patch, h, s, params["rnn.W"], params["rnn.b"]));
    return { att, patch, p: softmax(linear(params, "classes", h)) };
  });
}
