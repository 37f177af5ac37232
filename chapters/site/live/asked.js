// Digits that are asked for by label: with one noise for all of them they are in one hand.

import { group, radio } from "./choice.js";
import { sceneOn } from "./film.js";
import { invent, probabilities } from "./run.js";
import { scrubber } from "./scrubber.js";
import { network } from "./stored.js";
import { button, element, onChange, picture, say, WRITE } from "./view.js";

const MOST = 10; // digits
const SIZE = 92; // pixels of the screen a side
const APART = 1000; // noises of hand n begin at n times so many

/** Put the digits that a reader asks for into `host`, drawn by the network of the page. */
export function asked(host) {
  const net = network(host.dataset.network);
  const { T, K } = net.config;
  const state = { text: "2026", hand: 1, alike: true, t: T, drawn: [] };
  const places = element("div", { class: "live-thumbnails" });
  const steps = scrubber(() => ({ t: state.t, T }), change);
  const said = element("p", { class: "live-said", role: "status" });
  const field = element("input", {
    type: "text",
    value: state.text,
    size: MOST,
    inputmode: "numeric",
    "aria-label": "digits to draw",
    input: () => change({ text: field.value.trim() }),
  });
  const { buttons } = radio(["one noise for all", "a noise for each"], 0, (n) =>
    change({ alike: n === 0 }),
  );
  const other = button("another hand", () => change({ hand: state.hand + 1 }));
  host.replaceChildren(
    element("div", { class: "live-group" }, group("Write", [field]), other),
    group("Noise", buttons),
    places,
    steps.host,
    said,
  );
  host.dataset.ready = "";
  onChange(host, draw);
  change({});

  function change(some) {
    Object.assign(state, some);
    const why = refused(state.text, K);
    field.toggleAttribute("aria-invalid", false);
    if (why) field.setAttribute("aria-invalid", "true");
    if (why) return say(said, why);
    if (!("t" in some)) compute();
    draw();
    return say(said, sentence(state));
  }

  /** Draw every digit; with one noise for all a label is all that differs. */
  function compute() {
    state.drawn = [...state.text].map((digit, n) =>
      invent({ ...net, label: Number(digit) }, state.hand * APART + (state.alike ? 0 : n)),
    );
    const canvases = [...state.text].map((digit) => picture(`a drawn ${digit}, at step t`));
    places.replaceChildren(...canvases);
  }

  function draw() {
    steps.follow();
    [...places.children].forEach((canvas, n) => {
      const { c, looks } = state.drawn[n];
      sceneOn(canvas, SIZE, probabilities(c[state.t]), net.config, {
        att: state.t < T ? looks[state.t - 1]?.writing : null,
        N: net.config.N_write,
        colour: WRITE,
      });
    });
  }
}

/** Why a text cannot be drawn; an empty text if it can. */
export function refused(text, K) {
  if (!text) return "Type a digit, and it is drawn.";
  if (text.length > MOST) return `At most ${MOST} digits: take some away.`;
  if ([...text].every((v) => /[0-9]/.test(v) && Number(v) < K)) return "";
  return `The network knows the digits 0 to ${K - 1}, and nothing else.`;
}

const sentence = ({ text, hand, alike }) =>
  alike
    ? `${text} in hand ${hand}: all digits have the same noise, and only the label differs.`
    : `${text} in hand ${hand}: every digit has a noise of its own.`;
