// A latent taken in hand: what each component of a VAE's latent costs, and what pushing one does.

import { group, radio } from "./choice.js";
import { sceneOn } from "./film.js";
import {
  bernoulliNll,
  decode,
  encode,
  initialState,
  klToPrior,
  posterior,
  readStep,
  sigmoid,
} from "./draw.js";
import { normals } from "./random.js";
import { blackAndWhite, probabilities } from "./run.js";
import { digits, network } from "./stored.js";
import {
  button,
  colours,
  element,
  onChange,
  picture,
  READ,
  say,
  sheet,
  shown,
  WRITE,
} from "./view.js";

const SCENE = 140;
const SAMPLES = 5;
const BARS = 96; // height of the costs
const FAR = 4; // how far a mean can be pushed

/** What the encoder says of an image: mu, log sigma, and the state in which it says it. */
export function told({ params, config }, x) {
  const before = initialState(params, config);
  const x_hat = x.map((v, k) => v - sigmoid(before.c[k])); // (3)
  const { r } = readStep(params, x, x_hat, before.h_dec, config); // (4)
  const encoded = encode(params, r, before); // (5)
  return { ...posterior(params, encoded.h_enc), encoded }; // (1), (2)
}

/** The image that a latent of one step makes: probabilities, and the canvas. */
export function made({ params, config }, z, encoded) {
  const { state } = decode(params, z, encoded, config);
  return { c: state.c, p: probabilities(state.c) };
}

/** Put a latent of the VAE that the page brings along into `host`. */
export function latent(host) {
  const net = network(host.dataset.network);
  const images = digits().map(blackAndWhite);
  const state = { digit: 3, k: 0, push: 0, widen: 0, draw: 0 };
  const scenes = ["the image", "drawn from the means"].map((text) => scene(text));
  const samples = Array.from({ length: SAMPLES }, (_, n) => scene(`sample ${n + 1}`));
  const costs = costsToChoose(net.config.Z, (k) => change({ k, push: 0, widen: 0 }));
  const sliders = { push: slider("push μ by", -FAR, FAR), widen: slider("widen log σ by", -3, 3) };
  const said = element("p", { class: "live-said", role: "status" });
  const row = (all, more = "") =>
    element("div", { class: `live-views ${more}` }, ...all.map((v) => v.host));
  const other = button("other noise", () => change({ draw: state.draw + 1 }));
  const back = button("as the encoder said", () => change({ push: 0, widen: 0 }));
  const names = [...images.keys()].map(String);
  const { buttons } = radio(names, 3, (n) => change({ digit: n, push: 0, widen: 0 }));
  host.replaceChildren(
    row(scenes),
    costs.host,
    element("div", { class: "live-fields" }, sliders.push.host, sliders.widen.host),
    element("div", { class: "live-group" }, back, other),
    said,
    row(samples, "live-samples"),
    group("Image", buttons),
  );
  for (const [name, { input }] of Object.entries(sliders)) {
    input.addEventListener("input", () => change({ [name]: input.valueAsNumber }));
  }
  onChange(host, draw);
  change({ k: dearest(told(net, images[3])) });

  function change(some) {
    Object.assign(state, some);
    draw();
  }

  function draw() {
    const x = images[state.digit];
    const right = told(net, x);
    const { mu, log_sigma } = right;
    const moved = { mu: mu.slice(), log_sigma: log_sigma.slice() };
    moved.mu[state.k] += state.push;
    moved.log_sigma[state.k] += state.widen;
    sliders.push.input.value = state.push;
    sliders.widen.input.value = state.widen;
    const sure = made(net, moved.mu, right.encoded);
    sceneOn(scenes[0].canvas, SCENE, x, net.config);
    sceneOn(scenes[1].canvas, SCENE, sure.p, net.config);
    samples.forEach(({ canvas }, n) => {
      const eps = normals(net.config.Z, 60 + n, state.draw);
      const z = moved.mu.map((m, k) => m + Math.exp(moved.log_sigma[k]) * eps[k]); // (6)
      sceneOn(canvas, SCENE * 0.72, made(net, z, right.encoded).p, net.config);
    });
    costs.draw(host.clientWidth, each(moved), each(right), state.k);
    say(said, sentence(state, right, moved, bernoulliNll(x, sure.c)));
  }
}

