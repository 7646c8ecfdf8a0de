// A text to the clipboard; false where the browser lets nothing be copied. Used by the files that stand behind this one.
async function toClipboard(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return byHand(text);
  }
}

// where the page is not served over https or from this computer, browsers have no clipboard for it but the old way
function byHand(text) {
  const field = Object.assign(document.createElement("textarea"), { value: text });
  field.style.cssText = "position:fixed;opacity:0";
  document.body.append(field);
  field.select();
  const copied = document.execCommand("copy");
  field.remove();
  return copied;
}
