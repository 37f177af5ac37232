// What hands do: a pointer drags, arrow keys step.

const ARROWS = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };

/**
 * Let a pointer drag something by `target`: where it took hold stays under it.
 *
 * `at(event)` is where the pointer is, `take(point)` what it took hold of there, both [x, y] in
 * units of the caller's. `move(point)` is called with where that has come to.
 */
export function dragged(target, at, take, move) {
  let held = null; // the pointer, and how far from it what it took hold of is
  target.addEventListener("pointerdown", (e) => {
    if (held || e.button !== 0) return;
    target.setPointerCapture(e.pointerId);
    const [x, y] = at(e);
    const [left, top] = take([x, y]);
    held = { id: e.pointerId, off: [left - x, top - y] };
  });
  target.addEventListener("pointermove", (e) => {
    if (held?.id !== e.pointerId) return;
    const [x, y] = at(e);
    move([x + held.off[0], y + held.off[1]]);
  });
  for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) {
    target.addEventListener(end, (e) => {
      if (held?.id === e.pointerId) held = null;
    });
  }
}

/** Let the arrow keys step: `step([x, y], far)`, y downwards, and `far` 5 with the shift key. */
export function stepped(target, step) {
  target.addEventListener("keydown", (e) => {
    const way = ARROWS[e.key];
    if (!way) return;
    e.preventDefault();
    step(way, e.shiftKey ? 5 : 1);
  });
}
