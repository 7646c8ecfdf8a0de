// The instrument: the sequence editor with the tracks on its axis. A letter changes here at once; what was done goes to Python as numbered operations, and every
// answer carries the document's version, the number of the last operation taken over, and the prediction.
// Python decides: an answer of another version replaces what is shown here. Positions are 0-based in this file.

const instances = new WeakMap();

export default function (component) {
  const { parentElement, data, setStateValue } = component;
  let editor = instances.get(parentElement);
  if (!editor) {
    editor = new Editor(parentElement);
    instances.set(parentElement, editor);
  }
  editor.send = (value) => setStateValue("operations", value);
  editor.tellView = (value) => setStateValue("view", value);
  editor.tellSelection = (value) => setStateValue("selection", value);
  editor.take(data);
  return () => {
    editor.close();
    instances.delete(parentElement);
  };
}

class Editor extends View {
  constructor(root) {
    super();
    this.root = root;
    this.find = (name) => root.querySelector(`[data-part="${name}"]`);
    this.version = null;
    this.sent = 0;            // number of the last operation
    this.pending = [];        // operations that Python has not taken over yet
    this.waiting = false;     // Python is computing an operation that this file cannot do by itself
    this.buffered = [];       // keys pressed meanwhile
    this.pressedAt = null;
    this.focused = false;     // the user's keys are meant for the letters
    this.changed = [];
    this.selectionTold = "";
    this.grid = this.find("grid");
    this.scene = new Scene(this);
    this.connect();
  }

  // --- from Python ---------------------------------------------------------------------------------

  take(data) {
    this.data = data;
    if (data.version !== this.version) this.load(data);
    else {
      this.pending = this.pending.filter((o) => o.number > data.acked);
      this.scene.draw();
    }
    for (const [base, colour] of Object.entries(data.colours)) this.grid.style.setProperty(`--${base}`, colour);
    this.palette();
    this.buttons();
    this.predictions();
    this.words();
    this.say(data.message);
  }

  load(data) {
    const first = this.version === null, kept = first ? 0 : this.at;
    this.version = data.version;
    this.sent = data.acked;
    this.pending = [];
    this.waiting = false;
    this.edits = data.history.map(([start, removed, inserted, turned]) => ({ start, removed, inserted, turned }));
    this.stand(data.cursor);
    this.at = Math.min(data.at ?? kept, this.bases.length - 1);
    this.anchor = null;
    this.draw();
    if (data.view && (first || this.viewed !== JSON.stringify(data.view))) this.scene.show(data.view);
    this.viewed = JSON.stringify(data.view);
    const keys = this.buffered;
    this.buffered = [];
    keys.forEach((key) => this.press(key));
  }

  // --- the document, as Python's engine.editor.document has it ----------------------------------------------

  // The history holds differences alone (`edits`); `state` is where they lead to.
  get bases() { return this.state.bases; }

  // At a point of the history, counted in edits from the reference.
  stand(now) {
    this.now = now;
    this.state = { bases: this.data.reference, origins: [...this.data.reference].map((_, i) => i), turned: false };
    for (const edit of this.edits.slice(0, now)) this.advance(edit);
  }

  // `removed` bases from `start` on gave way to `inserted`; `turned` if that made the other strand.
  advance({ start, removed, inserted, turned }) {
    const { state } = this;
    state.bases = state.bases.slice(0, start) + inserted + state.bases.slice(start + removed);
    if (turned) {
      state.origins.reverse();
      state.turned = !state.turned;
    } else if (removed !== inserted.length) state.origins.splice(start, removed, ...Array(inserted.length).fill(null));
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
    this.edits.length = this.now;
    this.edits.push({ start, removed, inserted, turned: false });
    this.advance(this.edits[this.now]);
    this.now += 1;
    this.operation({ kind: "splice", start, removed, inserted, ...(description && { description }) });
    this.tell(start, removed, inserted);
  }

  walk(kind) {
    const to = { undo: this.now - 1, redo: this.now + 1, reset: 0 }[kind];
    if (to < 0 || to > this.edits.length || to === this.now) return;
    this.stand(to);
    this.at = Math.min(this.at, this.bases.length - 1);
    this.anchor = null;
    this.operation({ kind });
    this.announce(`${kind}: ${this.now} of ${this.edits.length} edits in force`);
  }

  // A cell of the predicted map was clicked.
  substitute(i, base) {
    if (this.waiting || this.bases[i] === base) return;
    this.anchor = null;
    this.at = i;
    this.splice(i, 1, base);
    this.mark();
  }

