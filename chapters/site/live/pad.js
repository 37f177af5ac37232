// The pad: draw a digit, and watch a network look at it and draw it again.

import { draws, halves, inventions, oneStep, otherNetwork } from "./pad-more.js";
import { looking, numbers } from "./pad-drawing.js";
import { blackAndWhite, redraw } from "./run.js";
import { digits, network } from "./stored.js";
import { onChange } from "./view.js";

/** Put the pad into `host`, with the network that the page brings along. */
export function pad(host) {
  const trained = network(host.dataset.network);
  const state = {
    network: trained,
    x: blackAndWhite(digits()[3]),
    t: trained.config.T,
    draw: 0,
    changed: {},
    before: null,
    side: null,
    first: 100,
    run: null,
  };
  const parts = [looking, numbers, draws, oneStep, halves, inventions, otherNetwork];
  const made = parts.map((part) => part(state, change));
  host.replaceChildren(...made.flatMap((each) => each.host));
  host.dataset.ready = "";
  onChange(host, () => change({}));
  change({ x: state.x });

  /** Take over some of the state; compute what depends on it, and draw. */
  function change(some) {
    Object.assign(state, some);
    state.t = Math.min(Math.max(state.t, 0), state.network.config.T);
    if (["x", "draw", "changed", "network"].some((name) => name in some)) {
      if (!("changed" in some)) [state.changed, state.before] = [{}, null];
      state.run = state.x && redraw(state.network, state.x, state.draw, state.changed);
    }
    const news = Object.keys(some);
    for (const { follow } of made) follow(news);
  }
}
