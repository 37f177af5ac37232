// The pad itself: the surface, the images and patches of a step, the film, the scrubber, the bound.

import { radio } from "./choice.js";
import { imageOf } from "./digit.js";
import { drawFilm, film, sceneOn } from "./film.js";
import { blackAndWhite, probabilities } from "./run.js";
import { scrubber } from "./scrubber.js";
import { sketch } from "./sketch.js";
import { digits } from "./stored.js";
import {
  button,
  element,
  GREY,
  picture,
  READ,
  say,
  sheet,
  shown,
  SIGNED,
  stamp,
  WRITE,
} from "./view.js";

const STROKE = 6; // logits at which what is added to the canvas is white, or black
const PATCH = 100; // the same for the patch that is written, divided by gamma

const EMPTY = "The pad is empty: draw a digit on it, or take one of the ten below it.";

/** The pad, and what the network sees, misses, reads and writes in step t. */
export function looking(state, change) {
  const surface = padSurface(change);
  const views = [
    ["seen", "image, and where it reads"],
    ["error", "what is missing, and where it reads"],
    ["canvas", "canvas, and where it wrote"],
    ["stroke", "what was added to it"],
  ].map(([name, text]) => figure(name, text));
  const patches = [
    ["read", "read of the image"],
    ["read-error", "read of what is missing"],
    ["written", "patch written"],
  ].map(([name, text]) => figure(name, text));
  const row = (more, all) =>
    element("div", { class: `live-views ${more}` }, ...all.map((v) => v.host));
  const results = element(
    "div",
    { class: "live-results" },
    row("", views),
    row("live-patches", patches),
  );
  return {
    host: [element("div", { class: "live-row live-pad" }, surface, results)],
    follow() {
      for (const { host } of [...views, ...patches]) host.classList.toggle("live-void", !state.run);
      if (state.run) drawViews(state, views, patches);
    },
  };
}

/** What is drawn on, with ten digits for whoever does not want to draw, or cannot. */
function padSurface(change) {
  const note = element("p", { class: "live-note", role: "status" });
  const ten = digits();
  let waiting = 0;
  /** Show an image to the network; the surface is emptied unless it was drawn there. */
  const give = (x, text = "") => {
    cancelAnimationFrame(waiting);
    own.clear();
    host.classList.remove("live-drawn");
    say(note, text);
    change({ x });
  };
  const own = sketch({
    size: 220,
    label: "pad: draw a digit with the mouse or a finger; for the keyboard there are ten digits",
    said: (text) => say(note, text),
    changed(strokes) {
      examples.press(-1, false);
      host.classList.add("live-drawn");
      cancelAnimationFrame(waiting); // the line follows the hand at once, the network every frame
      waiting = requestAnimationFrame(() => change({ x: blackAndWhite(imageOf(strokes)) }));
    },
  });
  const examples = radio([...ten.keys()].map(String), 3, (n) => give(blackAndWhite(ten[n])));
  const clear = button("clear", () => {
    examples.press(-1, false);
    give(null, EMPTY);
  });
  const group = { class: "live-group", role: "group", "aria-label": "a digit" };
  const host = element(
    "div",
    { class: "live-own-pad" },
    element("span", { class: "live-hint", text: "draw here" }),
    own.canvas,
    element("div", group, clear, ...examples.buttons),
    note,
  );
  return host;
}

function figure(name, text) {
  const canvas = picture(text, { class: `live-${name}` });
  const caption = element("figcaption", { text });
  return { canvas, caption, text, host: element("figure", {}, canvas, caption) };
}

