// A drawing as a strip of film: a column a step, the windows on the images, the KL under them.

import { colours, element, frame, GREY, READ, sheet, shown, SIGNED, stamp, WRITE } from "./view.js";

const ROOM = 5; // pixels of the image shown around it, for windows that reach out
const GAP = 4;
export const KL_MOST = 6; // nats at the top of the bars: few steps of few digits cost more

/** An image with room around it and a window that may reach out, in a square of the sheet. */
export function scene(pen, values, { A, B }, [x, y, size], look = {}) {
  const { att, N, colour = READ, table = GREY, low = 0, high = 1 } = look;
  const unit = size / (Math.max(A, B) + 2 * ROOM);
  const place = (a, b) => [x + (a - 0.5 + ROOM) * unit, y + (b - 0.5 + ROOM) * unit];
  pen.fillStyle = colours().outside;
  pen.fillRect(x, y, size, size);
  const [left, top] = place(0.5, 0.5);
  stamp(pen, values, B, A, table, [left, top, A * unit, B * unit], low, high);
  if (!att) return;
  pen.save();
  pen.beginPath();
  pen.rect(x, y, size, size);
  pen.clip();
  frame(pen, att, N, place, unit, colour, 0.75);
  pen.restore();
}

/** A single scene on a canvas of its own. */
export function sceneOn(canvas, size, values, config, look) {
  scene(sheet(canvas, size, size), values, config, [0, 0, size], look);
}

/**
 * A strip with a column a step, from c_0 on, that can be pointed at.
 *
 * `picked(t)` is called with the step, 0..T, under the pointer.
 */
export function film(label, picked) {
  const canvas = element("canvas", { role: "img", "aria-label": label });
  const host = element("div", { class: "live-film" }, canvas);
  const layout = { column: 1 };
  const pick = (e) => {
    const box = canvas.getBoundingClientRect();
    picked(Math.floor((e.clientX - box.left) / layout.column));
  };
  canvas.addEventListener("click", pick);
  canvas.addEventListener("pointermove", (e) => {
    if (e.buttons && e.pointerType === "mouse") pick(e);
  });
  return { host, canvas, layout };
}

/** Draw rows of images, (rows, T + 1), into a film; null leaves a place empty. */
export function drawFilm({ host, canvas, layout }, config, rows, { at, kl = null, least = 46 }) {
  const columns = config.T + 1;
  layout.column = Math.max(least, Math.floor((host.clientWidth || 600) / columns));
  const size = layout.column - GAP;
  const [top, bars] = [15, kl ? 64 : 0];
  const pen = sheet(canvas, layout.column * columns, top + rows.length * layout.column + bars);
  const { ink, faint } = colours();
  pen.font = "11px sans-serif";
  pen.textAlign = "center";
  for (let t = 0; t < columns; t++) {
    pen.fillStyle = t === at ? ink : faint;
    pen.fillText(t === at ? `t = ${t}` : t, t * layout.column + size / 2, 10);
    rows.forEach((row, r) => {
      if (row[t])
        scene(
          pen,
          row[t].values,
          config,
          [t * layout.column, top + r * layout.column, size],
          row[t],
        );
    });
  }
  if (kl) drawBars(pen, kl, layout.column, top + rows.length * layout.column, bars, at);
  pen.strokeStyle = WRITE;
  pen.lineWidth = 2;
  if (at !== null) {
    pen.strokeRect(at * layout.column - 1, top - 2, size + 2, rows.length * layout.column + bars);
  }
}

/** The KL of every step as bars on a fixed scale, each with its number. */
function drawBars(pen, kl, column, top, height, at) {
  const { ink, line } = colours();
  const full = height - 18;
  pen.strokeStyle = line;
  pen.lineWidth = 1;
  pen.strokeRect(column - 0.5, top + 15.5, kl.length * column, full);
  kl.forEach((v, k) => {
    const x = (k + 1) * column;
    const share = Math.min(v / KL_MOST, 1);
    pen.fillStyle = k + 1 === at ? WRITE : READ;
    pen.fillRect(x + 3, top + 15 + full * (1 - share), column - GAP - 6, full * share);
    pen.fillStyle = ink;
    pen.fillText(shown(v, 1), x + (column - GAP) / 2, top + 11);
  });
  pen.textAlign = "right";
  pen.fillText("KL, nats", column - 6, top + 24);
  pen.fillText(`of ${KL_MOST}`, column - 6, top + 38);
  pen.textAlign = "center";
}

/** What changes between two drawings as a row of a film: by -1/2 brown, by 1/2 white. */
export const differences = (before, after) =>
  before.map((c, t) => ({
    values: c.map((p, k) => after[t][k] - p),
    table: SIGNED,
    low: -0.5,
    high: 0.5,
  }));
