// Buttons of which one is chosen, and groups of buttons with a name.

import { button, element } from "./view.js";

export const group = (name, buttons, more = []) =>
  element(
    "div",
    { class: "live-group", role: "group", "aria-label": name },
    element("span", { class: "live-name", text: name }),
    ...buttons,
    ...more,
  );

/** Buttons of which one is pressed. */
export function radio(names, chosen, choose) {
  const buttons = names.map((text, n) => button(text, () => press(n)));
  function press(n, tell = true) {
    buttons.forEach((each, k) => each.setAttribute("aria-pressed", k === n));
    if (tell) choose(n);
  }
  press(chosen, false);
  return { buttons, press };
}
