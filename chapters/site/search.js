// How the search of the site ranks pages and shows what it found; Sphinx reads this file first.

/** Formulas as people write them in a line, for titles and for the words around what was found. */
const readableMath = (() => {
  const letters = {
    alpha: "α",
    beta: "β",
    gamma: "γ",
    delta: "δ",
    epsilon: "ε",
    mu: "μ",
    nu: "ν",
    pi: "π",
    sigma: "σ",
    theta: "θ",
    phi: "φ",
    partial: "∂",
    sum: "Σ",
    cdot: "·",
    times: "×",
    approx: "≈",
    le: "≤",
    ge: "≥",
    ldots: "…",
    dots: "…",
    infty: "∞",
    to: "→",
    in: "∈",
    top: "ᵀ",
    log: "log",
    exp: "exp",
    hat: "",
    tilde: "",
    quad: " ",
    qquad: " ",
    frac: "",
    tfrac: "",
    left: "",
    right: "",
    mathrm: "",
    text: "",
    mathbf: "",
    bar: "",
  };
  return (tex) =>
    tex
      .replace(/&lt;/g, "<")
      .replace(/&gt;/g, ">")
      .replace(/&amp;/g, "&")
      .replace(/\\[()[\]]/g, "")
      .replace(/\\t?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}/g, "$1/$2")
      .replace(/\^\\top/g, "ᵀ")
      .replace(/\^\{?2\}?/g, "²")
      .replace(/\\tilde\s*\{?(\w)\}?/g, "$1\u0303")
      .replace(/\\hat\s*\{?(\w)\}?/g, "$1\u0302")
      .replace(/\\([a-zA-Z]+)/g, (_, name) => letters[name] ?? name)
      .replace(/\\[,;:! ]/g, " ")
      .replace(/[{}\\]/g, "")
      .replace(/\s+/g, " ");
})();

/** The HTML of a page with its formulas made readable; those that stand alone are left out. */
const readablePage = (html) =>
  html
    .replace(/<div class="(?:amsmath )?math [\s\S]*?<\/div>/g, "")
    .replace(/<span class="math [^>]*>([\s\S]*?)<\/span>/g, (_, tex) => readableMath(tex));

// eslint-disable-next-line no-var, no-unused-vars -- Sphinx looks for this name
var Scorer = {
  /** A page comes first if its own title has all words that were asked for. */
  score: (result) => {
    const [page, title, anchor, , score] = result;
    result[1] = readableMath(title);
    const asked = new URLSearchParams(window.location.search).get("q") ?? "";
    const words = asked.toLowerCase().split(/\s+/).filter(Boolean);
    const all = words.length > 0 && words.every((word) => title.toLowerCase().includes(word));
    const listed = page === "code" || page.startsWith("api/"); // these have every word
    return score + (listed ? -20 : all && !anchor ? 100 : 0);
  },
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};

// a page that is opened from disk may not read its neighbours, so nothing can be shown of them
if (window.location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;

document.addEventListener("DOMContentLoaded", () => {
  if (typeof Search === "undefined") return; // this page does not search
  const plain = Search.htmlToText;
  Search.htmlToText = (html, anchor) => plain(readablePage(html), anchor);
});
