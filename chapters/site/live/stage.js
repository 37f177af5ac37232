// The image with room around it, F_X above it, F_Y transposed at its side, and the grid on it.

import { SIZE } from "./digit.js";
import { colours, element, frame, GREY, READ, sheet, stamp, WRITE } from "./view.js";

const [A, B] = [SIZE, SIZE];
const STRIP = 5.5; // width of a matrix beside the image, in pixels of the image
const WORDS = 17; // height of a line of words, in pixels of the screen
const FEW = 6; // filters a side that are drawn as rings

/** Draws a state; `place` says where a pixel of the image is, `unit` how large. */
export class Stage {
  constructor(margin) {
    this.margin = margin; // room around the image, in its pixels
    this.canvas = element("canvas", {
      role: "img",
      "aria-label":
        "an image with a grid of filters on it, F_X above and F_Y transposed at its side",
    });
  }

  /** Where the middle of pixel (a, b), counted from 1, is on the sheet. */
  place = (a, b) => [
    this.left + (a - 0.5 + this.margin) * this.unit,
    this.top + (b - 0.5 + this.margin) * this.unit,
  ];

  /** Lay out a sheet of this width. */
  measure(width) {
    const around = A + 2 * this.margin;
    this.unit = width / (around + STRIP + 1);
    this.strip = STRIP * this.unit;
    this.left = (STRIP + 1) * this.unit;
    this.top = this.left + WORDS;
    this.side = around * this.unit;
    return this.top + this.side + 1;
  }

  draw(width, state, banks) {
    const height = this.measure(width);
    const pen = sheet(this.canvas, width, height);
    this.image(pen, state);
    this.matrices(pen, state, banks);
    pen.save();
    pen.beginPath();
    pen.rect(this.left, this.top, this.side, this.side);
    pen.clip();
    this.grid(pen, state, banks);
    if (state.cell) this.spot(pen, state, banks);
    pen.restore();
    this.beyond(pen, banks);
  }

  image(pen, { image }) {
    const { outside, faint } = colours();
    pen.fillStyle = outside;
    pen.fillRect(this.left, this.top, this.side, this.side);
    const [x, y] = this.place(0.5, 0.5);
    stamp(pen, image, B, A, GREY, [x, y, A * this.unit, B * this.unit]);
    pen.fillStyle = faint;
    pen.font = "11px sans-serif";
    pen.textAlign = "left";
    pen.fillText("outside", this.left + 4, this.top + this.side - 5);
  }

  /** F_X over the image, column over column, and F_Y turned, row beside row. */
  matrices(pen, { N, cell }, { F_X, F_Y }) {
    const { ink, line, weights } = colours();
    const [x, y] = this.place(0.5, 0.5);
    const [wide, high] = [A * this.unit, B * this.unit];
    const F_YT = new Float64Array(N * B).map((_, k) => F_Y[(k % N) * B + Math.floor(k / N)]);
    stamp(pen, F_X, N, A, weights, [x, WORDS, wide, this.strip], 0, largest(F_X));
    stamp(pen, F_YT, B, N, weights, [0.5, y, this.strip, high], 0, largest(F_Y));
    pen.strokeStyle = line;
    pen.lineWidth = 1;
    pen.strokeRect(x, WORDS, wide, this.strip);
    pen.strokeRect(0.5, y, this.strip, high);
    pen.fillStyle = ink;
    pen.font = "12px sans-serif";
    pen.textAlign = "left";
    words(pen, ["F", "X"], `, ${N} × ${A}: a row a filter`, x, 12);
    words(pen, ["F", "Y", "T"], `, ${B} × ${N}`, 0, y - 6);
    if (!cell) return;
    const [j, i] = cell;
    const part = this.strip / N;
    this.lit(pen, x, WORDS + i * part, wide, part);
    this.lit(pen, 0.5 + j * part, y, part, high);
  }

  lit(pen, x, y, width, height) {
    pen.strokeStyle = WRITE;
    pen.lineWidth = 2;
    pen.strokeRect(x, y, width, height);
  }

  /** The window, and the filters as rings or, where they are many, as dots. */
  grid(pen, state, { mu_X, mu_Y }) {
    const moved = { ...state, g_X: centre(mu_X), g_Y: centre(mu_Y) }; // where a mistake puts it
    if (Math.abs(moved.g_X - state.g_X) > 1e-6) this.asked(pen, state);
    frame(pen, moved, state.N, this.place, this.unit, READ, state.N > FEW ? 0.55 : 0.25);
    const sigma = Math.sqrt(state.sigma2) * this.unit;
    const all = [...mu_Y].flatMap((mu) => [...mu_X].map((nu) => this.place(nu, mu)));
    const ringed = state.N > FEW ? [all[state.N - 1]] : all;
    rings(pen, ringed, sigma);
    dots(pen, all, Math.max(1.5, this.unit / 6), READ);
  }