/** What every component costs, in nats (Eq. 11). */
const each = ({ mu, log_sigma }) =>
  mu.map((m, k) => klToPrior(Float64Array.of(m), Float64Array.of(log_sigma[k])));

/** The component that costs most. */
function dearest(found) {
  const nats = each(found);
  return nats.indexOf(Math.max(...nats));
}

function scene(text) {
  const canvas = picture(text);
  return { canvas, host: element("figure", {}, canvas, element("figcaption", { text })) };
}

function slider(text, low, high) {
  const input = element("input", { type: "range", min: low, max: high, step: 0.05 });
  return { input, host: element("label", {}, element("span", { text }), input) };
}

/** A bar for every component, of which one is chosen: by the pointer, or with the arrow keys. */
function costsToChoose(Z, choose) {
  const canvas = element("canvas", {
    class: "live-costs",
    tabindex: 0,
    role: "slider",
    "aria-label": "component of the latent: arrow keys choose one",
    "aria-valuemin": 1,
    "aria-valuemax": Z,
  });
  let at = 0;
  canvas.addEventListener("click", (e) => {
    const box = canvas.getBoundingClientRect();
    choose(Math.min(Math.floor(((e.clientX - box.left) / box.width) * Z), Z - 1));
  });
  canvas.addEventListener("keydown", (e) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[e.key];
    if (!step) return;
    e.preventDefault();
    choose(Math.min(Math.max(at + step, 0), Z - 1));
  });
  return {
    host: element(
      "figure",
      {},
      canvas,
      element("figcaption", { text: "nats of each component: choose one" }),
    ),
    draw(width, nats, before, k) {
      at = k;
      canvas.setAttribute("aria-valuenow", k + 1);
      canvas.setAttribute("aria-valuetext", `component ${k + 1}: ${shown(nats[k])} nats`);
      drawCosts(sheet(canvas, width, BARS), width, nats, before, k);
    },
  };
}

/** Bars on a scale that the encoder's own costs set; what it said is a line across. */
function drawCosts(pen, width, nats, before, chosen) {
  const { ink, line } = colours();
  const most = 1.25 * Math.max(...before);
  const wide = width / nats.length;
  const high = (v) => (BARS - 16) * Math.min(v / most, 1);
  pen.font = "10px sans-serif";
  pen.textAlign = "center";
  nats.forEach((v, k) => {
    pen.fillStyle = k === chosen ? WRITE : READ;
    pen.fillRect(k * wide + 1, BARS - 2 - high(v), wide - 2, high(v));
    pen.strokeStyle = line;
    pen.beginPath();
    pen.moveTo(k * wide + 1, BARS - 2 - high(before[k]));
    pen.lineTo((k + 1) * wide - 1, BARS - 2 - high(before[k]));
    pen.stroke();
  });
  pen.fillStyle = ink;
  const x = Math.min(Math.max((chosen + 0.5) * wide, 16), width - 16);
  pen.fillText(shown(nats[chosen]), x, 10);
}

function sentence({ k }, right, moved, L_x) {
  const sum = (found) => each(found).reduce((total, v) => total + v, 0);
  const numbers = (found) =>
    `μ = ${shown(found.mu[k])}, σ = ${shown(Math.exp(found.log_sigma[k]))}`;
  return (
    `Component ${k + 1}: ${numbers(moved)} (the encoder said ${numbers(right)}). The latent costs ` +
    `${shown(sum(moved), 1)} nats (${shown(sum(right), 1)} as the encoder said it); with the means ` +
    `alone the image costs ${shown(L_x, 1)}.`
  );
}
