// What can be taken hold of on the image: the grid itself, its corner, the ring of one filter.

import { FIELDS } from "./fields.js";
import { dragged, stepped } from "./hands.js";
import { element, shown } from "./view.js";

const LEAST = 30; // pixels of the screen: what a finger can hit
const GAP = 8; // pixels of the screen between a handle and what it moves

/**
 * Three handles over a stage; each is a slider for the keyboard and for a screen reader.
 *
 * Only the handles take a finger's moves for themselves: the page beside them scrolls.
 */
export function handles(wrapper, state, stage, change) {
  const reach = () => (state.delta * (state.N - 1)) / 2;
  const kinds = {
    grid: {
      label: "window: arrow keys move it",
      range: [FIELDS.g_X.low, FIELDS.g_X.high],
      now: () => state.g_X,
      text: () => `centre ${shown(state.g_X, 1)}, ${shown(state.g_Y, 1)}`,
      at: () => [state.g_X, state.g_Y],
      drag: ([a, b]) => ({ g_X: to(a, 0.1), g_Y: to(b, 0.1) }),
      key: ([x, y], far) => ({ g_X: state.g_X + x * far, g_Y: state.g_Y + y * far }),
      far: 0.5,
    },
    corner: {
      label: "corner: arrow keys change the stride",
      range: [FIELDS.delta.low, FIELDS.delta.high],
      now: () => state.delta,
      text: () => `stride ${shown(state.delta)}`,
      at: () => [state.g_X + reach() + 0.5, state.g_Y + reach() + 0.5],
      drag: ([a, b]) => {
        const wanted = (a - state.g_X + (b - state.g_Y)) / 2 - 0.5;
        return { delta: to((2 * wanted) / Math.max(state.N - 1, 1), 0.02) };
      },
      key: ([x, y], far) => ({ delta: state.delta + (x - y) * far }),
      far: 0.1,
    },
    ring: {
      label: "ring: arrow keys change sigma, the width of the filters",
      range: [Math.sqrt(FIELDS.sigma2.low), Math.sqrt(FIELDS.sigma2.high)],
      now: () => Math.sqrt(state.sigma2),
      text: () => `sigma ${shown(Math.sqrt(state.sigma2))}, variance ${shown(state.sigma2)}`,
      at: () => [state.g_X + reach() + Math.sqrt(state.sigma2), state.g_Y - reach()],
      drag: ([a]) => ({ sigma2: to(Math.max(a - state.g_X - reach(), 0.1) ** 2, 0.01) }),
      key: ([x, y], far) => ({
        sigma2: Math.max(Math.sqrt(state.sigma2) + (x - y) * far, 0.1) ** 2,
      }),
      far: 0.1,
    },
  };
  const made = Object.entries(kinds).map(([name, kind]) =>
    handle(wrapper, name, kind, stage, change),
  );
  const follow = () => made.forEach((each) => each.follow(state, reach()));
  return { follow };
}

/** A number rounded to a multiple of another, so that a hand meets numbers that can be read. */
const to = (v, step) => Math.round(v / step) * step;

function handle(wrapper, name, kind, stage, change) {
  const grip = element("div", {
    class: `live-handle live-${name}`,
    role: "slider",
    tabindex: 0,
    "aria-label": kind.label,
    "aria-valuemin": kind.range[0],
    "aria-valuemax": kind.range[1],
  });
  wrapper.append(grip);
  dragged(
    grip,
    (e) => pixel(e, stage),
    () => kind.at(),
    (point) => change(kind.drag(point)),
  );
  stepped(grip, (step, far) => change(kind.key(step, far * kind.far)));
  return {
    follow(state, reach) {
      if (name === "grid") putGrid(grip, kind, stage, reach);
      else putBeside(grip, kind, stage, name === "corner" ? GAP : 0);
      grip.hidden = name === "corner" && state.N === 1; // a single filter has no stride
      grip.setAttribute("aria-valuenow", shown(kind.now(), 3).replace("−", "-"));
      grip.setAttribute("aria-valuetext", kind.text());
    },
  };
}

/** Where an event is, in pixels of the image. */
function pixel(e, { canvas, place, unit }) {
  const box = canvas.getBoundingClientRect();
  const [x, y] = place(0, 0);
  return [(e.clientX - box.left - x) / unit, (e.clientY - box.top - y) / unit];
}

/** Lay the handle of the grid over the window, as far as it is on the sheet. */
function putGrid(grip, kind, stage, reach) {
  const size = Math.max((2 * reach + 1) * stage.unit, LEAST);
  const place = stage.place(...kind.at());
  put(grip, place, size);
  grip.style.clipPath = inside(place, size, stage);
}

/** Put a small handle beside what it moves, not on it, and never off the sheet. */
function putBeside(grip, kind, { place, left, top, side }, down) {
  const [x, y] = place(...kind.at());
  const within = (v, low) => Math.min(Math.max(v, low + 6), low + side - 6);
  put(grip, [within(x + GAP, left), within(y + down, top)], LEAST);
}

function put(grip, [x, y], size) {
  grip.style.width = grip.style.height = `${size}px`;
  grip.style.transform = `translate(${x - size / 2}px, ${y - size / 2}px)`;
}

/** What of a square about (x, y) lies on the sheet, but never less than a finger can hit. */
function inside([x, y], size, { left, top, side }) {
  const cut = (v) => Math.max(0, Math.min(v, size - LEAST));
  const [l, t] = [cut(left - x + size / 2), cut(top - y + size / 2)];
  const [r, b] = [cut(x + size / 2 - left - side), cut(y + size / 2 - top - side)];
  return `inset(${t}px ${r}px ${b}px ${l}px)`;
}
