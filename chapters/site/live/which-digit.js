// The digit that a part is about: one of the ten, or what a reader draws.

import { group, radio } from "./choice.js";
import { imageOf, SIZE } from "./digit.js";
import { sketch } from "./sketch.js";
import { button, element, say } from "./view.js";

/**
 * Buttons under a name, of which the one for image `first` is pressed, and a surface to draw on.
 *
 * `choose(image, n)` is called with an image, and with its place among `images`, or null if it
 * was drawn.
 */
export function digitOrDrawing(name, images, first, choose) {
  const drawn = () => choose(imageOf(own.strokes) ?? new Float64Array(SIZE * SIZE), null);
  const note = element("p", { class: "live-note", role: "status" });
  const own = sketch({
    size: 168,
    label: "your digit: draw with the mouse or a finger",
    changed: drawn,
    said: (text) => say(note, text),
  });
  const clear = button("clear", () => {
    own.clear();
    drawn();
  });
  const place = element("div", { class: "live-own", hidden: true }, own.canvas, clear, note);
  const { buttons } = radio([...images.keys(), "draw your own"].map(String), first, (n) => {
    place.hidden = n < images.length;
    own.draw();
    if (n < images.length) choose(images[n], n);
    else drawn();
  });
  return [group(name, buttons), place];
}
