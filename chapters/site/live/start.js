// Fills the places of a page that live: <div data-live="explorer"></div> and the like.

import { asked } from "./asked.js";
import { explorer } from "./explorer.js";
import { front } from "./front.js";
import { game } from "./game.js";
import { glimpses } from "./glimpses.js";
import { latent } from "./latent.js";
import { memory } from "./memory.js";
import { moves } from "./moves.js";
import { pad } from "./pad.js";
import { unrolled } from "./unrolled.js";
import { element } from "./view.js";

const PARTS = {
  asked,
  filterbank: (host) => explorer(host),
  "filterbank-small": (host) => explorer(host, true),
  front,
  game,
  glimpses,
  latent,
  memory,
  moves,
  pad,
  unrolled,
};

for (const host of document.querySelectorAll("[data-live]")) {
  try {
    PARTS[host.dataset.live](host);
  } catch (e) {
    host.replaceChildren(element("p", { class: "live-note", role: "alert", text: `${e.message}` }));
    throw e;
  }
}
