// The filterbank under the hand: a grid on an image, its two matrices, what it reads and writes.

import { look, spread } from "./draw.js";
import { group, radio } from "./choice.js";
import { SIZE } from "./digit.js";
import { MISTAKES, banksWith } from "./mistakes.js";
import { controls, FIELDS } from "./fields.js";
import { handles } from "./handles.js";
import { stepped } from "./hands.js";
import { Stage } from "./stage.js";
import { digits } from "./stored.js";
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
  stamp,
} from "./view.js";
import { digitOrDrawing } from "./which-digit.js";

const [A, B] = [SIZE, SIZE];
const NARROW = 560; // a host of fewer pixels has patch and written image under the image
const GAP = 24;
const START = { g_X: 14.5, g_Y: 14, delta: 2.6, sigma2: 1.7, gamma: 1, N: 9, mistake: null };

/** The windows that chapter 8 shows (draw_np/book/attention.py): a click instead of a sentence. */
export const STATES = {
  start: {},
  "the head of the 2": { g_X: 13, g_Y: 9, delta: 2.2, sigma2: 1, N: 5 },
  "small δ, large σ": { g_X: 14, g_Y: 9, delta: 0.7, sigma2: 4, N: 12 },
  "large δ, small σ": { g_Y: 14.5, delta: 27 / 11, sigma2: 0.1, N: 12 },
  "both large": { g_Y: 14.5, delta: 27 / 11, sigma2: 6, N: 12 },
  "gaps between filters": { g_Y: 14.5, delta: 5, sigma2: 0.1, N: 5 },
  "an untrained network": { g_Y: 14.5, delta: 27 / 4, sigma2: 729 / 64, N: 5 },
  "partly outside": { g_X: 5.5 },
  "N = 1": { g_X: 14, g_Y: 9, delta: 27, sigma2: 9, N: 1 },
  "outside, narrow": { g_X: -2, g_Y: 9, delta: 2, sigma2: 1, N: 5 },
  "outside, wide": { g_X: -2, g_Y: 9, delta: 2, sigma2: 16, N: 5 },
};

/** Put an explorer into `host`; `small` leaves out what chapter 8 alone needs. */
export function explorer(host, small = false) {
  const images = digits();
  const state = { ...START, image: images[2], cell: null };
  const stage = new Stage(small ? 5 : 7);
  const wrapper = element("div", { class: "live-stage" }, stage.canvas);
  const parts = {
    stage,
    patch: cells(state, change),
    back: picture("the patch written back", { class: "live-back" }),
    words: element("figcaption"),
    patchWords: element("figcaption"),
    backWords: element("figcaption"),
    said: element("p", { class: "live-said", role: "status" }),
    hands: handles(wrapper, state, stage, change),
    fields: small ? null : controls(state, change),
  };
  host.replaceChildren(
    laidOut(wrapper, parts),
    parts.said,
    ...(small ? [] : [parts.fields.host]),
    choices(state, images, change, small),
  );
  onChange(host, redraw);
  redraw();

  /** Take over some of the state, and draw what follows from it. */
  function change(some) {
    Object.assign(state, some);
    for (const [name, { low, high }] of Object.entries(FIELDS)) {
      state[name] = Math.min(Math.max(state[name], low), high);
    }
    if (state.cell && Math.max(...state.cell) >= state.N) state.cell = null;
    redraw();
  }

  function redraw() {
    const room = host.clientWidth; // all sizes follow from it alone, before anything is laid out
    host.classList.toggle("live-narrow", room < NARROW);
    drawAll(parts, state, sizes(room, small));
  }
}

function laidOut(wrapper, { patch, back, words, patchWords, backWords }) {
  const side = element(
    "div",
    { class: "live-side" },
    element("figure", {}, patch, patchWords),
    element("figure", {}, back, backWords),
  );
  return element("div", { class: "live-row" }, element("figure", {}, wrapper, words), side);
}

/** The widths of the stage and of what stands beside it, in a host of so many pixels. */
function sizes(room, small) {
  if (room < NARROW) return { width: room, side: Math.min(150, room / 2 - 16) };
  return { width: Math.min(small ? 380 : 470, room - 168 - GAP), side: 168 };
}

/** Compute what the grid reads and writes, and draw and say all of it. */
function drawAll(parts, state, { width, side }) {
  const { N, gamma, image, mistake } = state;
  const banks = banksWith(mistake, state, A, B, N);
  const read = look(image, banks, gamma, A, B, N);
  const written = spread(read, banks, gamma, A, B, N);
  const white = Math.max(...written.filter((v) => v > 0), 1e-9);
  const lost = written.some(Number.isNaN);
  parts.stage.draw(width, state, banks);
  parts.hands.follow();
  parts.fields?.follow();
  drawPatch(parts.patch, side, read, state);
  stamp(sheet(parts.back, side, side), written, B, A, GREY, [0, 0, side, side], 0, white);
  say(parts.patchWords, `patch read, ${N} × ${N}; white is 1`);
  say(
    parts.backWords,
    `written back; ${lost ? "pink is not a number" : `white is ${short(white)}`}`,
  );
  say(parts.words, sums(banks, N));
  say(parts.said, state.cell ? spoken(state, banks, read) : hint(state));
}

