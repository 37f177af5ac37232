// A drawing unrolled: the loop of one step, with what is on its wires, and a scrubber over all.

import { group, radio } from "./choice.js";
import { sceneOn } from "./film.js";
import { blackAndWhite, invent, probabilities, redraw } from "./run.js";
import { scrubber } from "./scrubber.js";
import { digits, network } from "./stored.js";
import {
  button,
  element,
  GREY,
  onChange,
  picture,
  READ,
  say,
  sheet,
  shown,
  SIGNED,
  stamp,
  WRITE,
} from "./view.js";

const TILE = 104; // pixels of the screen a side
const STROKE = 6; // logits at which what is added is white, or black
const UNITS = 16; // squares in a row of a state

// What a step has on its wires, in the order in which it computes: name, words, equation.
const WIRES = [
  ["before", "canvas before", ""],
  ["error", "error image x̂ₜ", "(3)"],
  ["read", "read rₜ", "(4)"],
  ["encoder", "encoder hₜ", "(5)"],
  ["latent", "latent zₜ", "(6)"],
  ["decoder", "decoder hₜ", "(7)"],
  ["stroke", "stroke written", "(8)"],
  ["after", "canvas cₜ", "(8)"],
];

/** Put a drawing by the network that the page brings along into `host`. */
export function unrolled(host) {
  const net = network(host.dataset.network);
  const images = digits().map(blackAndWhite);
  const state = { digit: 3, t: 1, draw: 0, run: null };
  const tiles = WIRES.map(([name, text, equation]) => tile(name, text, equation));
  const steps = scrubber(() => ({ t: state.t, T: net.config.T }), change);
  const said = element("p", { class: "live-said", role: "status" });
  host.replaceChildren(
    element("div", { class: "live-loop" }, ...tiles.map((v) => v.host)),
    steps.host,
    said,
    choices(state, images, change),
  );
  onChange(host, draw);
  change({ digit: 3 });

  function change(some) {
    Object.assign(state, some);
    if ("digit" in some || "draw" in some) {
      const x = images[state.digit];
      state.run = x ? redraw(net, x, state.draw) : invent(net, 40 + state.draw);
    }
    draw();
  }

  function draw() {
    steps.follow();
    const values = onWires(state, images[state.digit], net.config);
    for (const each of tiles) drawTile(each, values[each.name], net.config);
    say(said, sentence(state, net.config));
  }
}

/** A place for what is on a wire, with its name. */
function tile(name, text, equation) {
  const canvas = picture(text);
  const caption = element("figcaption", { text: `${text} ${equation}`.trim() });
  const host = element("figure", { class: `live-wire live-wire-${name}` }, canvas, caption);
  return { name, canvas, host };
}

/** What step t has on its wires: how each is drawn; null where there is nothing. */
function onWires({ run, t }, x, { N_read, N_write }) {
  const look = run.looks[t - 1];
  const [before, after] = [run.c[Math.max(t - 1, 0)], run.c[t]];
  const reading = { att: look?.reading, N: N_read, colour: READ };
  const writing = { att: look?.writing, N: N_write, colour: WRITE };
  const signed = { table: SIGNED, low: -1, high: 1 };
  const stroke = after.map((v, k) => v - before[k]);
  return {
    before: { image: probabilities(before) },
    error: look && x && { image: look.x_hat, look: { ...reading, ...signed } },
    read: look && x && (N_read ? { patches: look.r, N: N_read, att: look.reading } : null),
    encoder: look && x && { units: look.h_enc },
    latent: look && { units: look.z, reach: 3 },
    decoder: look && { units: look.h_dec },
    stroke: look && { image: stroke, look: { ...writing, ...signed, low: -STROKE, high: STROKE } },
    after: { image: probabilities(after), look: writing },
  };
}

function drawTile({ canvas, host }, value, config) {
  host.classList.toggle("live-void", !value);
  const size = TILE;
  if (!value) return void sheet(canvas, size, size);
  if (value.image) return sceneOn(canvas, size, value.image, config, value.look);
  if (value.units) return drawUnits(sheet(canvas, size, size), value);
  return drawPatches(sheet(canvas, size, size), value);
}

/** A state as rows of squares: white is positive, brown negative. */
function drawUnits(pen, { units, reach = 1 }) {
  const columns = Math.min(UNITS, Math.ceil(Math.sqrt(units.length)));
  const rows = Math.ceil(units.length / columns);
  const filled = new Float64Array(rows * columns);
  filled.set(units);
  const unit = Math.min(TILE / columns, TILE / rows);
  const [width, height] = [unit * columns, unit * rows];
  const place = [(TILE - width) / 2, (TILE - height) / 2, width, height];
  stamp(pen, filled, rows, columns, SIGNED, place, -reach, reach);
}

/** What is read of the image, above, and of the error image, below; divided by gamma. */
function drawPatches(pen, { patches, N, att }) {
  const half = TILE / 2 - 2;
  const [seen, missing] = [patches.subarray(0, N * N), patches.subarray(N * N)];
  const scaled = (v) => v.map((u) => u / att.gamma);
  stamp(pen, scaled(seen), N, N, GREY, [(TILE - half) / 2, 0, half, half]);
  stamp(pen, scaled(missing), N, N, SIGNED, [(TILE - half) / 2, half + 4, half, half], -1, 1);
}

function sentence({ run, t }, { T }) {
  if (t === 0) return `Before the first step (of ${T}) there is only the learned canvas.`;
  const { reading, writing } = run.looks[t - 1];
  const parts = [`Step ${t} of ${T}.`];
  if (run.L_z) parts.push(`Its latent costs ${shown(run.L_z[t - 1], 1)} nats.`);
  if (reading) parts.push(`It reads with stride ${shown(reading.delta, 1)}`);
  if (writing) {
    const wide = `writes with stride ${shown(writing.delta, 1)}, σ ${shown(Math.sqrt(writing.sigma2), 1)}.`;
    parts.push(reading ? `and ${wide}` : `It ${wide}`);
  }
  return parts.join(" ");
}

function choices(state, images, change) {
  const names = [...images.keys()].map(String);
  const { buttons } = radio([...names, "something new"], state.digit, (n) => change({ digit: n }));
  const other = button("other noise", () => change({ draw: state.draw + 1 }));
  return element(
    "div",
    { class: "live-choices" },
    group("Draw again", buttons),
    group("Chance", [other]),
  );
}
