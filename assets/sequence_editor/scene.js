// The editor's line and all tracks on one axis: zoom, scrolling, the strip that shows the whole, the column under the pointer.
// `editor` is the Editor; positions are 0-based, `cell` is how many pixels a base takes.

const GUTTER = 96;    // px, the names of the rows
const READABLE = 5;   // px of a base, from which on letters are read
const LARGEST = 26;
const STRIP = 26;

class Scene {
  constructor(editor) {
    this.editor = editor;
    this.cell = null;
    this.rows = [];
    for (const name of ["scroller", "stage", "rows", "column", "band", "overview"]) this[name] = editor.find(name);
    this.connect();
  }

  get length() { return this.editor.bases.length; }
  get room() { return Math.max(60, this.scroller.clientWidth - GUTTER); }
  get fit() { return this.room / this.length; }

  // The stretch in sight, as half-open positions.
  get view() {
    const first = Math.max(0, Math.round(this.scroller.scrollLeft / this.cell));
    return [first, Math.min(this.length, Math.round((this.scroller.scrollLeft + this.room) / this.cell))];
  }

  // All of it where its letters can be read then, else letters that can.
  settle() {
    if (this.cell === null || this.whole) this.cell = this.fit >= READABLE ? this.fit : 11;
    this.cell = Math.min(LARGEST, Math.max(this.fit, this.cell));
    this.whole = this.cell <= this.fit || this.whole;
  }

  show([from, to]) {
    this.cell = Math.min(LARGEST, Math.max(this.fit, this.room / Math.max(1, to - from)));
    this.whole = this.cell <= this.fit * 1.001;
    this.place();
    this.scroller.scrollLeft = from * this.cell;
    this.paint();
  }

  zoom(factor) {
    const [from, to] = this.view, middle = this.editor.at >= from && this.editor.at < to ? this.editor.at : (from + to) / 2;
    const half = (to - from) / factor / 2;
    this.choose([Math.max(0, middle - half), Math.min(this.length, middle + half)]);
  }

  // What the user asked for: told to Python, so that links and sessions hold it.
  choose(view) {
    this.show(view);
    this.tell();
  }

  tell() {
    clearTimeout(this.telling);
    this.telling = setTimeout(() => this.editor.tellView(this.whole && this.fit >= READABLE ? null : this.view), 700);
  }

  // --- drawing -------------------------------------------------------------------------------------

  draw() {
    const { data } = this.editor;
    const wanted = JSON.stringify(data.rows);
    if (wanted !== this.wanted) {
      this.wanted = wanted;
      this.rows = data.rows.map((row) => {
        const holder = element("div", `row ${row.kind}`);
        holder.style.height = `${row.height}px`;
        holder.setAttribute("role", "img");
        holder.setAttribute("aria-label", row.title || row.name);  // until it is drawn
        const name = element("div", "name", row.name);
        name.title = row.title;
        const low = element("span", "low"), high = element("span", "high"), of = element("span", "of");
        name.append(of, high, low);
        const picture = document.createElementNS("http://www.w3.org/2000/svg", "svg");
        picture.setAttribute("height", row.height);
        picture.setAttribute("aria-hidden", "true");
        const note = element("div", "waiting");
        holder.append(name, picture, note);
        return { ...row, holder, picture, note, high, low, of };
      });
      this.rows.forEach((row) => { row.holder.row = row; });
      this.editor.find("rows").replaceChildren(...this.rows.map((r) => r.holder));
    }
    this.place();
    this.paint();
  }

  place() {
    this.settle();
    this.stage.style.setProperty("--cell", `${this.cell}px`);
    this.stage.style.setProperty("--size", `${Math.max(6, Math.min(13, this.cell * 1.62))}px`);
    this.stage.style.width = `${GUTTER + this.cell * this.length}px`;
    this.editor.grid.style.width = choices.wrap ? `${this.scroller.clientWidth - 2}px` : "";
  }

  // What is in sight and a little more, each row by its own part.
  paint() {
    const [from, to] = this.view;
    const margin = Math.ceil((to - from) / 2);
    const frame = {
      from: Math.max(0, from - margin), to: Math.min(this.length, to + margin), cell: this.cell, bases: this.editor.bases, colours: this.editor.data.colours,
    };
    this.painted = [frame.from, frame.to];
    for (const row of this.rows) this.paintRow(row, frame);
    this.strip();
  }

  part(name) {
    return name === "annotations" ? this.editor.annotations() : (window.cislensTracks || {})[name];
  }

