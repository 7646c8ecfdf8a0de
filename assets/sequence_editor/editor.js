// The sequence editor. A letter changes here at once; what was done goes to Python as numbered operations, and every
// answer carries the document's version, the number of the last operation taken over, and the prediction.
// Python decides: an answer of another version replaces what is shown here. Positions are 0-based in this file.

const LETTER = 14;          // px, height of a letter before it is scaled
const LOGO = 44;            // px, height of the row of scaled letters
const CELL = 15;            // px, width of a base
const LABEL = 74;           // px, width of the position in front of a line
const instances = new WeakMap();
const choices = { follow: "ig", wrap: true, insert: false };  // kept while the app is open

export default function (component) {
  const { parentElement, data, setStateValue } = component;
  let editor = instances.get(parentElement);
  if (!editor) {
    editor = new Editor(parentElement);
    instances.set(parentElement, editor);
  }
  editor.send = (value) => setStateValue("operations", value);
  editor.take(data);
  return () => {
    editor.close();
    instances.delete(parentElement);
  };
}

class Editor {
  constructor(root) {
    this.root = root;
    this.find = (name) => root.querySelector(`[data-part="${name}"]`);
    this.version = null;
    this.sent = 0;            // number of the last operation
    this.pending = [];        // operations that Python has not taken over yet
    this.waiting = false;     // Python is computing an operation that this file cannot do by itself
    this.buffered = [];       // keys pressed meanwhile
    this.tracks = window.cislensTracks || null;
    this.pressedAt = null;
    this.grid = this.find("grid");
    this.connect();
  }

  // --- from Python ---------------------------------------------------------------------------------

  take(data) {
    this.data = data;
    if (data.version !== this.version) this.load(data);
    else this.pending = this.pending.filter((o) => o.number > data.acked);
    for (const [base, colour] of Object.entries(data.colours)) this.grid.style.setProperty(`--${base}`, colour);
    this.palette();
    this.buttons();
    this.predictions();
    this.say(data.message);
  }

  load(data) {
    const kept = this.version === null ? 0 : this.at;
    this.version = data.version;
    this.sent = data.acked;
    this.pending = [];
    this.waiting = false;
    this.states = [{ bases: data.reference, origins: [...data.reference].map((_, i) => i), turned: false }];
    for (const [start, removed, inserted, turned] of data.history) this.push(start, removed, inserted, turned);
    this.now = data.cursor;
    this.at = Math.min(data.at ?? kept, this.bases.length - 1);
    this.anchor = null;
    this.draw();
    const keys = this.buffered;
    this.buffered = [];
    keys.forEach((key) => this.press(key));
  }

  // --- the document, as Python's engine.document has it ----------------------------------------------

  get state() { return this.states[this.now]; }
  get bases() { return this.state.bases; }

  // The state after `removed` bases from `start` on were exchanged for `inserted`, as one more of the history.
  push(start, removed, inserted, turned = false) {
    const last = this.states[this.states.length - 1];
    const bases = last.bases.slice(0, start) + inserted + last.bases.slice(start + removed);
    let origins = last.origins;
    if (turned) origins = [...origins].reverse();
    else if (removed !== inserted.length) {
      const added = Array(inserted.length).fill(null);
      origins = [...origins.slice(0, start), ...added, ...origins.slice(start + removed)];
    }
    this.states.push({ bases, origins, turned: last.turned !== turned });
  }

  // What the reference has at the place of base `i`, on the strand that is shown; null for an inserted base.
  original(i) {
    const origin = this.state.origins[i];
    if (origin === null || origin === undefined) return null;
    const base = this.data.reference[origin];
    return this.state.turned ? COMPLEMENT[base] || base : base;
  }

  splice(start, removed, inserted, description) {
    if (this.bases.slice(start, start + removed) === inserted) return;
    if (this.bases.length - removed + inserted.length < 1) {
      this.say({ kind: "error", text: "A sequence needs at least one base; type the new ones over the old ones." });
      return;
    }
    this.states.length = this.now + 1;
    this.push(start, removed, inserted);
    this.now += 1;
    this.operation({ kind: "splice", start, removed, inserted, ...(description && { description }) });
    this.tell(start, removed, inserted);
  }

