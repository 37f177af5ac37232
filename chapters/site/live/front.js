// The moving picture on the front page: new digits being drawn, with the window of every step.

import { scene } from "./film.js";
import { invent, probabilities } from "./run.js";
import { network } from "./stored.js";
import { button, onChange, picture, say, sheet, WRITE } from "./view.js";

const PAUSE = 6; // steps for which finished digits stand
const STEP = 320; // milliseconds

/** Digits being drawn, for as long as somebody looks and has not asked for stillness. */
export function front(host) {
  const net = network(host.dataset.network);
  const { config } = net;
  const canvas = picture(
    "new digits being drawn in twelve steps, with the window that each step writes to",
  );
  const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  let [first, t, timer, drawn] = [0, still ? config.T : 0, null, []];
  const toggle = button("", () => (timer ? stop() : start()));
  const more = button("others", () => {
    anew();
    t = timer ? 0 : config.T;
    draw();
  });
  host.replaceChildren(canvas, toggle, more);
  anew();
  onChange(host, draw);
  draw();
  if (still) stop();
  else start();

  function anew() {
    drawn = Array.from({ length: 6 }, (_, n) => invent(net, first + n));
    first += drawn.length;
  }

  function draw() {
    drawDigits(canvas, host.clientWidth, drawn, t, config);
  }

  function start() {
    say(toggle, "pause");
    timer = setInterval(() => {
      if (document.hidden) return;
      t += 1;
      if (t > config.T + PAUSE) {
        t = 0;
        anew();
      }
      draw();
    }, STEP);
  }

  function stop() {
    clearInterval(timer);
    timer = null;
    say(toggle, "play");
  }
}

/** All digits at step t, or finished and without windows after the last. */
function drawDigits(canvas, room, drawn, t, config) {
  const columns = room > 560 ? 6 : 3;
  const size = Math.floor((room - 8 * (columns - 1)) / columns);
  const pen = sheet(canvas, room, (drawn.length / columns) * (size + 8));
  const at = Math.min(t, config.T);
  drawn.forEach(({ c, looks }, n) => {
    const [x, y] = [(n % columns) * (size + 8), Math.floor(n / columns) * (size + 8)];
    const att = t <= config.T ? looks[at - 1]?.writing : null;
    const window = { att, N: config.N_write, colour: WRITE };
    scene(pen, probabilities(c[at]), config, [x, y, size], window);
  });
}
