// The pad: draw a digit, and watch a network look at it and draw it again.

import { imageOf, SIZE } from "./digit.js";
import { differences, drawFilm, film, sceneOn } from "./film.js";
import { radio } from "./explorer.js";
import { blackAndWhite, complete, invent, mask, probabilities, redraw, refusal } from "./run.js";
import { sketch } from "./sketch.js";
import { digits, network } from "./stored.js";
import { button, element, GREY, onChange, picture, READ, say, sheet, shown, SIGNED, stamp, WRITE } from "./view.js";
import { fromNpz } from "./weights.js";

const DRAWS = 6; // drawings of one digit beside each other, each with its own noise
const NEW = 8; // digits from the prior
const ROUNDS = [1, 2, 4, 8, 16]; // of a completion, that are shown
const STROKE = 6; // logits at which what is added to the canvas is white, or black
const PATCH = 100; // the same for the patch that is written, divided by gamma

/** Put the pad into `host`, with the network that the page brings along. */
export function pad(host) {
  const trained = network(host.dataset.network);
  const state = {
    network: trained, x: blackAndWhite(digits()[3]), t: trained.config.T, draw: 0, changed: {},
    before: null, side: null, first: 100, run: null,
  };
  const parts = [looking, numbers, draws, oneStep, halves, inventions, otherNetwork];
  const made = parts.map((part) => part(state, change));
  host.replaceChildren(...made.flatMap((each) => each.host));
  host.dataset.ready = "";
  onChange(host, () => change({}));
  change({ x: state.x });

  /** Take over some of the state; compute what depends on it, and draw. */
  function change(some) {
    Object.assign(state, some);
    state.t = Math.min(Math.max(state.t, 0), state.network.config.T);
    if (["x", "draw", "changed", "network"].some((name) => name in some)) {
      if (!("changed" in some)) [state.changed, state.before] = [{}, null];
      state.run = state.x && redraw(state.network, state.x, state.draw, state.changed);
    }
    const news = Object.keys(some);
    for (const { follow } of made) follow(news);
  }
}

const has = (news, ...names) => news.length === 0 || names.some((name) => news.includes(name));

// ---------------------------------------------------------------- one drawing, step by step

function looking(state, change) {
  const note = element("p", { class: "live-note", role: "status" });
  const EMPTY = "The pad is empty: draw a digit on it, or take one of the ten below it.";
  const own = sketch({
    size: 220,
    label: "pad: draw a digit with the mouse or a finger; for the keyboard there are ten digits",
    said: (text) => say(note, text),
    changed(strokes) {
      examples.press(-1, false);
      change({ x: blackAndWhite(imageOf(strokes)) });
    },
  });
  const ten = digits();
  const examples = radio([...ten.keys()].map(String), 3, (n) => {
    own.clear();
    say(note, "");
    change({ x: blackAndWhite(ten[n]) });
  });
  const clear = button("clear", () => {
    own.clear();
    examples.press(-1, false);
    say(note, EMPTY);
    change({ x: null });
  });
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
  return {
    host: [
      element("div", { class: "live-row live-pad" },
        element("div", { class: "live-own-pad" },
          element("span", { class: "live-hint", text: "draw here" }), own.canvas,
          element("div", { class: "live-group", role: "group", "aria-label": "a digit" },
            clear, ...examples.buttons), note),
        element("div", { class: "live-results" },
          element("div", { class: "live-views" }, ...views.map((v) => v.host)),
          element("div", { class: "live-views live-patches" }, ...patches.map((v) => v.host))),
      ),
    ],
    follow() {
      own.canvas.parentElement.classList.toggle("live-drawn", own.strokes.length > 0);
      for (const { host } of [...views, ...patches]) host.classList.toggle("live-void", !state.run);
      if (state.run) drawViews(state, views, patches);
    },
  };
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
  sceneOn(stroke.canvas, size, added, config, { ...writing, table: SIGNED, low: -STROKE, high: STROKE });
  say(seen.caption, look?.reading ? `${seen.text}; δ ${shown(look.reading.delta, 1)}` : seen.text);
  say(canvas.caption, look?.writing ? `${canvas.text}; δ ${shown(look.writing.delta, 1)}` : canvas.text);
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
    stamp(pen, values.map((v) => v / att.gamma), N, N, table, [0, 0, 84, 84], low, high);
    say(caption, `${text}, by γ = ${Number(att.gamma.toPrecision(2))}`);
  }
}