  walk(kind) {
    const to = { undo: this.now - 1, redo: this.now + 1, reset: 0 }[kind];
    if (to < 0 || to >= this.states.length || to === this.now) return;
    this.now = to;
    this.at = Math.min(this.at, this.bases.length - 1);
    this.anchor = null;
    this.operation({ kind });
    this.announce(`${kind}: ${this.now} of ${this.states.length - 1} edits in force`);
  }

  // What only Python can do: cleaning pasted text, shuffling, turning. Keys wait for its answer.
  ask(operation) {
    this.waiting = true;
    this.operation(operation);
  }

  operation(operation) {
    this.sent += 1;
    this.pending.push({ ...operation, number: this.sent });
    this.pressedAt = performance.now();
    this.changedAt = this.pressedAt;
    this.card(null);
    this.say(null);
    this.draw();
    this.buttons();
    this.predictions();
    this.send({ version: this.version, list: this.pending });
  }

  // --- keys ----------------------------------------------------------------------------------------

  press(event) {
    const key = event.key;
    const control = event.ctrlKey || event.metaKey;
    if (event.altKey || key === "Tab") return false;
    if (control) return this.shortcut(key.toLowerCase(), event.shiftKey);
    const moves = {
      ArrowLeft: -1, ArrowRight: 1, ArrowUp: -this.perLine, ArrowDown: this.perLine,
      PageUp: -10 * this.perLine, PageDown: 10 * this.perLine,
    };
    if (key in moves) this.move(this.at + moves[key], event.shiftKey);
    else if (key === "Home") this.move(this.at - (this.at % this.perLine), event.shiftKey);
    else if (key === "End") this.move(this.at - (this.at % this.perLine) + this.perLine - 1, event.shiftKey);
    else if (key === "Delete" || key === "Backspace") this.remove(key === "Backspace");
    else if (key === "Insert") this.mode(!choices.insert);
    else if (key === "Escape") { this.anchor = null; this.card(null); this.mark(); }
    else if (key.length === 1) this.type(key);
    else return false;
    return true;
  }

  shortcut(key, shift) {
    if (key === "z") this.walk(shift ? "redo" : "undo");
    else if (key === "y") this.walk("redo");
    else if (key === "a") { this.anchor = 0; this.at = this.bases.length - 1; this.mark(); }
    else if (key === "home") this.move(0, shift);
    else if (key === "end") this.move(this.bases.length - 1, shift);
    else return false;  // copy, cut and paste come as events of their own
    return true;
  }

  type(key) {
    const base = key.toUpperCase() === "U" ? "T" : key.toUpperCase();
    if (!"ACGTN".includes(base)) {
      this.say({ kind: "error", text: `'${key}' is not a base. Type A, C, G, T or N; all else is done with the keys below.` });
      return;
    }
    const [start, end] = this.selection();
    if (this.anchor !== null) {
      this.anchor = null;
      this.at = Math.min(start + 1, this.bases.length - (end - start));
      this.splice(start, end - start, base);
    } else {
      const at = this.at;
      this.at = Math.min(at + 1, this.bases.length - (choices.insert ? 0 : 1));
      this.splice(at, choices.insert ? 0 : 1, base);
    }
    this.mark();
  }

  remove(before) {
    let [start, end] = this.selection();
    if (this.anchor === null && before) {
      if (this.at === 0) return;
      [start, end] = [this.at - 1, this.at];
    }
    if (end - start >= this.bases.length) end = this.bases.length;
    this.anchor = null;
    this.at = Math.max(0, Math.min(start, this.bases.length - (end - start) - 1));
    this.splice(start, end - start, "");
    this.mark();
  }

  move(to, extend) {
    if (extend) this.anchor = this.anchor ?? this.at;
    else this.anchor = null;
    this.at = Math.max(0, Math.min(to, this.bases.length - 1));
    this.mark();
    this.card(this.at);
    if (this.anchor !== null) {
      const [start, end] = this.selection();
      this.announce(`selected ${start + 1} to ${end}, ${end - start} bases`);
    }
  }

