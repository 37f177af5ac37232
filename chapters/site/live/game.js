// Two players and one number each: the smallest adversarial game, and how it turns.

import { group, radio } from "./choice.js";
import { sigmoid } from "./draw.js";
import { stepped } from "./hands.js";
import { button, colours, element, onChange, READ, say, sheet, shown, WRITE } from "./view.js";

const REACH = 2.2; // of both numbers, on the plane
const STEPS = 400;
const PLANE = 300;
const WAYS = ["at the same time", "in turn"];

/**
 * The slopes down which both players step: real numbers lie at -spread and spread.
 *
 * The generator makes b, at the cost softplus(-psi b). The discriminator's logit of v is psi v,
 * and its cost the mean of softplus(-psi x) over the real numbers x, plus softplus(psi b).
 */
export const slopes = (b, psi, spread) => ({
  b: -sigmoid(-psi * b) * psi,
  psi: sigmoid(psi * b) * b + (spread / 2) * Math.tanh((psi * spread) / 2),
});

/** Both numbers over time, [b, psi] a step; `inTurn`: the generator answers the new psi. */
export function played([b, psi], { rate, spread = 0, inTurn = false, steps = STEPS }) {
  const path = [[b, psi]];
  for (let t = 0; t < steps; t++) {
    const next = psi - rate * slopes(b, psi, spread).psi;
    b -= rate * slopes(b, inTurn ? next : psi, spread).b;
    psi = next;
    path.push([b, psi]);
  }
  return path;
}

/** Put the game into `host`. */
export function game(host) {
  const state = { start: [1, 0], rate: 0.2, inTurn: false, spread: 0 };
  const canvas = element("canvas", {
    class: "live-moved",
    tabindex: 0,
    role: "application",
    "aria-label": "the plane of both players' numbers: click or use the arrow keys to choose the start",
  });
  const said = element("p", { class: "live-said", role: "status" });
  const rate = slider("rate", 0.02, 0.6, 0.02, (v) => change({ rate: v }));
  const spread = slider("spread of the real numbers", 0, 2, 0.05, (v) => change({ spread: v }));
  const { buttons } = radio(WAYS, 0, (n) => change({ inTurn: n === 1 }));
  host.replaceChildren(
    element("figure", {}, canvas),
    element("div", { class: "live-fields" }, rate.host, spread.host),
    group("They step", buttons, [button("start anew", () => change({ start: [1, 0] }))]),
    said,
  );
  placed(canvas, state, change);
  onChange(host, draw);
  draw();

  function change(some) {
    Object.assign(state, some);
    draw();
  }

  function draw() {
    rate.show(state.rate);
    spread.show(state.spread);
    const path = played(state.start, state);
    drawPlane(canvas, Math.min(PLANE, host.clientWidth), path, state.spread);
    say(said, sentence(state, path));
  }
}

function slider(text, low, high, step, moved) {
  const input = element("input", { type: "range", min: low, max: high, step });
  input.addEventListener("input", () => moved(input.valueAsNumber));
  const word = element("span");
  return {
    host: element("label", {}, word, input),
    show(v) {
      input.value = v;
      say(word, `${text}: ${shown(v)}`);
    },
  };
}

/** The start follows the pointer and the arrow keys. */
function placed(canvas, state, change) {
  const held = (v) => Math.min(Math.max(Math.round(50 * v) / 50, -REACH), REACH);
  const at = (e) => {
    const box = canvas.getBoundingClientRect();
    const share = [(e.clientX - box.left) / box.width, (box.bottom - e.clientY) / box.height];
    change({ start: share.map((v) => held((2 * v - 1) * REACH)) });
  };
  canvas.addEventListener("pointerdown", (e) => {
    if (e.button === 0) canvas.setPointerCapture(e.pointerId);
    at(e);
  });
  canvas.addEventListener("pointermove", (e) => {
    if (e.buttons) at(e);
  });
  stepped(canvas, ([x, y]) => {
    const [b, psi] = state.start;
    change({ start: [held(b + 0.1 * x), held(psi - 0.1 * y)] });
  });
}

/** Slopes as short lines, the path over them, its start and its end. */
function drawPlane(canvas, size, path, spread) {
  const { ink, line, faint } = colours();
  const pen = sheet(canvas, size, size);
  const place = ([b, psi]) => [((b / REACH + 1) * size) / 2, ((1 - psi / REACH) * size) / 2];
  pen.strokeStyle = line;
  pen.strokeRect(0.5, 0.5, size - 1, size - 1);
  for (let b = -2; b <= 2; b += 0.4) {
    for (let psi = -2; psi <= 2; psi += 0.4) {
      const down = slopes(b, psi, spread);
      segment(pen, place([b, psi]), place([b - 0.25 * down.b, psi - 0.25 * down.psi]));
    }
  }
  pen.strokeStyle = WRITE;
  pen.lineWidth = 1.5;
  pen.beginPath();
  path.forEach((p, t) => pen[t ? "lineTo" : "moveTo"](...place(p)));
  pen.stroke();
  dot(pen, place([0, 0]), 4, ink);
  dot(pen, place(path[0]), 5, READ);
  dot(pen, place(path.at(-1)), 4, WRITE);
  pen.fillStyle = faint;
  pen.font = "12px sans-serif";
  pen.textAlign = "right";
  pen.fillText("b: what the generator makes →", size - 6, size - 7);
  pen.textAlign = "left";
  pen.fillText("↑ ψ: the discriminator’s slope", 6, 15);
}

function segment(pen, from, to) {
  pen.lineWidth = 1;
  pen.beginPath();
  pen.moveTo(...from);
  pen.lineTo(...to);
  pen.stroke();
}

function dot(pen, [x, y], radius, colour) {
  pen.fillStyle = colour;
  pen.beginPath();
  pen.arc(x, y, radius, 0, 2 * Math.PI);
  pen.fill();
}

const far = ([b, psi]) => Math.hypot(b, psi);

function sentence({ rate, inTurn, spread }, path) {
  const [before, after] = [far(path[0]), far(path.at(-1))];
  const ratio = after / before;
  const verdict = ratio > 1.05 ? "further out" : ratio < 0.95 ? "nearer" : "about as far";
  return (
    `${STEPS} steps of ${shown(rate)}, ${inTurn ? WAYS[1] : WAYS[0]}` +
    `; real numbers at ${spread ? `−${shown(spread)} and ${shown(spread)}` : "0"}: from ` +
    `${shown(before)} away from the only rest (b = 0, ψ = 0) to ${shown(after)}, ${verdict}.`
  );
}
