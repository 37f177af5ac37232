// The five numbers of a grid, and N, as fields beside the picture; a slider for gamma.

import { element } from "./view.js";

/** Between what each may be, and how far an arrow key moves it. */
export const FIELDS = {
  g_X: { low: -20, high: 49, step: 0.5, label: "centre g_X" },
  g_Y: { low: -20, high: 49, step: 0.5, label: "centre g_Y" },
  delta: { low: 0.05, high: 27, step: 0.1, label: "stride δ" },
  sigma2: { low: 0.01, high: 400, step: 0.1, label: "variance σ²" },
  gamma: { low: 0.1, high: 10, step: 0.1, label: "intensity γ" },
  N: { low: 1, high: 16, step: 1, label: "filters a side, N" },
};

/** Fields that change the state and follow it; what cannot be taken is said. */
export function controls(state, change) {
  const note = element("p", { class: "live-note", role: "status" });
  const fields = Object.entries(FIELDS).map(([name, field]) => number(name, field, change, note));
  const slider = gammaSlider(state, change);
  const labels = fields.map(({ input }, k) =>
    element("label", {}, element("span", { text: Object.values(FIELDS)[k].label }), input),
  );
  labels[4].append(slider);
  return {
    host: element("div", { class: "live-fields" }, ...labels, note),
    follow() {
      for (const { input, name } of fields) {
        if (document.activeElement !== input) input.value = rounded(state[name]);
      }
      slider.value = Math.log(state.gamma);
      slider.setAttribute("aria-valuetext", `γ ${rounded(state.gamma)}`);
    },
  };
}

const rounded = (v) => String(Math.round(v * 1000) / 1000);

function number(name, { low, high, step, label }, change, note) {
  const input = element("input", { type: "number", min: low, max: high, step: "any", name });
  input.addEventListener("input", () => {
    const v = input.valueAsNumber;
    const fine = v >= low && v <= high && (name !== "N" || Number.isInteger(v));
    input.setAttribute("aria-invalid", !fine);
    const kind = name === "N" ? "a whole number" : "a number";
    note.textContent = fine ? "" : `The ${label} must be ${kind} from ${low} to ${high}.`;
    if (fine) change({ [name]: v });
  });
  input.addEventListener("keydown", (e) => {
    const direction = { ArrowUp: 1, ArrowDown: -1 }[e.key];
    if (!direction) return;
    e.preventDefault();
    const v = (input.valueAsNumber || 0) + direction * step;
    input.value = rounded(Math.min(Math.max(v, low), high));
    input.dispatchEvent(new Event("input"));
  });
  input.addEventListener("change", () => {
    if (input.getAttribute("aria-invalid") !== "true") return;
    input.setAttribute("aria-invalid", false);
    input.blur();
    change({});
  });
  return { input, name };
}

function gammaSlider(state, change) {
  const { low, high } = FIELDS.gamma;
  return element("input", {
    type: "range",
    min: Math.log(low),
    max: Math.log(high),
    step: 0.01,
    class: "live-gamma",
    "aria-label": "intensity γ, on a logarithmic scale",
    input: (e) => change({ gamma: Math.exp(e.target.valueAsNumber) }),
  });
}