  // The stretch that a key acts on: what is selected, else the base at the cursor.
  selection() {
    if (this.anchor === null) return [this.at, Math.min(this.at + 1, this.bases.length)];
    return [Math.min(this.anchor, this.at), Math.min(Math.max(this.anchor, this.at) + 1, this.bases.length)];
  }

  write({ name, bases }, at) {
    const end = at + bases.length;
    if (choices.insert) this.splice(at, 0, bases, `${name} ${bases} inserted at ${at + 1}`);
    else if (end > this.bases.length) {
      this.say({ kind: "error", text: `${bases} does not fit at ${at + 1}: ${this.bases.length - at} bases are left there.` });
    } else this.splice(at, bases.length, bases, `${name} ${bases} written over ${at + 1}-${end}`);
    this.anchor = null;
    this.at = Math.min(at, this.bases.length - 1);
    this.mark();
  }

  // --- what is connected once ------------------------------------------------------------------------

  connect() {
    const grid = this.grid;
    grid.addEventListener("keydown", (event) => {
      // Streamlit has shortcuts of its own (C clears the cache, R runs again): no key may reach them from here
      event.stopPropagation();
      if (this.waiting && !["Tab", "Escape"].includes(event.key)) {
        const { key, ctrlKey, metaKey, altKey, shiftKey } = event;
        if (!ctrlKey && !metaKey) event.preventDefault();
        this.buffered.push({ key, ctrlKey, metaKey, altKey, shiftKey });
      } else if (this.press(event)) event.preventDefault();
    });
    for (const name of ["keypress", "keyup"]) grid.addEventListener(name, (event) => event.stopPropagation());
    grid.addEventListener("copy", (event) => this.copy(event));
    grid.addEventListener("cut", (event) => { this.copy(event); this.remove(false); });
    grid.addEventListener("paste", (event) => {
      event.preventDefault();
      event.stopPropagation();
      this.paste(event.clipboardData.getData("text/plain"));
    });
    grid.addEventListener("pointerdown", (event) => {
      const i = this.under(event);
      if (i === null || event.button !== 0) return;
      grid.focus({ preventScroll: true });
      if (event.shiftKey) this.anchor = this.anchor ?? this.at;
      else this.anchor = null;
      this.at = i;
      this.dragging = i;
      event.preventDefault();
      this.mark();
    });
    grid.addEventListener("pointermove", (event) => {
      const i = this.under(event);
      if (i === null) return;
      if (this.dragging !== undefined && event.buttons === 1 && (i !== this.dragging || this.anchor !== null)) {
        this.anchor = this.anchor ?? this.dragging;
        this.at = i;
        this.mark();
      }
      this.card(i);
    });
    grid.addEventListener("pointerup", () => { this.dragging = undefined; });
    grid.addEventListener("pointerleave", () => { this.dragging = undefined; this.card(null); });
    grid.addEventListener("focus", () => this.mark());
    grid.addEventListener("blur", () => this.card(null));
    grid.addEventListener("dragover", (event) => {
      const i = this.under(event);
      if (i === null || !this.dragged) return;
      event.preventDefault();
      this.over(i, this.dragged.bases.length);
    });
    grid.addEventListener("dragleave", () => this.over(null));
    grid.addEventListener("drop", (event) => {
      const i = this.under(event);
      event.preventDefault();
      this.over(null);
      if (i !== null && this.dragged) this.write(this.dragged, i);
      this.dragged = null;
      grid.focus({ preventScroll: true });
    });
    const actions = {
      undo: () => this.walk("undo"),
      redo: () => this.walk("redo"),
      reset: () => this.walk("reset"),
      turn: () => this.ask({ kind: "reverse_complement" }),
      shuffle: () => {
        const [start, end] = this.selection();
        if (this.anchor === null || end - start < 3) {
          this.say({ kind: "error", text: "Select the stretch to shuffle first: drag over it, or Shift with the arrow keys." });
        } else this.ask({ kind: "shuffle", start, end });
      },
      overwrite: () => this.mode(false),
      insert: () => this.mode(true),
      wrap: () => { choices.wrap = !choices.wrap; this.draw(); this.buttons(); },
    };
    for (const [name, act] of Object.entries(actions)) {
      this.find(name).addEventListener("click", () => { act(); this.grid.focus({ preventScroll: true }); });
    }
    this.find("follow").addEventListener("change", (event) => { choices.follow = event.target.value; this.draw(); });
    this.find("follow").addEventListener("keydown", (event) => event.stopPropagation());
    this.onTracks = (event) => {
      this.tracks = event.detail;
      this.draw();
      if (this.changedAt && this.tracks.bases === this.bases) {
        this.grid.dataset.milliseconds = Math.round(performance.now() - this.changedAt);
        this.changedAt = null;
      }
    };
    window.addEventListener("cislens-tracks", this.onTracks);
    this.observer = new ResizeObserver(() => {
      if (this.states && this.fits() !== this.perLine) this.draw();
    });
    this.observer.observe(grid);
  }

