// A classifier that looks: a digit dragged about among clutter, where it looks, what it answers.

import { group } from "./choice.js";
import { among, pieces } from "./clutter.js";
import { SIZE } from "./digit.js";
import { classify } from "./draw.js";
import { dragged, stepped } from "./hands.js";
import { digits, network } from "./stored.js";
import {
  button,
  colours,
  element,
  frame,
  GREY,
  onChange,
  picture,
  READ,
  say,
  sheet,
  shown,
  stamp,
  WRITE,
} from "./view.js";
import { digitOrDrawing } from "./which-digit.js";

const PATCH = 92; // pixels of the screen a side
const BARS = 62; // height of the answers

/** Put the classifier that the page brings along into `host`. */
export function glimpses(host) {
  const net = network(host.dataset.network);
  const images = digits();
  const most = net.config.A - SIZE; // the last place of the digit's first pixel
  const state = { digit: images[3], name: 3, left: 8, top: 24, seed: 1 };
  const canvas = element("canvas", {
    class: "live-moved",
    tabindex: 0,
    role: "application",
    "aria-label": "a digit among pieces of others: drag it, or move it with the arrow keys",
  });
  const looks = Array.from({ length: net.config.T }, (_, t) => one(t));
  const said = element("p", { class: "live-said", role: "status" });
  const rows = looks.map((v) => v.host);
  host.replaceChildren(
    element(
      "div",
      { class: "live-row" },
      element("figure", {}, canvas, element("figcaption", { text: "drag the digit" })),
      element("div", { class: "live-looks" }, ...rows),
    ),
    said,
    choices(state, images, change),
  );
  moved(canvas, state, net.config.A, change);
  onChange(host, draw);
  draw();

  function change(some) {
    Object.assign(state, some);
    state.left = Math.min(Math.max(Math.round(state.left), 0), most);
    state.top = Math.min(Math.max(Math.round(state.top), 0), most);
    draw();
  }

  function draw() {
    const { A, B, N } = net.config;
    const x = among(pieces(images, A, state.seed), state.digit, A, state.left, state.top);
    const found = classify(net.params, x, net.config);
    const size = Math.min(320, host.clientWidth);
    const pen = sheet(canvas, size, size);
    stamp(pen, x, B, A, GREY, [0, 0, size, size]);
    const unit = size / A;
    const place = (a, b) => [(a - 0.5) * unit, (b - 0.5) * unit];
    found.forEach(({ att }, t) => {
      frame(pen, att, N, place, unit, READ, 0.35 + (0.5 * (t + 1)) / found.length);
      const corner = (g) => g - (att.delta * (N - 1)) / 2;
      number(pen, t + 1, place(corner(att.g_X), corner(att.g_Y)).map((v) => Math.max(v, 9)));
    });
    found.forEach((look, t) => drawLook(looks[t], look, N, state.name));
    say(said, sentence(found, state.name));
  }
}

/** A number on a dark disc, which can be read on white and on black. */
function number(pen, text, [x, y]) {
  pen.fillStyle = "rgb(0 0 0 / 65%)";
  pen.beginPath();
  pen.arc(x, y, 8, 0, 2 * Math.PI);
  pen.fill();
  pen.fillStyle = "#fff";
  pen.font = "bold 11px sans-serif";
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillText(text, x, y + 0.5);
}

/** A look: its patch, and the answer after it. */
function one(t) {
  const patch = picture(`what look ${t + 1} sees`);
  const bars = picture(`the answer after look ${t + 1}`);
  const caption = element("figcaption");
  return { patch, bars, caption, t, host: element("figure", {}, patch, bars, caption) };
}

function drawLook({ patch, bars, caption, t }, { att, patch: values, p }, N, right) {
  const pen = sheet(patch, PATCH, PATCH);
  stamp(pen, values.map((v) => v / att.gamma), N, N, GREY, [0, 0, PATCH, PATCH]);
  drawBars(sheet(bars, PATCH, BARS), p, right);
  const best = p.indexOf(Math.max(...p));
  say(caption, `look ${t + 1}: ${best}, ${shown(100 * p[best], 0)} %`);
}

/** Ten bars from 0 to 1, the right one vermilion. */
function drawBars(pen, p, right) {
  const { ink, line } = colours();
  const [wide, full] = [PATCH / p.length, BARS - 16];
  pen.strokeStyle = line;
  pen.strokeRect(0.5, 2.5, PATCH - 1, full);
  pen.font = "10px sans-serif";
  pen.textAlign = "center";
  p.forEach((v, k) => {
    pen.fillStyle = k === right ? WRITE : READ;
    pen.fillRect(k * wide + 1, 2 + full * (1 - v), wide - 2, full * v);
    pen.fillStyle = ink;
    pen.fillText(k, (k + 0.5) * wide, BARS - 3);
  });
}

function sentence(found, right) {
  const { p } = found.at(-1);
  const best = p.indexOf(Math.max(...p));
  const sure = `After ${found.length} looks it says ${best}, with probability ${shown(p[best])}`;
  if (right === null) return `${sure}.`;
  const verdict = best === right ? "which is right" : `and the digit is a ${right}`;
  return `${sure}, ${verdict}.`;
}

// ---------------------------------------------------------------- what can be moved and chosen

/** The digit follows the pointer that took hold of the picture, and the arrow keys. */
function moved(canvas, state, A, change) {
  const at = (e) => {
    const box = canvas.getBoundingClientRect();
    return [((e.clientX - box.left) / box.width) * A, ((e.clientY - box.top) / box.height) * A];
  };
  const move = ([left, top]) => change({ left, top });
  const take = ([x, y]) => {
    const { left, top } = state;
    if (x > left && x < left + SIZE && y > top && y < top + SIZE) return [left, top];
    const under = [x - SIZE / 2, y - SIZE / 2]; // beside the digit: it comes under the pointer
    move(under);
    return under;
  };
  dragged(canvas, at, take, move);
  stepped(canvas, ([x, y], far) => move([state.left + far * x, state.top + far * y]));
}

function choices(state, images, change) {
  const other = button("other pieces", () => change({ seed: state.seed + 1 }));
  return element(
    "div",
    { class: "live-choices" },
    ...digitOrDrawing("Digit", images, 3, (digit, name) => change({ digit, name })),
    group("Clutter", [other]),
  );
}
