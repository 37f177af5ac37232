// Reading in two moves: all rows of the image become N, then all columns; and writing back.

import { group, radio } from "./choice.js";
import { SIZE } from "./digit.js";
import { product, transpose } from "./draw.js";
import { FIELDS } from "./fields.js";
import { handles } from "./handles.js";
import { banksWith } from "./mistakes.js";
import { Stage } from "./stage.js";
import { digits } from "./stored.js";
import { button, element, GREY, onChange, picture, say, sheet, shown, stamp } from "./view.js";

const [A, B] = [SIZE, SIZE];
const START = { g_X: 14.5, g_Y: 10, delta: 3.2, sigma2: 2.56, gamma: 1, N: 5 };
const STATES = {
  start: {},
  "a narrow window": { g_X: 13, g_Y: 9, delta: 1.2, sigma2: 0.5 },
  "all of the image": { g_X: 14.5, g_Y: 14.5, delta: 6.75, sigma2: 4 },
  "N = 2": { N: 2, delta: 8, sigma2: 6 },
  "N = 12": { N: 12, delta: 2, sigma2: 1 },
  "outside the image": { g_X: -3 },
};

/** Put the two products of reading, and the two of writing, into `host`. */
export function moves(host) {
  const images = digits();
  const state = { ...START, image: images[2] };
  const stage = new Stage(5);
  const wrapper = element("div", { class: "live-stage" }, stage.canvas);
  const hands = handles(wrapper, state, stage, change);
  const figures = ["rows", "patch", "columns", "back"].map((name) => figure(name));
  const said = element("p", { class: "live-said", role: "status" });
  host.replaceChildren(
    element("div", { class: "live-row" }, element("figure", {}, wrapper), sideOf(figures)),
    said,
    choices(images, change),
  );
  onChange(host, draw);
  draw();

  function change(some) {
    Object.assign(state, some);
    for (const [name, { low, high }] of Object.entries(FIELDS)) {
      state[name] = Math.min(Math.max(state[name], low), high);
    }
    draw();
  }

  function draw() {
    const banks = banksWith(null, state, A, B, state.N);
    stage.draw(Math.min(380, host.clientWidth), state, banks);
    hands.follow();
    const steps = inTwoMoves(state, banks);
    figures.forEach((each, k) => drawMove(each, steps[k]));
    say(said, sentence(steps, state));
  }
}

/** F_Y x, then F_Y x F_X^T; and back, F_Y^T w, then F_Y^T w F_X: values, rows, columns, words. */
export function inTwoMoves({ image, N, gamma }, { F_X, F_Y }) {
  const rows = product(F_Y, image, N, B, A);
  const patch = product(rows, transpose(F_X, N, A), N, A, N).map((v) => gamma * v);
  const columns = product(transpose(F_Y, N, B), patch, B, N, N).map((v) => v / gamma);
  const back = product(columns, F_X, B, N, A);
  return [
    { values: rows, size: [N, A], text: `first F_Y x, ${N} × ${A}: every column averaged to ${N}` },
    { values: patch, size: [N, N], text: `then · F_Xᵀ, ${N} × ${N}: the patch` },
    { values: columns, size: [B, N], text: `back: F_Yᵀ patch, ${B} × ${N}` },
    { values: back, size: [B, A], text: `then · F_X, ${B} × ${A}: what is written` },
  ];
}

function figure(name) {
  const canvas = picture("", { class: `live-move-${name}` });
  const caption = element("figcaption");
  return { canvas, caption, host: element("figure", {}, canvas, caption) };
}

const sideOf = (figures) =>
  element("div", { class: "live-moves" }, ...figures.map((each) => each.host));

/** A matrix to the image's scale, but for its short side, which is drawn wide enough to see. */
function drawMove({ canvas, caption }, { values, size: [rows, columns], text }) {
  const unit = 5;
  const [width, height] = [columns, rows].map((n) => (n < A ? Math.max(n * unit, 56) : n * unit));
  const white = Math.max(...values, 1e-9);
  stamp(sheet(canvas, width, height), values, rows, columns, GREY, [0, 0, width, height], 0, white);
  canvas.setAttribute("aria-label", text);
  say(caption, `${text}; white is ${Number(white.toPrecision(2))}`);
}

function sentence([rows, patch, , back], { image }) {
  const sum = (v) => v.reduce((total, u) => total + u, 0);
  return (
    `Sum of all numbers: image ${shown(sum(image), 1)}, after the first move ` +
    `${shown(sum(rows.values), 1)}, patch ${shown(sum(patch.values), 2)}, written back ` +
    `${shown(sum(back.values), 2)}: writing keeps the sum of the patch.`
  );
}

function choices(images, change) {
  const { buttons } = radio([...images.keys()].map(String), 2, (n) => change({ image: images[n] }));
  const states = Object.entries(STATES).map(([text, some]) =>
    button(text, () => change({ ...START, ...some })),
  );
  return element(
    "div",
    { class: "live-choices" },
    group("Image", buttons),
    group("As in the text", states),
  );
}
