// A square to draw on with mouse, finger or pen.

import { colours, element, onChange, sheet } from "./view.js";

/**
 * A drawing surface; `changed(strokes)` is called while somebody draws.
 *
 * Strokes are lists of points [x, y] in [0, 1]. If the pointer is lost in the middle of a
 * stroke, what was drawn stays, and `said` gets a sentence.
 */
export function sketch({ size, changed, said, label }) {
  const canvas = element("canvas", { class: "live-sketch", role: "img", "aria-label": label });
  const strokes = [];
  let current = null; // id of the pointer that draws

  const point = (e) => {
    const box = canvas.getBoundingClientRect();
    return [(e.clientX - box.left) / box.width, (e.clientY - box.top) / box.height];
  };
  canvas.addEventListener("pointerdown", (e) => {
    if (current !== null || e.button !== 0) return;
    e.preventDefault();
    current = e.pointerId;
    canvas.setPointerCapture(current);
    strokes.push([point(e)]);
    said("");
    tell();
  });
  canvas.addEventListener("pointermove", (e) => {
    if (e.pointerId !== current) return;
    const passed = e.getCoalescedEvents?.() ?? [];
    for (const each of passed.length ? passed : [e]) strokes.at(-1).push(point(each));
    tell();
  });
  canvas.addEventListener("pointerup", (e) => {
    if (e.pointerId === current) current = null;
  });
  for (const lost of ["pointercancel", "lostpointercapture"]) {
    canvas.addEventListener(lost, (e) => {
      if (e.pointerId !== current) return;
      current = null;
      said("The pointer was lost in the middle of a stroke: go on where it ended.");
    });
  }

  function tell() {
    draw();
    changed(strokes);
  }

  function draw() {
    const width = Math.min(size, canvas.parentElement?.clientWidth || size);
    drawStrokes(sheet(canvas, width, width), width, strokes);
  }

  const clear = () => {
    strokes.length = 0;
    draw();
  };
  requestAnimationFrame(() => {
    draw();
    onChange(canvas.parentElement, draw);
  });
  return { canvas, strokes, clear, draw };
}

/** The surface with its strokes, on a sheet of this width. */
function drawStrokes(pen, width, strokes) {
  const { ink, line, outside } = colours();
  pen.fillStyle = outside;
  pen.fillRect(0, 0, width, width);
  pen.strokeStyle = line;
  pen.lineWidth = 1;
  pen.strokeRect(0.5, 0.5, width - 1, width - 1);
  pen.strokeStyle = ink;
  pen.lineWidth = width / 14;
  pen.lineCap = pen.lineJoin = "round";
  for (const stroke of strokes) {
    pen.beginPath();
    stroke.forEach(([x, y], n) => pen[n ? "lineTo" : "moveTo"](x * width, y * width));
    if (stroke.length === 1) pen.lineTo(stroke[0][0] * width + 0.01, stroke[0][1] * width);
    pen.stroke();
  }
}