/** The film, the scrubber and the numbers. */
function numbers(state, change) {
  const label = "the drawing, step by step: what is missing, and the canvas";
  const strip = film(label, (t) => change({ t }));
  const slider = element("input", {
    type: "range", min: 0, step: 1, class: "live-scrubber", "aria-label": "step t of the drawing",
    input: (e) => change({ t: e.target.valueAsNumber }),
  });
  const sum = element("p", { class: "live-said live-bound", role: "status" });
  const play = playing(state, change);
  return {
    host: [element("div", { class: "live-scrub" }, play, slider), strip.host, sum],
    follow() {
      const { run, t, x, network: { config, typical } } = state;
      slider.max = config.T;
      slider.value = t;
      slider.disabled = play.disabled = strip.host.hidden = !run;
      slider.setAttribute("aria-valuetext", `step ${t} of ${config.T}`);
      if (!run) return say(sum, "");
      drawFilm(strip, config, rowsOf(run, x, config), { at: t, kl: run.L_z });
      const each = Array.from(run.L_z, (v) => shown(v, 1)).join(", ");
      strip.canvas.setAttribute("aria-label", `${label}; KL of the steps, in nats: ${each}`);
      const kl = run.bound - run.L_x;
      return say(sum,
        `This drawing: the pixels cost Lˣ = ${shown(run.L_x, 1)} nats, the latents ${shown(kl, 1)}; ` +
          `together ${shown(run.bound, 1)} nats` +
          (typical ? ` (a test digit in black and white: ${shown(typical, 1)} on average).` : "."));
    },
  };
}

/** Two rows for a film: what is missing with the reading window, the canvas with the writing one. */
function rowsOf(run, x, { N_read, N_write }) {
  const canvases = run.c.map(probabilities);
  const missing = run.looks.map(({ x_hat, reading }) => ({
    values: x_hat, table: SIGNED, low: -1, high: 1, att: reading, N: N_read, colour: READ,
  }));
  const drawn = canvases.map((values, t) => ({
    values, att: run.looks[t - 1]?.writing, N: N_write, colour: WRITE,
  }));
  return [[null, ...missing], drawn];
}

/** A button that moves t from 0 to T; reduced motion leaves the steps to the reader. */
export function playing(state, change) {
  let timer = null;
  const stop = () => {
    clearInterval(timer);
    timer = null;
    say(play, "play");
  };
  const play = button("play", () => {
    if (timer) return stop();
    say(play, "stop");
    change({ t: 0 });
    timer = setInterval(() => {
      if (!state.run || state.t >= state.network.config.T) return stop();
      return change({ t: state.t + 1 });
    }, 350);
    return undefined;
  });
  return play;
}

// ---------------------------------------------------------------- the same digit, other noise

function section(title, text, ...children) {
  const words = element("p", { text });
  return element("section", {}, element("h2", { text: title }), words, ...children);
}

/** A canvas in a button, with a word beneath. */
function thumbnail(label, click) {
  const canvas = element("canvas");
  const word = element("span");
  const host = element("button", { type: "button", class: "live-thumbnail", "aria-label": label, click },
    canvas, word);
  return { host, canvas, word };
}