/** The images and patches of step t; before the first, there is only a canvas. */
function drawViews({ network: { config }, run, x, t }, views, patches) {
  const [seen, error, canvas, stroke] = views;
  const look = run.looks[t - 1];
  const before = probabilities(run.c[Math.max(t - 1, 0)]);
  const reading = { att: look?.reading, N: config.N_read, colour: READ };
  const writing = { att: look?.writing, N: config.N_write, colour: WRITE };
  const size = Math.min(150, (seen.host.parentElement.clientWidth - 24) / 2);
  sceneOn(seen.canvas, size, x, config, reading);
  const missing = x.map((v, k) => v - before[k]);
  sceneOn(error.canvas, size, missing, config, { ...reading, table: SIGNED, low: -1 });
  sceneOn(canvas.canvas, size, probabilities(run.c[t]), config, writing);
  const added = run.c[t].map((v, k) => v - run.c[Math.max(t - 1, 0)][k]);
  sceneOn(stroke.canvas, size, added, config, {
    ...writing,
    table: SIGNED,
    low: -STROKE,
    high: STROKE,
  });
  say(seen.caption, look?.reading ? `${seen.text}; δ ${shown(look.reading.delta, 1)}` : seen.text);
  say(
    canvas.caption,
    look?.writing ? `${canvas.text}; δ ${shown(look.writing.delta, 1)}` : canvas.text,
  );
  drawPatches(config, look, patches);
}

function drawPatches({ N_read, N_write }, look, [read, missing, written]) {
  const parts = [
    [read, N_read, look?.r.subarray(0, N_read ** 2), look?.reading, GREY, 0, 1],
    [missing, N_read, look?.r.subarray(N_read ** 2), look?.reading, SIGNED, -1, 1],
    [written, N_write, look?.w, look?.writing, SIGNED, -PATCH, PATCH],
  ];
  for (const [{ canvas, caption, text, host }, N, values, att, table, low, high] of parts) {
    host.hidden = !N; // without attention there is no patch
    const pen = sheet(canvas, 84, 84);
    if (!att) continue;
    stamp(
      pen,
      values.map((v) => v / att.gamma),
      N,
      N,
      table,
      [0, 0, 84, 84],
      low,
      high,
    );
    say(caption, `${text}, by γ = ${Number(att.gamma.toPrecision(2))}`);
  }
}

/** The film, the scrubber and the numbers. */
export function numbers(state, change) {
  const label = "the drawing, step by step: what is missing, and the canvas";
  const strip = film(label, (t) => change({ t }));
  const steps = scrubber(() => state.run && { t: state.t, T: state.network.config.T }, change);
  const sum = element("p", { class: "live-said live-bound", role: "status" });
  return {
    host: [steps.host, strip.host, sum],
    follow() {
      const {
        run,
        t,
        x,
        network: { config, typical },
      } = state;
      steps.follow();
      strip.host.hidden = !run;
      if (!run) return say(sum, "");
      drawFilm(strip, config, rowsOf(run, x, config), { at: t, kl: run.L_z });
      const each = Array.from(run.L_z, (v) => shown(v, 1)).join(", ");
      strip.canvas.setAttribute("aria-label", `${label}; KL of the steps, in nats: ${each}`);
      const kl = run.bound - run.L_x;
      return say(
        sum,
        `This drawing: the pixels cost Lˣ = ${shown(run.L_x, 1)} nats, ` +
          `the latents ${shown(kl, 1)}; ` +
          `together ${shown(run.bound, 1)} nats` +
          (typical ? ` (a test digit in black and white: ${shown(typical, 1)} on average).` : "."),
      );
    },
  };
}

/** Two rows for a film: what is missing with the reading window, canvases with the writing one. */
function rowsOf(run, x, { N_read, N_write }) {
  const canvases = run.c.map(probabilities);
  const missing = run.looks.map(({ x_hat, reading }) => ({
    values: x_hat,
    table: SIGNED,
    low: -1,
    high: 1,
    att: reading,
    N: N_read,
    colour: READ,
  }));
  const drawn = canvases.map((values, t) => ({
    values,
    att: run.looks[t - 1]?.writing,
    N: N_write,
    colour: WRITE,
  }));
  return [[null, ...missing], drawn];
}
