// A slider over the steps of a drawing, and a button that plays them.

import { button, element, say } from "./view.js";

const PACE = 350; // milliseconds a step

/**
 * Steps 0..T to go through: `now()` gives {t, T}, or null where there is nothing to see.
 *
 * Nothing moves by itself: playing begins with a click.
 */
export function scrubber(now, change) {
  let timer = null;
  const slider = element("input", {
    type: "range",
    min: 0,
    step: 1,
    class: "live-scrubber",
    "aria-label": "step t of the drawing",
    input: (e) => change({ t: e.target.valueAsNumber }),
  });
  const play = button("play", () => (timer ? stop() : start()));
  return {
    host: element("div", { class: "live-scrub" }, play, slider),
    follow() {
      const at = now();
      slider.disabled = play.disabled = !at;
      if (!at) return;
      slider.max = at.T;
      slider.value = at.t;
      slider.setAttribute("aria-valuetext", `step ${at.t} of ${at.T}`);
    },
  };

  function start() {
    say(play, "stop");
    change({ t: 0 });
    timer = setInterval(() => {
      const at = now();
      if (!at || at.t >= at.T) stop();
      else change({ t: at.t + 1 });
    }, PACE);
  }

  function stop() {
    clearInterval(timer);
    timer = null;
    say(play, "play");
  }
}
