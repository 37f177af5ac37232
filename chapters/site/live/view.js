// What all live parts draw with: elements, canvases, colours that follow the page's theme.

export const READ = "#56B4E9"; // as draw_np's pictures: what is read is sky blue,
export const WRITE = "#D55E00"; // what is written is vermilion

/** A new element; attributes that are functions listen, `text` is its text. */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(name, value);
    else if (name === "text") made.textContent = value;
    else if (value !== false && value !== null)
      made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children);
  return made;
}

/** A button that says what it does. */
export const button = (text, click, more = {}) =>
  element("button", { type: "button", text, click, ...more });

/** Give an element a text, if it has another: the page is laid out again only where it changes. */
export function say(host, text) {
  if (host.textContent !== text) host.textContent = text;
}

/** A canvas with a name for those who cannot see it. */
export const picture = (label, more = {}) =>
  element("canvas", { role: "img", "aria-label": label, ...more });

/** The drawing context of a canvas of so many CSS pixels, empty, as fine as the screen. */
export function sheet(canvas, width, height) {
  const fine = window.devicePixelRatio || 1;
  const [w, h] = [Math.round(width * fine), Math.round(height * fine)];
  if (canvas.width !== w || canvas.height !== h) {
    [canvas.width, canvas.height] = [w, h];
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  const pen = canvas.getContext("2d");
  pen.setTransform(fine, 0, 0, fine, 0, 0);
  pen.clearRect(0, 0, width, height);
  pen.imageSmoothingEnabled = false;
  return pen;
}

// ---------------------------------------------------------------- colours

/** A scale of 256 colours through the stops, lists of red, green and blue. */
function scale(...stops) {
  const table = new Uint8ClampedArray(256 * 3);
  for (let n = 0; n < 256; n++) {
    const at = (n / 255) * (stops.length - 1);
    const k = Math.min(Math.floor(at), stops.length - 2);
    for (let c = 0; c < 3; c++) {
      table[3 * n + c] = stops[k][c] + (at - k) * (stops[k + 1][c] - stops[k][c]);
    }
  }
  return table;
}

export const GREY = scale([0, 0, 0], [255, 255, 255]);
const WEIGHTS = {
  light: scale([255, 255, 255], [86, 180, 233], [11, 37, 69]),
  dark: scale([27, 31, 36], [0, 114, 178], [200, 235, 255]),
};
/** Less than none to more: -1 is brown, 0 is grey, 1 is white, as in the chapters. */
export const SIGNED = scale(
  [59, 15, 0],
  [181, 85, 29],
  [169, 169, 169],
  [221, 230, 236],
  [255, 255, 255],
);

/** Whether the page is dark now. */
export function isDark() {
  const theme = document.body.dataset.theme;
  if (theme === "dark" || theme === "light") return theme === "dark";
  return window.matchMedia("(prefers-color-scheme: dark)").matches;
}

/** The colours of lines, words and grounds, and of filters' weights, in the page's theme. */
export function colours() {
  return isDark()
    ? {
        ink: "#d8dde3",
        faint: "#8b949e",
        outside: "#23282e",
        line: "#4a525b",
        weights: WEIGHTS.dark,
      }
    : {
        ink: "#222222",
        faint: "#5f6770",
        outside: "#eceff2",
        line: "#b9c0c7",
        weights: WEIGHTS.light,
      };
}

/** Call `redraw` whenever the theme or the width of an element changes. */
export function onChange(host, redraw) {
  new MutationObserver(redraw).observe(document.body, { attributeFilter: ["data-theme"] });
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  let width = host.clientWidth;
  new ResizeObserver(() => {
    if (host.clientWidth !== width) {
      width = host.clientWidth;
      redraw();
    }
  }).observe(host);
}

// ---------------------------------------------------------------- images

const NO_NUMBER = [204, 121, 167]; // pink
const stamps = new Map(); // by size: a canvas with a pixel a value

/** Draw `values`, rows by columns between low and high, as squares that fill a rectangle. */
export function stamp(pen, values, rows, columns, table, [x, y, width, height], low = 0, high = 1) {
  const key = `${rows},${columns}`;
  if (!stamps.has(key)) {
    const canvas = element("canvas", { width: columns, height: rows });
    const small = canvas.getContext("2d", { willReadFrequently: true });
    stamps.set(key, { canvas, small, data: small.createImageData(columns, rows) });
  }
  const { canvas, small, data } = stamps.get(key);
  for (let k = 0; k < rows * columns; k++) {
    const share = (values[k] - low) / (high - low);
    const n = 3 * Math.round(255 * Math.min(Math.max(share, 0), 1));
    for (let c = 0; c < 3; c++) data.data[4 * k + c] = n >= 0 ? table[n + c] : NO_NUMBER[c];
    data.data[4 * k + 3] = 255;
  }
  small.putImageData(data, 0, 0);
  pen.drawImage(canvas, x, y, width, height);
}

/**
 * The frame of a grid, as broad as its filters, not cut at the image: what lies outside is drawn.
 *
 * `place` turns pixels of the image, counted from 1, into places on the sheet; `unit` is a
 * pixel's size there.
 */
export function frame(pen, att, N, place, unit, colour, alpha = 0.8) {
  const reach = (att.delta * (N - 1)) / 2 + 0.5;
  const [left, top] = place(att.g_X - reach, att.g_Y - reach);
  const size = 2 * reach * unit;
  const border = Math.min(Math.max(0.3, Math.sqrt(att.sigma2)) * unit, size / 2);
  pen.save();
  pen.globalAlpha = alpha;
  pen.fillStyle = colour;
  pen.beginPath();
  pen.rect(left, top, size, size);
  pen.rect(left + border, top + border, size - 2 * border, size - 2 * border);
  pen.fill("evenodd");
  pen.restore();
}

/** A number for people: so many figures after the point, a true minus sign. */
export const shown = (v, digits = 2) =>
  Number.isFinite(v)
    ? v
        .toFixed(digits)
        .replace(/^-(?=0\.?0*$)/, "")
        .replace("-", "−")
    : "not a number";
