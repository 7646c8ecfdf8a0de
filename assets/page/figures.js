// A button in the bar above each figure that copies it to the clipboard as a picture, as it stands on screen.
const COPY = "M16 1H4a2 2 0 0 0-2 2v14h2V3h12V1zm3 4H8a2 2 0 0 0-2 2v14a2 2 0 0 0 2 2h11a2 2 0 0 0 2-2V7a2 2 0 0 0-2-2zm0 16H8V7h11v14z";
const DONE = "M9 16.2 4.8 12l-1.4 1.4L9 19 21 7l-1.4-1.4L9 16.2z";
const SCALE = 2;  // pixels of the picture for one of the screen's

function offerCopies() {
  if (window.cislensFigures) return;
  window.cislensFigures = true;
  let waiting = false;
  const look = () => {
    waiting = false;
    for (const bar of document.querySelectorAll(".js-plotly-plot .modebar")) if (!bar.querySelector(".cislens-copy")) addTo(bar);
  };
  new MutationObserver(() => {
    if (waiting) return;
    waiting = true;
    setTimeout(look, 300);
  }).observe(document.body, { childList: true, subtree: true });
  look();
}

function addTo(bar) {
  const group = document.createElement("div");
  group.className = "modebar-group";
  group.append(button(bar.closest(".js-plotly-plot"), bar.querySelector(".icon path")?.style.fill));
  bar.prepend(group);
}

function button(plot, colour) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "modebar-btn cislens-copy";
  const say = (text, path) => {
    made.dataset.title = text;
    made.setAttribute("aria-label", text);
    made.innerHTML = `<svg viewBox="0 0 24 24" class="icon" height="1em" width="1em"><path d="${path}" style="fill:${colour || "currentColor"}"></path></svg>`;
  };
  const rest = () => say("Copy picture", COPY);
  rest();
  made.addEventListener("click", async () => {
    try {
      await navigator.clipboard.write([new ClipboardItem({ "image/png": picture(plot) })]);
      say("Copied", DONE);
    } catch {
      say("This browser lets no picture be copied: save it with the camera", COPY);
    }
    setTimeout(rest, 4000);
  });
  return made;
}

// the fonts of the page, for a picture that knows none of its style sheets
let fonts;
function fontFaces() {
  fonts ??= Promise.all(
    [...document.styleSheets].flatMap(rulesOf).filter((rule) => rule instanceof CSSFontFaceRule && /Source Sans/.test(rule.style.fontFamily)).map(inlined),
  ).then((rules) => rules.join(""));
  return fonts;
}

function rulesOf(sheet) {
  try {
    return [...sheet.cssRules];
  } catch {
    return [];  // a style sheet of another server
  }
}

async function inlined(rule) {
  const address = /url\(["']?([^"')]+)/.exec(rule.cssText)?.[1];
  if (!address) return "";
  const base = rule.parentStyleSheet?.href ?? location.href;
  const bytes = new Uint8Array(await (await fetch(new URL(address, base))).arrayBuffer());
  const text = btoa(Array.from(bytes, (b) => String.fromCharCode(b)).join(""));
  return rule.cssText.replace(/url\([^)]*\)/, `url(data:font/woff2;base64,${text})`);
}

async function picture(plot) {
  const whole = plot.querySelector(".svg-container").getBoundingClientRect();
  const canvas = Object.assign(document.createElement("canvas"), { width: whole.width * SCALE, height: whole.height * SCALE });
  const context = canvas.getContext("2d");
  context.fillStyle = getComputedStyle(document.querySelector(".stApp")).backgroundColor;
  context.fillRect(0, 0, canvas.width, canvas.height);
  for (const layer of plot.querySelectorAll(".main-svg, .gl-container canvas")) {
    const at = layer.getBoundingClientRect();
    if (!at.width || !at.height) continue;
    const drawn = layer instanceof HTMLCanvasElement ? layer : await image(layer, at);
    context.drawImage(drawn, (at.left - whole.left) * SCALE, (at.top - whole.top) * SCALE, at.width * SCALE, at.height * SCALE);
  }
  return new Promise((done, fail) => canvas.toBlob((blob) => (blob ? done(blob) : fail(new Error("an empty picture"))), "image/png"));
}

async function image(layer, at) {
  const copy = layer.cloneNode(true);
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("width", at.width * SCALE);
  copy.setAttribute("height", at.height * SCALE);
  copy.setAttribute("viewBox", `0 0 ${at.width} ${at.height}`);
  const style = document.createElementNS("http://www.w3.org/2000/svg", "style");
  style.textContent = await fontFaces();
  copy.prepend(style);
  const drawn = new Image();
  drawn.src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(new XMLSerializer().serializeToString(copy));
  await drawn.decode();
  return drawn;
}
