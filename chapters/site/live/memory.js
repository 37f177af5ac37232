// One unit of an LSTM over time: what comes in can be clicked on, the gates are under the hand.

import { lstm } from "./draw.js";
import { button, colours, element, onChange, READ, say, sheet, shown, WRITE } from "./view.js";

const STEPS = 64;
const HIGH = 150;
const MOST = 1.5; // of a state, at the edge of the picture
const GATES = { i: "input gate", f: "forget gate", o: "output gate" };
const STATES = {
  "a forget gate at 1/2": { f: 0 },
  "bias 1": { f: 1 },
  "bias 4": { f: 4 },
  "bias 8": { f: 8 },
};

/**
 * Cell states and outputs of one unit: `inputs` are x_t, the gates' biases b_i, b_f, b_o.
 *
 * The candidate is tanh(x_t); the gates see nothing but their biases.
 */
export function overTime(inputs, { i, f, o }) {
  const W = Float64Array.of(0, 0, 1, 0, 0, 0, 0, 0); // rows x and h; columns i, f, g, o
  const b = Float64Array.of(i, f, 0, o);
  let [h, s] = [Float64Array.of(0), Float64Array.of(0)];
  return inputs.map((x) => {
    ({ h, s } = lstm(Float64Array.of(x), h, s, W, b));
    return { s: s[0], h: h[0] };
  });
}

/** Put a unit that remembers into `host`. */
export function memory(host) {
  const state = { inputs: Array.from({ length: STEPS }, (_, t) => (t === 3 ? 3 : 0)) };
  Object.assign(state, { i: 0, f: 1, o: 0 });
  const canvas = element("canvas", {
    class: "live-time",
    tabindex: 0,
    role: "application",
    "aria-label": "inputs, cell state and output over 64 steps: arrow keys choose a step, Enter changes its input",
  });
  let at = 3;
  const said = element("p", { class: "live-said", role: "status" });
  const sliders = Object.entries(GATES).map(([name, text]) => gate(name, text, state, change));
  const buttons = Object.entries(STATES).map(([text, some]) => button(text, () => change(some)));
  host.replaceChildren(
    canvas,
    element("div", { class: "live-fields" }, ...sliders.map((v) => v.host)),
    element("div", { class: "live-group" }, ...buttons, button("no input", () => clear())),
    said,
  );
  const toggle = (t) => {
    at = t;
    const next = { 0: 3, 3: -3, "-3": 0 }[state.inputs[t]];
    change({ inputs: state.inputs.map((v, k) => (k === t ? next : v)) });
  };
  const clear = () => change({ inputs: state.inputs.map(() => 0) });
  canvas.addEventListener("click", (e) => {
    const box = canvas.getBoundingClientRect();
    const t = Math.floor(((e.clientX - box.left) / box.width) * STEPS);
    toggle(Math.min(Math.max(t, 0), STEPS - 1));
  });
  canvas.addEventListener("keydown", (e) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[e.key];
    if (!step && e.key !== "Enter") return;
    e.preventDefault();
    if (!step) return void toggle(at);
    at = Math.min(Math.max(at + step, 0), STEPS - 1);
    draw();
  });
  onChange(host, draw);
  draw();

  function change(some) {
    Object.assign(state, some);
    draw();
  }

  function draw() {
    const found = overTime(state.inputs, state);
    drawTime(sheet(canvas, host.clientWidth, HIGH), host.clientWidth, state.inputs, found, at);
    sliders.forEach((each) => each.follow());
    say(said, sentence(state, found, at));
  }
}

const open = (b) => 1 / (1 + Math.exp(-b));

function gate(name, text, state, change) {
  const input = element("input", { type: "range", min: -4, max: 8, step: 0.1, name });
  input.addEventListener("input", () => change({ [name]: input.valueAsNumber }));
  const word = element("span");
  return {
    host: element("label", {}, word, input),
    follow() {
      input.value = state[name];
      say(word, `${text}: bias ${shown(state[name], 1)}, open ${shown(open(state[name]), 3)}`);
      input.setAttribute("aria-valuetext", word.textContent);
    },
  };
}

/** Inputs as bars, the state as a thick line and the output as a thin one, on a fixed scale. */
function drawTime(pen, width, inputs, found, at) {
  const { ink, line, faint } = colours();
  const wide = width / STEPS;
  const y = (v) => HIGH / 2 - Math.min(Math.max(v / MOST, -1), 1) * (HIGH / 2 - 12);
  pen.strokeStyle = line;
  pen.strokeRect(0.5, 0.5, width - 1, HIGH - 1);
  pen.fillStyle = colours().outside;
  pen.fillRect(at * wide, 1, wide, HIGH - 2);
  inputs.forEach((v, t) => {
    pen.fillStyle = faint;
    const top = Math.min(y(0), y(v / 3));
    pen.fillRect(t * wide + 1, top, Math.max(wide - 2, 1), Math.abs(y(v / 3) - y(0)) || 1);
  });
  for (const [name, colour, thick] of [
    ["s", WRITE, 2.5],
    ["h", READ, 2],
  ]) {
    pen.strokeStyle = colour;
    pen.lineWidth = thick;
    pen.beginPath();
    found.forEach((v, t) => pen[t ? "lineTo" : "moveTo"]((t + 0.5) * wide, y(v[name])));
    pen.stroke();
  }
  pen.lineWidth = 1;
  pen.fillStyle = ink;
  pen.font = "11px sans-serif";
  pen.textAlign = "left";
  pen.fillText(MOST, 3, 12);
  pen.fillText(`−${MOST}`, 3, HIGH - 4);
  pen.textAlign = "right";
  pen.fillStyle = WRITE;
  pen.fillText("state s", width - 64, 14);
  pen.fillStyle = READ;
  pen.fillText("output h", width - 6, 14);
}

function sentence({ inputs, f }, found, at) {
  const half = Math.log(2) / -Math.log(open(f));
  return (
    `Step ${at + 1}: input ${shown(inputs[at], 0)}, state ${shown(found[at].s, 3)}, output ` +
    `${shown(found[at].h, 3)}. With this forget gate half of a state is gone after ` +
    `${shown(half, 1)} steps. Click on a step to put in 3, −3 or nothing.`
  );
}