  close() {
    window.removeEventListener("cislens-tracks", this.onTracks);
    this.observer.disconnect();
  }

  copy(event) {
    const [start, end] = this.anchor === null ? [0, this.bases.length] : this.selection();
    event.clipboardData.setData("text/plain", this.bases.slice(start, end));
    event.preventDefault();
    this.announce(`${end - start} bases copied`);
  }

  // Over a selection it takes its place; else it is written over the bases from the cursor on, or inserted there.
  paste(text) {
    if (!text.trim()) return;
    const [start, end] = this.selection();
    const how = this.anchor !== null ? end - start : choices.insert ? 0 : null;
    this.ask({ kind: "paste", start, removed: how, text });
  }

  mode(insert) {
    choices.insert = insert;
    this.buttons();
    this.mark();
    this.announce(insert ? "insert mode" : "overwrite mode");
  }

  // --- drawing -------------------------------------------------------------------------------------

  fits() {
    if (!choices.wrap) return Math.max(1, this.bases.length);
    const room = Math.floor((this.grid.clientWidth - LABEL) / CELL);
    return Math.max(10, Math.min(100, room - (room % 10)));
  }

  // The track that the letters follow: a number for each base, or null.
  heights() {
    const own = this.tracks;
    if (choices.follow === "none" || !own || own.bases.length !== this.bases.length) return null;
    return own.letters[choices.follow] || null;
  }

  draw() {
    const { bases } = this;
    const heights = this.heights();
    this.perLine = this.fits();
    const up = heights ? Math.max(0, ...heights) : 0;
    const down = heights ? Math.max(0, ...heights.map((h) => -h)) : 0;
    const scale = LOGO / Math.max(1e-9, up + down);
    const genomic = this.data.region;
    const lines = [];
    this.cells = [];
    for (let first = 0; first < bases.length; first += this.perLine) {
      const line = element("div", "line");
      line.setAttribute("role", "row");
      const label = element("span", "label", this.place(first, genomic));
      label.setAttribute("role", "rowheader");
      line.append(label);
      for (let i = first; i < Math.min(first + this.perLine, bases.length); i += 1) {
        const cell = this.cell(i);
        if (heights) cell.prepend(letter(bases[i], heights[i], scale, up * scale));
        line.append(cell);
        this.cells.push(cell);
      }
      lines.push(line);
    }
    this.grid.replaceChildren(...lines);
    this.grid.classList.toggle("single", !choices.wrap);
    this.grid.classList.toggle("logo", Boolean(heights));
    this.grid.classList.toggle("stale", Boolean(heights) && this.tracks.bases !== bases);
    this.find("whose").textContent = heights ? `${this.tracks.model}, ${this.tracks.output}` : "";
    this.mark();
  }