  paintRow(row, frame) {
    const part = this.part(row.part);
    const usable = part && !part.missing && (!part.bases || part.bases.length === this.length);
    const late = !usable || (part.bases && part.bases !== this.editor.bases);
    row.holder.classList.toggle("late", Boolean(late && !part?.missing));
    row.holder.classList.toggle("empty", !usable);
    row.note.textContent = usable ? "" : part?.missing || "computing …";
    row.picture.setAttribute("width", this.cell * this.length);
    if (!usable) {
      row.picture.replaceChildren();
      return;
    }
    const drawn = ROWS[row.kind](part, { ...frame, height: row.height });
    row.picture.innerHTML = `<defs>${HATCH}</defs>${drawn.svg}`;
    row.note.textContent = drawn.note || "";
    row.high.textContent = drawn.top === undefined ? "" : short(drawn.top);
    row.low.textContent = drawn.bottom === undefined ? (drawn.left ? `+${drawn.left} more, zoom in` : "") : short(drawn.bottom);
    if (drawn.letters) row.high.textContent = part.label || "";
    row.holder.setAttribute("aria-label", `${row.title}. ${part.summary || ""}`);
    row.of.textContent = part.of || "";
  }

  // The whole sequence in a strip: what its bases contribute, where it was edited, what is in sight.
  strip() {
    const width = this.scroller.clientWidth, each = (width - GUTTER) / this.length;
    const part = this.part("ig") || this.part("ism");
    const marks = [];
    if (part?.values && part.values.length === this.length) {
      const most = Math.max(1e-9, ...part.values.map((v) => Math.abs(v || 0)));
      const steps = part.values.map((v, i) => `M${(GUTTER + (i + 0.5) * each).toFixed(1)} ${STRIP - 4}v${(-(Math.abs(v || 0) / most) * (STRIP - 8)).toFixed(1)}`);
      marks.push(`<path d="${steps.join("")}" stroke="currentColor" stroke-opacity="0.55" stroke-width="${Math.max(0.7, each * 0.8).toFixed(2)}"/>`);
    }
    this.editor.changed.forEach((i) => marks.push(rect(GUTTER + i * each, STRIP - 4, Math.max(2, each), 4, "#f08c00")));
    const [from, to] = this.view;
    marks.push(`<rect x="${GUTTER + from * each}" y="0.5" width="${Math.max(4, (to - from) * each)}" height="${STRIP - 1}" fill="#4c6ef5" fill-opacity="0.13" stroke="#4c6ef5" stroke-opacity="0.6"/>`);
    this.overview.innerHTML = `<svg width="${width}" height="${STRIP}" aria-hidden="true">${marks.join("")}</svg>`;
    const words = element("span", "name", from === 0 && to === this.length ? `all ${this.length} bp` : `${from + 1}–${to}`);
    this.overview.append(words);
  }

  // --- the pointer -----------------------------------------------------------------------------------

  light(i) {
    const { column } = this;
    column.hidden = i === null || i >= this.length;
    if (column.hidden) return;
    column.style.left = `${GUTTER + i * this.cell}px`;
    column.style.width = `${Math.max(2, this.cell)}px`;
    column.style.top = choices.wrap ? `${this.rowsTop()}px` : "0";
  }

  // The cursor stays in sight.
  follow(i) {
    const left = i * this.cell, { scrollLeft } = this.scroller;
    if (left < scrollLeft) this.scroller.scrollLeft = left - this.room / 4;
    else if (left + this.cell > scrollLeft + this.room) this.scroller.scrollLeft = left - (3 * this.room) / 4;
  }

  rowsTop() { return this.editor.find("rows").offsetTop; }

  at(event) {
    const x = event.clientX - this.stage.getBoundingClientRect().left - GUTTER;
    const i = Math.floor(x / this.cell);
    return event.clientX < this.scroller.getBoundingClientRect().left + GUTTER || i < 0 || i >= this.length ? null : i;
  }

  connect() {
    const place = this.editor.find("rows");
    let start = null;
    place.addEventListener("pointerdown", (event) => {
      if (event.button === 0) start = this.at(event);
    });
    place.addEventListener("pointermove", (event) => {
      const i = this.at(event);
      if (start !== null && event.buttons === 1 && i !== null && Math.abs(i - start) * this.cell > 6) {
        this.mark(Math.min(i, start), Math.max(i, start) + 1);
        event.preventDefault();
      }
      this.editor.hover(i);
    });
    place.addEventListener("pointerleave", () => { this.editor.hover(null); });
    place.addEventListener("pointerup", (event) => {
      if (start !== null && !this.marked) this.click(event);
    });
    this.release = () => {
      const { marked } = this;
      start = null;
      this.mark(null);
      if (marked && marked[1] - marked[0] >= 4) this.choose(marked);
    };
    window.addEventListener("pointerup", this.release);
    place.addEventListener("dblclick", () => this.choose([0, this.length]));
    this.scroller.addEventListener("scroll", () => {
      cancelAnimationFrame(this.soon);
      this.soon = requestAnimationFrame(() => {
        if (this.cell === null) return;
        const [from, to] = this.view;
        if (from < this.painted[0] || to > this.painted[1]) this.paint();
        else this.strip();
      });
    });
    let moving = false;
    const go = (event) => {
      const x = event.clientX - this.overview.getBoundingClientRect().left - GUTTER;
      this.scroller.scrollLeft = (x / (this.scroller.clientWidth - GUTTER)) * this.length * this.cell - this.room / 2;
    };
    this.overview.addEventListener("pointerdown", (event) => { moving = true; this.overview.setPointerCapture(event.pointerId); go(event); });
    this.overview.addEventListener("pointermove", (event) => { if (moving) go(event); });
    this.overview.addEventListener("pointerup", () => { moving = false; this.tell(); });
  }