function draws(state, change) {
  const places = Array.from({ length: DRAWS }, (_, n) =>
    thumbnail(`drawing ${n + 1}`, () => change({ draw: base + n })));
  let base = 0;
  let timer = null;
  const more = button("other noise", () => {
    base += DRAWS;
    change({ draw: base });
  });
  const host = section(
    "The same digit, drawn several times",
    "Each step’s latent is a mean and a spread that the encoder gives, and noise. Here is your digit, " +
      "drawn again with six lots of noise, each with its bound in nats. Choose one to see its steps above.",
    element("div", { class: "live-thumbnails" }, ...places.map((p) => p.host)), more);
  function draw() {
    const { config } = state.network;
    places.forEach(({ host: place, canvas, word }, n) => {
      const again = redraw(state.network, state.x, base + n);
      sceneOn(canvas, 84, probabilities(again.c.at(-1)), config);
      say(word, shown(again.bound, 1));
      place.setAttribute("aria-pressed", state.draw === base + n);
    });
  }
  return {
    host: [host],
    follow(news) {
      host.hidden = !state.x;
      if (!has(news, "x", "draw", "network") || !state.x) return;
      clearTimeout(timer); // while somebody draws, the one drawing above comes first
      timer = setTimeout(draw, news.includes("x") ? 120 : 0);
    },
  };
}

function oneStep(state, change) {
  let other = 0;
  const strip = film("what the other noise changes, step by step", (t) => change({ t }));
  const words = element("p", { class: "live-said", role: "status" });
  const fresh = button("", () => {
    const { draw, t, x, network: net, before } = state;
    other += 1;
    change({ before: before ?? redraw(net, x, draw, {}), changed: { [Math.max(t, 1) - 1]: other } });
  });
  const back = button("as before", () => change({ changed: {}, before: null }));
  const host = section(
    "Other noise in one step",
    "Choose a step above, and give it other noise; all other steps keep theirs. What is drawn later " +
      "answers to it. The film shows canvas minus canvas before: white is new, brown is gone.",
    element("div", { class: "live-group" }, fresh, back), words, strip.host);
  return {
    host: [host],
    follow() {
      const { before, run, changed, t, network: { config } } = state;
      host.hidden = !run;
      say(fresh, `other noise in step ${Math.max(t, 1)}`);
      strip.host.hidden = back.disabled = !before || !run;
      if (!before || !run) return say(words, "Nothing is changed yet.");
      const at = Number(Object.keys(changed)[0]) + 1;
      const [old, now] = [before, run].map(({ c }) => c.map(probabilities));
      drawFilm(strip, config, [differences(old, now)], { at: t });
      const most = old.at(-1).reduce((max, p, k) => Math.max(max, Math.abs(p - now.at(-1)[k])), 0);
      return say(words,
        `Step ${at} has other noise. The bound was ${shown(before.bound, 1)} nats and is ` +
          `${shown(run.bound, 1)}; at the end a pixel’s probability differs by up to ${shown(most)}.`);
    },
  };
}

// ---------------------------------------------------------------- half of it covered

function halves(state, change) {
  const sides = ["nothing", "left half", "right half", "upper half", "lower half"];
  const { buttons } = radio(sides, 0, (n) => change({ side: n ? sides[n].split(" ")[0] : null }));
  const canvas = element("canvas", { role: "img", "aria-label": "three completions, round by round" });
  const place = element("div", { class: "live-film" }, canvas);
  const host = section(
    "Half of it covered",
    "Cover half of your digit, and the network guesses the rest: it fills in what it drew, looks again, " +
      "and draws again. Three guesses, after so many rounds; what you drew stays.",
    element("div", { class: "live-group", role: "group", "aria-label": "cover" },
      element("span", { class: "live-name", text: "Cover" }), ...buttons), place);
  let running = 0;
  function start() {
    const id = ++running; // an earlier one ends when it sees this
    const hidden = mask(state.network.config, state.side);
    const chains = [0, 1, 2].map((seed) => complete(state.network, state.x, hidden, seed));
    const found = chains.map(() => []);
    let round = 0;
    const next = () => {
      if (id !== running) return;
      round += 1;
      chains.forEach((chain, k) => {
        const { value } = chain.next();
        if (ROUNDS.includes(round)) found[k].push(value);
      });
      drawCompletions(canvas, state, hidden, found);
      if (round < ROUNDS.at(-1)) requestAnimationFrame(next);
      else canvas.dataset.done = state.side;
    };
    requestAnimationFrame(next);
  }
  return {
    host: [host],
    follow(news) {
      host.hidden = !state.x;
      place.hidden = !state.side;
      if (!has(news, "x", "side", "network")) return;
      running += 1;
      delete canvas.dataset.done;
      if (state.x && state.side) start();
    },
  };
}