  cell(i) {
    const base = this.bases[i];
    const before = this.original(i);
    const edited = before !== base;
    const cell = element("span", `cell ${"ACGT".includes(base) ? base : "other"}${edited ? " edited" : ""}`);
    cell.setAttribute("role", "gridcell");
    cell.id = `base-${i}`;
    cell.dataset.i = i;
    cell.append(element("b", "base", base));
    let words = `position ${i + 1}, ${base}`;
    if (before === null) words += ", inserted";
    else if (edited) words += `, edited, reference ${before}`;
    cell.setAttribute("aria-label", words);
    if ((i + 1) % 10 === 0) cell.classList.add("tenth");
    return cell;
  }

  place(i, genomic) {
    const origin = this.state.origins[i];
    if (!genomic || origin === null) return String(i + 1);
    return (genomic.start + origin + 1).toLocaleString("en");
  }

  mark() {
    const [start, end] = this.selection();
    const selected = this.anchor !== null;
    this.cells.forEach((cell, i) => {
      cell.classList.toggle("cursor", i === this.at);
      cell.classList.toggle("selected", selected && i >= start && i < end);
      cell.setAttribute("aria-selected", String(selected && i >= start && i < end));
    });
    this.grid.classList.toggle("inserting", choices.insert);
    this.grid.setAttribute("aria-activedescendant", `base-${this.at}`);
    const words = selected ? `${start + 1}–${end} (${end - start} bases)` : `position ${this.at + 1}`;
    const counted = this.cells.filter((cell) => cell.classList.contains("edited")).length;
    this.find("where").textContent = `${words} of ${this.bases.length}; ${counted ? `${counted} edited` : "no base edited"}`;
    if (!choices.wrap && this.root.activeElement === this.grid) {
      this.cells[this.at]?.scrollIntoView({ block: "nearest", inline: "nearest" });
    }
  }

  over(from, length = 0) {
    this.cells.forEach((cell, i) => cell.classList.toggle("target", from !== null && i >= from && i < from + length));
  }

  under(event) {
    const cell = event.target.closest?.(".cell");
    return cell ? Number(cell.dataset.i) : null;
  }

  // The hover card: place, bases, effects of the three substitutions, motif hits.
  card(i) {
    const card = this.find("card");
    if (i === null || !this.cells[i]) {
      card.hidden = true;
      return;
    }
    const genomic = this.data.region;
    const origin = this.state.origins[i];
    const lines = [element("strong", "", `position ${i + 1}`)];
    if (genomic && origin !== null) lines.push(element("div", "", `${genomic.chrom}:${(genomic.start + origin + 1).toLocaleString("en")} ${genomic.build}`));
    const before = this.original(i);
    const bases = before === null ? `${this.bases[i]}, inserted` : before === this.bases[i] ? `${before}, as in the reference` : `${this.bases[i]}, reference ${before}`;
    lines.push(element("div", "", bases));
    const own = this.tracks;
    if (own && own.bases === this.bases && own.effects) {
      const effects = [..."ACGT"].map((b, j) => [b, own.effects[i][j]]).filter(([b]) => b !== this.bases[i]);
      if (effects.some(([, e]) => e !== null)) {
        lines.push(element("div", "dim", `effect in ${own.output} (${own.model}), ${own.unit}`));
        lines.push(element("div", "", effects.map(([b, e]) => `${b} ${signed(e)}`).join("   ")));
      }
      const hits = own.hits.filter((h) => i >= h.start && i < h.end);
      for (const h of hits.slice(0, 5)) {
        lines.push(element("div", "", `${h.motif} ${h.strand} ${h.start + 1}–${h.end}, q ${Number(h.q).toPrecision(2)}`));
      }
      if (hits.length > 5) lines.push(element("div", "dim", `and ${hits.length - 5} more matches`));
    } else lines.push(element("div", "dim", "effects follow when computed"));
    card.replaceChildren(...lines);
    card.hidden = false;
    const cell = this.cells[i].getBoundingClientRect();
    const frame = this.grid.parentElement.getBoundingClientRect();
    const left = Math.min(Math.max(0, cell.left - frame.left - 20), frame.width - card.offsetWidth);
    const above = cell.top - frame.top - card.offsetHeight - 6;
    card.style.left = `${left}px`;
    card.style.top = `${above < -60 ? cell.bottom - frame.top + 6 : above}px`;
  }