  close() { window.removeEventListener("pointerup", this.release); }

  mark(from, to) {
    this.marked = from === null ? null : [from, to];
    this.band.hidden = from === null;
    if (from === null) return;
    this.band.style.left = `${GUTTER + from * this.cell}px`;
    this.band.style.width = `${(to - from) * this.cell}px`;
    this.band.style.top = `${this.rowsTop()}px`;
  }

  // A cell of the predicted map: that change is made. Elsewhere the cursor goes there.
  click(event) {
    const i = this.at(event), row = event.target.closest?.(".row")?.row;
    if (i === null || !row) return;
    if (row.id !== "map" || row.holder.classList.contains("late")) {
      this.editor.move(i, false);
      return;
    }
    const box = row.holder.getBoundingClientRect();
    const base = "ACGT"[Math.max(0, Math.min(3, Math.floor(((event.clientY - box.top) / box.height) * 4)))];
    this.editor.substitute(i, base);
  }

  // --- as a picture ------------------------------------------------------------------------------------

  // The stretch in sight as an SVG that stands alone.
  picture() {
    const [from, to] = this.view, left = from * this.cell, ink = getComputedStyle(this.stage).color;
    const ground = getComputedStyle(this.editor.grid).getPropertyValue("--st-background-color") || "#ffffff";
    const width = GUTTER + (to - from) * this.cell;
    let y = 24;
    const pieces = [`<text x="4" y="15" font-size="12" font-weight="600">${escaped(this.editor.data.title)}</text>`];
    if (this.cell >= READABLE) {
      for (let i = from; i < to; i += 1) {
        const base = this.editor.bases[i];
        pieces.push(`<text x="${(GUTTER + (i - from + 0.5) * this.cell).toFixed(1)}" y="${y + 11}" font-size="${Math.min(12, this.cell * 1.5)}" font-family="monospace" text-anchor="middle" fill="${this.editor.data.colours[base] || ink}">${base}</text>`);
      }
      y += 18;
    }
    for (const row of this.rows) {
      pieces.push(`<text x="4" y="${y + 12}" font-size="11">${escaped(row.name)}</text>`);
      const [high, low] = [row.high.textContent, row.low.textContent];
      pieces.push(`<text x="${GUTTER - 6}" y="${y + 9}" font-size="9" text-anchor="end">${escaped(high)}</text><text x="${GUTTER - 6}" y="${y + row.height - 2}" font-size="9" text-anchor="end">${escaped(low)}</text>`);
      pieces.push(`<svg x="${GUTTER}" y="${y}" width="${width - GUTTER}" height="${row.height}" viewBox="${left} 0 ${width - GUTTER} ${row.height}">${row.picture.innerHTML}</svg>`);
      y += row.height + 8;
    }
    return `<svg xmlns="http://www.w3.org/2000/svg" width="${width.toFixed(0)}" height="${y}" viewBox="0 0 ${width.toFixed(0)} ${y}" color="${ink}" fill="${ink}" font-family="Arial, sans-serif">`
      + `<style>.glyph{font:700 10px Arial,"Liberation Sans",sans-serif}</style><rect width="100%" height="100%" fill="${ground.trim()}"/>${pieces.join("")}</svg>`;
  }

  async png() {
    const svg = this.picture(), image = new Image();
    image.src = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
    await image.decode();
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [image.width * 2, image.height * 2];
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    URL.revokeObjectURL(image.src);
    return new Promise((done) => canvas.toBlob(done, "image/png"));
  }

  async save() {
    const kind = this.editor.data.image;
    const blob = kind === "png" ? await this.png() : new Blob([this.picture()], { type: "image/svg+xml" });
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = `${this.editor.data.file}.${kind}`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 5000);
  }

  async copy() {
    try {
      await navigator.clipboard.write([new ClipboardItem({ "image/png": this.png() })]);
      this.editor.say({ kind: "note", text: "Figure copied." });
    } catch {
      this.editor.say({ kind: "error", text: "This browser did not let the figure be copied. Save it instead." });
    }
  }
}

// A number that fits beside a row.
function short(value) {
  return `${value < 0 ? "−" : ""}${Math.abs(value) >= 10 ? Math.abs(value).toFixed(0) : Math.abs(value).toFixed(2)}`;
}