/** A row a guess, a column a round, and what the network is shown at the left. */
function drawCompletions(canvas, { x, network: { config } }, hidden, found) {
  const [size, gap] = [84, 8];
  const pen = sheet(canvas, (size + gap) * (ROUNDS.length + 1), 18 + (size + gap) * found.length);
  const { A, B } = config;
  pen.font = "11px sans-serif";
  pen.textAlign = "center";
  pen.fillStyle = "#7f868d";
  const shownOf = x.map((v, k) => (hidden[k] ? 0.4 : v));
  ["shown", ...ROUNDS.map((n) => `round ${n}`)].forEach((text, k) => {
    pen.fillText(text, k * (size + gap) + size / 2, 11);
  });
  found.forEach((row, r) => {
    [shownOf, ...row].forEach((values, k) => {
      stamp(pen, values, B, A, GREY, [k * (size + gap), 18 + r * (size + gap), size, size]);
    });
  });
}

// ---------------------------------------------------------------- new digits

function inventions(state, change) {
  const canvases = Array.from({ length: NEW }, (_, n) => picture(`new digit ${n + 1}, at step t`));
  let drawn = [];
  const more = button("new digits", () => change({ first: state.first + NEW }));
  const again = button("draw them step by step", () => play());
  function play() {
    let t = 0;
    const timer = setInterval(() => {
      show(t);
      if (t++ >= state.network.config.T) clearInterval(timer);
    }, 200);
  }
  function show(t) {
    const { config } = state.network;
    canvases.forEach((canvas, n) => {
      const writing = drawn[n].looks[t - 1]?.writing;
      sceneOn(canvas, 84, probabilities(drawn[n].c[t]), config,
        { att: t < config.T ? writing : null, N: config.N_write, colour: WRITE });
    });
  }
  const host = section(
    "New digits",
    "Nobody drew these. Every step’s latent is pure noise, and no image is looked at.",
    element("div", { class: "live-thumbnails" }, ...canvases),
    element("div", { class: "live-group" }, more, again));
  return {
    host: [host],
    follow(news) {
      const anew = has(news, "first", "network") || drawn.length === 0;
      if (anew) drawn = canvases.map((_, n) => invent(state.network, state.first + n));
      if (anew) show(state.network.config.T);
    },
  };
}

// ---------------------------------------------------------------- another network

function otherNetwork(state, change) {
  const note = element("p", { class: "live-note", role: "status" });
  const packaged = state.network;
  const file = element("input", { type: "file", accept: ".npz", "aria-label": "file of a network" });
  const back = button("the packaged one", () => {
    file.value = "";
    say(note, "");
    change({ network: packaged });
  });
  file.addEventListener("change", async () => {
    if (!file.files.length) return;
    const { name } = file.files[0];
    try {
      const net = await fromNpz(await file.files[0].arrayBuffer());
      const why = refusal(net, SIZE);
      if (why) throw new Error(why);
      change({ network: net });
      say(note, `The pad uses ${name} now: ${net.config.T} steps.`);
    } catch (e) {
      say(note, `${name} was not taken: ${e.message}.`);
    }
  });
  const host = section(
    "Your own network",
    "A network that you have trained on 28 × 28 pixels can sit at this pad: choose its file, best.npz " +
      "in the folder of the run. It stays on your machine.",
    element("div", { class: "live-group" }, file, back), note);
  return { host: [host], follow: () => (back.disabled = state.network === packaged) };
}
