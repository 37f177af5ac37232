// Below the pad: other noise, a covered half, new digits, a network of one's own.

import { group, radio } from "./choice.js";
import { SIZE } from "./digit.js";
import { differences, drawFilm, film, sceneOn } from "./film.js";
import { complete, invent, mask, probabilities, redraw, refusal } from "./run.js";
import { button, element, GREY, picture, say, sheet, shown, stamp, WRITE } from "./view.js";
import { fromNpz } from "./weights.js";

const DRAWS = 6; // drawings of one digit beside each other, each with its own noise
const NEW = 8; // digits from the prior
const ROUNDS = [1, 2, 4, 8, 16]; // of a completion, that are shown

const has = (news, ...names) => news.length === 0 || names.some((name) => news.includes(name));

function section(title, text, ...children) {
  const words = element("p", { text });
  return element("section", {}, element("h2", { text: title }), words, ...children);
}

/** A canvas in a button, with a word beneath. */
function thumbnail(label, click) {
  const canvas = element("canvas");
  const word = element("span");
  const host = element(
    "button",
    { type: "button", class: "live-thumbnail", "aria-label": label, click },
    canvas,
    word,
  );
  return { host, canvas, word };
}

export function draws(state, change) {
  const places = Array.from({ length: DRAWS }, (_, n) =>
    thumbnail(`drawing ${n + 1}`, () => change({ draw: base + n })),
  );
  let base = 0;
  let timer = null;
  const more = button("other noise", () => {
    base += DRAWS;
    change({ draw: base });
  });
  const host = section(
    "The same digit, drawn several times",
    "Each step’s latent is a mean and a spread that the encoder gives, and noise. Here is your " +
      "digit, drawn again with six lots of noise, each with its bound in nats. Choose one to see " +
      "its steps above.",
    element("div", { class: "live-thumbnails" }, ...places.map((p) => p.host)),
    more,
  );
  function draw() {
    if (!state.x) return; // the pad was emptied while this waited
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

export function oneStep(state, change) {
  let other = 0;
  const strip = film("what the other noise changes, step by step", (t) => change({ t }));
  const words = element("p", { class: "live-said", role: "status" });
  const fresh = button("", () => {
    const { draw, t, x, network: net, before } = state;
    other += 1;
    change({
      before: before ?? redraw(net, x, draw, {}),
      changed: { [Math.max(t, 1) - 1]: other },
    });
  });
  const back = button("as before", () => change({ changed: {}, before: null }));
  const host = section(
    "Other noise in one step",
    "Choose a step above, and give it other noise; all other steps keep theirs. What is drawn " +
      "later answers to it. The film shows canvas minus canvas before: white is new, brown is gone.",
    element("div", { class: "live-group" }, fresh, back),
    words,
    strip.host,
  );
  return {
    host: [host],
    follow() {
      const {
        before,
        run,
        changed,
        t,
        network: { config },
      } = state;
      host.hidden = !run;
      say(fresh, `other noise in step ${Math.max(t, 1)}`);
      strip.host.hidden = back.disabled = !before || !run;
      if (!before || !run) return say(words, "Nothing is changed yet.");
      const at = Number(Object.keys(changed)[0]) + 1;
      const [old, now] = [before, run].map(({ c }) => c.map(probabilities));
      drawFilm(strip, config, [differences(old, now)], { at: t });
      const most = old.at(-1).reduce((max, p, k) => Math.max(max, Math.abs(p - now.at(-1)[k])), 0);
      return say(
        words,
        `Step ${at} has other noise. The bound was ${shown(before.bound, 1)} nats and is ` +
          `${shown(run.bound, 1)}; at the end a pixel’s probability differs by up to ` +
          `${shown(most)}.`,
      );
    },
  };
}

// ---------------------------------------------------------------- half of it covered

export function halves(state, change) {
  const sides = ["nothing", "left half", "right half", "upper half", "lower half"];
  const { buttons } = radio(sides, 0, (n) => change({ side: n ? sides[n].split(" ")[0] : null }));
  const canvas = element("canvas", {
    role: "img",
    "aria-label": "three completions, round by round",
  });
  const place = element("div", { class: "live-film" }, canvas);
  const host = section(
    "Half of it covered",
    "Cover half of your digit, and the network guesses the rest: it fills in what it drew, looks " +
      "again, and draws again. Three guesses, after so many rounds; what you drew stays.",
    element(
      "div",
      { class: "live-group", role: "group", "aria-label": "cover" },
      element("span", { class: "live-name", text: "Cover" }),
      ...buttons,
    ),
    place,
  );
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

export function inventions(state, change) {
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
      sceneOn(canvas, 84, probabilities(drawn[n].c[t]), config, {
        att: t < config.T ? writing : null,
        N: config.N_write,
        colour: WRITE,
      });
    });
  }
  const host = section(
    "New digits",
    "Nobody drew these. Every step’s latent is pure noise, and no image is looked at.",
    element("div", { class: "live-thumbnails" }, ...canvases),
    element("div", { class: "live-group" }, more, again),
  );
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

export function otherNetwork(state, change) {
  const note = element("p", { class: "live-note", role: "status" });
  const packaged = state.network;
  const file = element("input", {
    type: "file",
    accept: ".npz",
    "aria-label": "file of a network",
  });
  const labels = element("div");
  const back = button("the packaged one", () => {
    file.value = "";
    say(note, "");
    change({ network: packaged });
  });
  file.addEventListener("change", async () => {
    if (!file.files.length) return;
    const { name } = file.files[0];
    try {
      const net = labelled(await fromNpz(await file.files[0].arrayBuffer()), 0);
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
    "A network that you have trained on 28 × 28 pixels can sit at this pad: choose its file, " +
      "best.npz in the folder of the run. It stays on your machine.",
    element("div", { class: "live-group" }, file, back),
    note,
    labels,
  );
  return {
    host: [host],
    follow() {
      back.disabled = state.network === packaged;
      labels.replaceChildren(...labelsOf(state.network, change));
    },
  };
}

/** A network that draws by label, with the label that it is asked for; another as it is. */
const labelled = (net, label) => (net.config.K ? { ...net, label } : net);

/** A button for every class that a network has: the digit is drawn, and new ones are, by it. */
function labelsOf(net, change) {
  if (!net.config.K) return [];
  const names = Array.from({ length: net.config.K }, (_, k) => `${k}`);
  const { buttons } = radio(names, net.label, (k) => change({ network: labelled(net, k) }));
  return [group("Label", buttons)];
}