  active() { return this.root.activeElement === this.grid; }

  // Takes back a focus that nobody took on purpose; says whether it did.
  refocus() {
    if (!this.focused || !document.hasFocus() || document.activeElement !== document.body) return false;
    this.grid.focus({ preventScroll: true });
    return document.activeElement !== document.body;
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
    this.words();
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
      this.hover(i);
    });
    grid.addEventListener("pointerup", () => { this.dragging = undefined; });
    grid.addEventListener("pointerleave", () => { this.dragging = undefined; this.hover(null); });
    grid.addEventListener("focus", () => { this.focused = true; this.mark(); });
    grid.addEventListener("blur", (event) => {
      this.hover(null);
      // where nothing else was chosen, the page has taken the focus away by being drawn anew
      if (event.relatedTarget) this.focused = false;
      else for (const wait of [0, 30, 120, 400]) setTimeout(() => this.refocus(), wait);
    });
    this.pointed = (event) => { if (!event.composedPath().includes(grid)) this.focused = false; };
    // a key in between would go to nobody, or to a shortcut of Streamlit
    this.strayed = (event) => {
      if (!this.refocus()) return;
      const { key, ctrlKey, metaKey, altKey, shiftKey } = event;
      const again = new KeyboardEvent("keydown", { key, ctrlKey, metaKey, altKey, shiftKey, bubbles: true, cancelable: true });
      event.stopImmediatePropagation();
      if (!grid.dispatchEvent(again)) event.preventDefault();
    };
    window.addEventListener("pointerdown", this.pointed, true);
    window.addEventListener("keydown", this.strayed, true);
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
      in: () => this.scene.zoom(2),
      out: () => this.scene.zoom(0.5),
      all: () => this.scene.choose([0, this.bases.length]),
      save: () => this.scene.save(),
      copy: () => this.scene.copy(),
    };
    for (const [name, act] of Object.entries(actions)) {
      this.find(name).addEventListener("click", () => { act(); this.grid.focus({ preventScroll: true }); });
    }
    this.find("follow").addEventListener("change", (event) => { choices.follow = event.target.value; this.draw(); });
    this.find("follow").addEventListener("keydown", (event) => event.stopPropagation());
    this.onTracks = (event) => this.arrived(event.detail);
    window.addEventListener("cislens-tracks", this.onTracks);
    this.observer = new ResizeObserver(() => {
      if (!this.state) return;
      if (choices.wrap && this.fits() !== this.perLine) this.draw();
      else this.scene.draw();
    });
    this.observer.observe(this.scene.scroller);
    // a sheet that drops down goes when the work goes on elsewhere
    this.onDown = (event) => {
      for (const drop of this.root.querySelectorAll("details.drop[open]")) if (!event.composedPath().includes(drop)) drop.open = false;
    };
    window.addEventListener("pointerdown", this.onDown);
    // whether the side panel is open is remembered by the browser and read by app.py
    const panel = document.querySelector('[data-testid="stSidebar"]');
    this.panel = new MutationObserver(() => {
      document.cookie = `cislens-panel=${panel.getAttribute("aria-expanded") === "true" ? "expanded" : "collapsed"}; max-age=31536000; path=/; samesite=lax`;
    });
    if (panel) this.panel.observe(panel, { attributes: true, attributeFilter: ["aria-expanded"] });
  }

  // A part that was computed: the rows that show it, and what stands above them.
  arrived(part) {
    if (!this.state) return;
    if (part.part === "readout") this.predictions();
    else if (part.part === "words") this.words();
    else {
      if (choices.wrap && part.part === choices.follow) this.draw();
      else this.scene.paint();
    }
    const whole = this.scene.rows.every((row) => !row.holder.classList.contains("late"));
    if (whole && this.changedAt) {
      this.grid.dataset.milliseconds = Math.round(performance.now() - this.changedAt);
      this.changedAt = null;
    }
  }

  words() {
    const part = this.scene.part("words"), place = this.find("words");
    if (part && place.textContent !== part.text) place.textContent = part.text;
    place.classList.toggle("late", Boolean(part) && part.bases !== this.bases);
  }

  close() {
    window.removeEventListener("cislens-tracks", this.onTracks);
    window.removeEventListener("pointerdown", this.onDown);
    window.removeEventListener("pointerdown", this.pointed, true);
    window.removeEventListener("keydown", this.strayed, true);
    this.observer.disconnect();
    this.panel.disconnect();
    this.scene.close();
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
