// What every page has: a button that copies, at each piece of code.

for (const block of document.querySelectorAll("div.highlight")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.textContent = "copy";
  button.setAttribute("aria-label", "copy this code");
  button.addEventListener("click", async () => {
    const said = await copied(block.querySelector("pre").textContent);
    button.textContent = said ? "copied" : "select and copy by hand";
    setTimeout(() => (button.textContent = "copy"), 1500);
  });
  block.append(button);
}

/** Put text on the clipboard; false where the browser does not let a page do so. */
async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copiedByHand(text);
  }
}

/** The way that works where the clipboard is refused to a page from disk. */
function copiedByHand(text) {
  const field = document.createElement("textarea");
  field.value = text;
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  return done;
}