const short = (v) => Number(v.toPrecision(2));

/** What the rows of both matrices sum to. */
function sums({ F_X, F_Y }, N) {
  const rows = [F_X, F_Y].flatMap((F) =>
    Array.from({ length: N }, (_, i) => F.subarray(i * A, (i + 1) * A).reduce((s, v) => s + v, 0)),
  );
  const broken = rows.filter(Number.isNaN).length;
  if (broken) return `${broken} of ${2 * N} rows of the two matrices are not numbers`;
  const [least, most] = [Math.min(...rows), Math.max(...rows)];
  return most - least < 5e-4
    ? `every row of the two matrices sums to ${shown(least, 3)}`
    : `rows of the two matrices sum to between ${shown(least, 3)} and ${shown(most, 3)}`;
}

const hint = ({ mistake }) =>
  mistake
    ? `Mistake: ${MISTAKES[mistake].symptom}.`
    : "Drag the window, its corner (stride), the ring’s handle (σ). Point at a cell of the patch.";

/** A cell of the patch in words and numbers: whose sum it is. */
function spoken({ cell: [j, i], gamma, image }, { F_X, F_Y }, read) {
  const N = Math.sqrt(read.length);
  let most = [-1];
  for (let b = 0; b < B; b++) {
    for (let a = 0; a < A; a++) {
      const part = F_Y[j * B + b] * image[b * A + a] * F_X[i * A + a];
      if (part > most[0]) most = [part, a, b];
    }
  }
  const [part, a, b] = most;
  const sum = read[j * N + i] / gamma;
  return (
    `patch[${j + 1}, ${i + 1}] = γ Σ F_Y[${j + 1}, b] x[b, a] F_X[${i + 1}, a] = ` +
    `${shown(gamma)} × ${shown(sum, 3)} = ${shown(gamma * sum, 3)}. ` +
    `The largest part comes from pixel (${a + 1}, ${b + 1}): ${shown(F_Y[j * B + b], 3)} × ` +
    `${shown(image[b * A + a])} × ${shown(F_X[i * A + a], 3)} = ${shown(part, 4)}.`
  );
}

// ---------------------------------------------------------------- the patch

/** The patch, whose cells can be pointed at and reached with the arrow keys. */
function cells(state, change) {
  const canvas = element("canvas", {
    class: "live-patch",
    tabindex: 0,
    role: "application",
    "aria-label": "patch that is read: arrow keys choose a cell, Escape none",
  });
  const at = (e) => {
    const box = canvas.getBoundingClientRect();
    const share = [(e.clientY - box.top) / box.height, (e.clientX - box.left) / box.width];
    return share.map((v) => Math.min(Math.max(Math.floor(v * state.N), 0), state.N - 1));
  };
  for (const kind of ["pointermove", "pointerdown"]) {
    canvas.addEventListener(kind, (e) => change({ cell: at(e) }));
  }
  canvas.addEventListener("pointerleave", (e) => {
    if (e.pointerType === "mouse") change({ cell: null });
  });
  canvas.addEventListener("keydown", (e) => {
    if (e.key === "Escape") change({ cell: null });
  });
  stepped(canvas, ([x, y]) => {
    const cell = state.cell ? [state.cell[0] + y, state.cell[1] + x] : [0, 0];
    change({ cell: cell.map((v) => Math.min(Math.max(v, 0), state.N - 1)) });
  });
  return canvas;
}

function drawPatch(canvas, size, read, { N, cell }) {
  const pen = sheet(canvas, size, size);
  stamp(pen, read, N, N, GREY, [0, 0, size, size]);
  if (!cell) return;
  pen.strokeStyle = READ;
  pen.lineWidth = 3;
  const side = size / N;
  pen.strokeRect(cell[1] * side + 1.5, cell[0] * side + 1.5, side - 3, side - 3);
}

// ---------------------------------------------------------------- what can be chosen

/** Buttons: digits and a drawing of one's own; and in full, states and mistakes. */
function choices(state, images, change, small) {
  const groups = digitOrDrawing("Image", images, 2, (image, n) =>
    change(n === null ? { image, cell: null } : { image }),
  );
  if (!small) {
    const states = Object.entries(STATES).map(([text, some]) =>
      button(text, () => change({ ...START, mistake: state.mistake, ...some, cell: null })),
    );
    groups.push(group("As in the text", states), mistakesToChoose(change));
  }
  return element("div", { class: "live-choices" }, ...groups);
}

function mistakesToChoose(change) {
  const names = Object.keys(MISTAKES);
  const texts = ["as it should be", ...names.map((name) => MISTAKES[name].text)];
  const { buttons } = radio(texts, 0, (n) => change({ mistake: n ? names[n - 1] : null }));
  return group("Mistakes", buttons);
}
