// The search box and the link button of the top line. The list comes from Python: [kind, name, about, id] for each
// thing with a name, the whole of it by way of names.js; what is not in it is looked up there.
const MOST = 9;
const WHERE = { page: "page", element: "Explorer", map: "Saturation mutagenesis", promoter: "Explorer", motif: "Motifs", model: "Benchmark" };

export default function (component) {
  const { data, parentElement: root, setTriggerValue } = component;
  const find = (selector) => root.querySelector(selector);
  const [box, input, list, message, copy, said] = [".search", "input", "ul", ".message", ".copy", ".said"].map(find);
  let index = JSON.parse(window.cislensNames ?? data.index);
  let shown = [];
  let at = -1;

  const close = () => {
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const leave = () => {
    close();
    message.hidden = true;
    box.classList.remove("wide");
  };
  const mark = (index) => {
    at = index;
    [...list.children].forEach((item, i) => item.setAttribute("aria-selected", String(i === at)));
    if (at < 0) input.removeAttribute("aria-activedescendant");
    else {
      input.setAttribute("aria-activedescendant", `found-${at}`);
      list.children[at].scrollIntoView({ block: "nearest" });
    }
  };
  const look = () => {
    message.hidden = true;
    const typed = input.value.trim();
    shown = typed ? [...best(index, typed), ["typed", typed, "", typed]] : [];
    list.replaceChildren(...shown.map(option));
    list.hidden = !shown.length;
    input.setAttribute("aria-expanded", String(Boolean(shown.length)));
    mark(shown.length ? (like(typed) ? shown.length - 1 : 0) : -1);
  };
  const choose = (index) => {
    const [kind, , , id] = shown[index];
    close();
    setTriggerValue("chosen", { kind, id });
    if (kind !== "typed") {
      input.value = "";
      input.blur();
      leave();
    }
  };
  const option = ([kind, name, about], i) => {
    const item = document.createElement("li");
    item.id = `found-${i}`;
    item.setAttribute("role", "option");
    const part = (className, text) => Object.assign(document.createElement("span"), { className, textContent: text });
    if (kind === "typed") item.append(part("name", `Look up “${name.length > 60 ? name.slice(0, 60) + "…" : name}”`), part("where", "variant, place, name, bases"));
    else item.append(part("name", name), part("where", WHERE[kind] ?? kind), part("about", about));
    item.onpointerdown = (event) => {
      event.preventDefault();  // the box keeps the focus
      choose(i);
    };
    return item;
  };

  input.oninput = look;
  input.onfocus = () => {
    if (!window.cislensNames) window.dispatchEvent(new CustomEvent("cislens-names-wanted"));
    if (input.value) look();
  };
  input.onblur = () => setTimeout(leave, 150);
  input.onkeydown = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && shown.length) mark((at + step + shown.length) % shown.length);
    else if (event.key === "Enter" && at >= 0) choose(at);
    else if (event.key === "Escape") {
      input.value = "";
      input.blur();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  find(".open").onclick = () => {
    box.classList.add("wide");
    input.focus();
  };
  if (data.message && box.dataset.told !== String(data.told)) {
    box.dataset.told = String(data.told);
    message.textContent = data.message;
    message.hidden = false;
    close();
  }

  let timer;
  const rest = () => {
    copy.classList.remove("done");
    said.textContent = "";
  };
  copy.title = "Copy a link to this page as it stands";
  copy.setAttribute("aria-label", copy.title);
  copy.onclick = async () => {
    clearTimeout(timer);
    const copied = await toClipboard(location.href);
    copy.classList.toggle("done", copied);
    said.textContent = copied ? "Link copied" : "Copy it from the address bar";
    timer = setTimeout(rest, 4000);
  };

  const take = () => {
    index = JSON.parse(window.cislensNames);
    if (input.value && !list.hidden) look();
  };
  window.addEventListener("cislens-names", take);

  const slash = (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    const where = event.composedPath()[0];
    if (where.closest?.("input, textarea, select, [contenteditable], [role=grid], [role=textbox]")) return;
    event.preventDefault();
    find(".open").offsetParent ? find(".open").click() : input.focus();
  };
  document.addEventListener("keydown", slash);
  return () => {
    clearTimeout(timer);
    window.removeEventListener("cislens-names", take);
    document.removeEventListener("keydown", slash);
  };
}

// what reads like a variant, a place or bases: looked up rather than searched by name
function like(text) {
  return /[:>]/.test(text) || /^rs\d+$/i.test(text) || /^\d+-\d+-/.test(text) || /^[ACGTUN\s]{20,}$/i.test(text);
}

function best(index, typed) {
  const wanted = typed.toLowerCase();
  const scored = [];
  for (const entry of index) {
    const name = entry[1].toLowerCase();
    const about = `${entry[2]} ${entry[3]}`.toLowerCase();
    const score = name === wanted ? 0 : name.startsWith(wanted) ? 1 : word(name, wanted) ? 2 : word(about, wanted) ? 3 : name.includes(wanted) ? 4 : about.includes(wanted) ? 5 : 9;
    if (score < 9) scored.push([score, name.length, entry]);
  }
  scored.sort((a, b) => a[0] - b[0] || (a[0] < 3 ? a[1] - b[1] : 0));
  return scored.slice(0, MOST).map((s) => s[2]);
}

function word(text, wanted) {
  const at = text.indexOf(wanted);
  return at > 0 && !/[a-z0-9]/.test(text[at - 1]);
}