  /** Where the window was asked to be, if a mistake has put it elsewhere. */
  asked(pen, { g_X, g_Y, delta, N }) {
    const reach = (delta * (N - 1)) / 2 + 0.5;
    pen.strokeStyle = READ;
    pen.setLineDash([4, 4]);
    pen.strokeRect(
      ...this.place(g_X - reach, g_Y - reach),
      2 * reach * this.unit,
      2 * reach * this.unit,
    );
    pen.setLineDash([]);
  }

  /** The weights of one filter on the image: the spot whose average a cell of the patch is. */
  spot(pen, { cell: [j, i] }, { F_X, F_Y, mu_X, mu_Y }) {
    const weight = (b, a) => F_Y[j * B + b] * F_X[i * A + a];
    let most = 1e-30;
    for (let b = 0; b < B; b++) for (let a = 0; a < A; a++) most = Math.max(most, weight(b, a));
    pen.fillStyle = WRITE;
    for (let b = 0; b < B; b++) {
      for (let a = 0; a < A; a++) {
        pen.globalAlpha = (0.75 * weight(b, a)) / most;
        if (!(pen.globalAlpha > 0.01) || !(weight(b, a) / most > 0.01)) continue;
        const [x, y] = this.place(a + 0.5, b + 0.5);
        pen.fillRect(x, y, this.unit + 0.5, this.unit + 0.5);
      }
    }
    pen.globalAlpha = 1;
    dots(pen, [this.place(mu_X[i], mu_Y[j])], 3, WRITE);
  }

  /** Filters too far out for the sheet: how many, at which side. */
  beyond(pen, { mu_X, mu_Y }) {
    const [low, high] = [0.5 - this.margin, A + 0.5 + this.margin];
    const count = (mu, far) => mu.filter(far).length;
    const [left, right] = [this.left + 6, this.left + this.side - 6];
    const [top, middle, bottom] = [
      this.top + 16,
      this.left + this.side / 2,
      this.top + this.side - 6,
    ];
    const near = (mu) => count(mu, (v) => v < low);
    const far = (mu) => count(mu, (v) => v > high);
    note(pen, near(mu_X), "column", (text) => `← ${text}`, left, top, "left");
    note(pen, far(mu_X), "column", (text) => `${text} →`, right, top, "right");
    note(pen, near(mu_Y), "row", (text) => `↑ ${text}`, middle, top + 17, "center");
    note(pen, far(mu_Y), "row", (text) => `↓ ${text}`, middle, bottom, "center");
  }
}

/** How many columns or rows of filters are further out than the sheet, with a halo to be read. */
function note(pen, n, what, arrow, x, y, align) {
  if (!n) return;
  const { ink, outside } = colours();
  const text = arrow(`${n} ${what}${n === 1 ? "" : "s"} further out`);
  pen.font = "12px sans-serif";
  pen.textAlign = align;
  pen.lineWidth = 4;
  pen.lineJoin = "round";
  pen.strokeStyle = outside;
  pen.strokeText(text, x, y);
  pen.fillStyle = ink;
  pen.fillText(text, x, y);
}

const largest = (F) => Math.max(...F.filter((v) => v > 0), 1e-9);
const centre = (mu) => (mu[0] + mu.at(-1)) / 2;

/** Circles about places, as one path. */
function circles(pen, places, radius) {
  pen.beginPath();
  for (const [x, y] of places) {
    pen.moveTo(x + radius, y);
    pen.arc(x, y, radius, 0, 2 * Math.PI);
  }
}

function rings(pen, places, radius) {
  pen.strokeStyle = READ;
  pen.lineWidth = 1.5;
  circles(pen, places, Math.max(radius, 0.5));
  pen.stroke();
}

function dots(pen, places, radius, colour) {
  pen.fillStyle = colour;
  circles(pen, places, radius);
  pen.fill();
}

/** A symbol with what is set low and high beside it, and words after it. */
function words(pen, [symbol, low, high = ""], text, x, y) {
  pen.font = "italic 13px serif";
  pen.fillText(symbol, x, y);
  const at = x + pen.measureText(symbol).width + 1;
  pen.font = "italic 9px serif";
  pen.fillText(low, at, y + 3);
  pen.fillText(high, at, y - 5);
  const after = at + pen.measureText(low).width;
  pen.font = "12px sans-serif";
  pen.fillText(text, after, y);
}