  palette() {
    const place = this.find("motifs");
    if (place.childElementCount === this.data.motifs.length) return;
    place.replaceChildren(...this.data.motifs.map((motif) => {
      const chip = element("button", "chip", motif.name);
      chip.append(" ", element("span", "dim", motif.bases));
      chip.title = `${motif.label}: drag onto a base, or press Enter to write it at the cursor`;
      chip.setAttribute("aria-label", `write ${motif.label} at the cursor`);
      chip.draggable = true;
      chip.addEventListener("dragstart", (event) => {
        this.dragged = motif;
        event.dataTransfer.setData("text/plain", motif.bases);
        event.dataTransfer.effectAllowed = "copy";
      });
      chip.addEventListener("dragend", () => { this.dragged = null; this.over(null); });
      chip.addEventListener("keydown", (event) => event.stopPropagation());
      chip.addEventListener("click", () => {
        this.write(motif, this.anchor === null ? this.at : this.selection()[0]);
        this.grid.focus({ preventScroll: true });
      });
      return chip;
    }));
  }

  buttons() {
    this.find("undo").disabled = this.now === 0;
    this.find("redo").disabled = this.now >= this.states.length - 1;
    this.find("reset").disabled = this.now === 0;
    this.find("overwrite").setAttribute("aria-pressed", String(!choices.insert));
    this.find("insert").setAttribute("aria-pressed", String(choices.insert));
    this.find("wrap").setAttribute("aria-pressed", String(choices.wrap));
    this.find("follow").value = choices.follow;
  }

  predictions() {
    const { prediction } = this.data;
    const place = this.find("prediction");
    const late = this.pending.length > 0;
    place.classList.toggle("late", late);
    if (!prediction) {
      place.replaceChildren();
      return;
    }
    const parts = prediction.rows.map((row) => {
      const part = element("span", "output");
      part.append(element("strong", "", row.output), ` ${row.edited.toFixed(2)} `);
      const change = row.edited - row.reference;
      if (Math.abs(change) >= 0.005) part.append(element("span", change > 0 ? "more" : "less", `${change > 0 ? "▲" : "▼"} ${signed(change)}`));
      else part.append(element("span", "same", "= reference"));
      return part;
    });
    place.replaceChildren(element("span", "dim", prediction.model), ...parts);
    if (!late && this.pressedAt !== null && this.data.acked === this.sent) {
      const took = Math.round(performance.now() - this.pressedAt);
      this.pressedAt = null;
      place.dataset.milliseconds = took;
      place.title = `prediction back after ${took} ms; log2 RNA/DNA`;
      this.announce(prediction.rows.map((r) => `${r.output} ${signed(r.edited - r.reference)}`).join(", "));
    }
  }

  tell(start, removed, inserted) {
    this.announce(`position ${start + 1}: ${removed ? `${removed} removed` : ""} ${inserted ? `${inserted} written` : ""}`);
  }

  announce(text) { this.find("live").textContent = text; }

  say(message) {
    const place = this.find("message");
    place.textContent = message ? message.text : "";
    place.className = message ? message.kind : "";
    place.hidden = !message;
  }
}

const COMPLEMENT = { A: "T", C: "G", G: "C", T: "A", R: "Y", Y: "R", K: "M", M: "K", B: "V", V: "B", D: "H", H: "D" };

function element(tag, name, text) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  if (text !== undefined) made.textContent = text;
  return made;
}

// A letter of a given height: above the zero line for a positive value, hanging below it for a negative one.
function letter(base, value, scale, zero) {
  const box = element("span", "box");
  if (value === null || value === undefined || Math.abs(value * scale) < 0.5) return box;
  const drawn = element("i", "", base);
  const tall = (Math.abs(value) * scale) / LETTER;
  drawn.style.transform = `scaleY(${tall})`;
  drawn.style.transformOrigin = value > 0 ? "bottom" : "top";
  drawn.style.top = `${value > 0 ? zero - LETTER : zero}px`;
  if (value < 0) drawn.className = "negative";
  box.append(drawn);
  return box;
}

function signed(value) {
  return value === null ? "–" : `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}`;
}
