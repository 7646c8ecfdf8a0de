// What the editor shows: lines of letters, the hover card, buttons, motifs, the prediction. It draws the state
// of the editor that extends it (`state`, `edits`, `now`, `at`, `anchor`, `data`, `tracks`). Positions are 0-based in this file.

const LETTER = 14;          // px, height of a letter before it is scaled
const LOGO = 44;            // px, height of the row of scaled letters
const CELL = 15;            // px, width of a base
const LABEL = 74;           // px, width of the position in front of a line
const choices = { follow: "ig", wrap: true, insert: false };  // kept while the app is open

class View {
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
    return (genomic.first + genomic.step * origin).toLocaleString("en");
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
    if (genomic && origin !== null) lines.push(element("div", "", `${genomic.chrom}:${(genomic.first + genomic.step * origin).toLocaleString("en")} ${genomic.build}`));
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
    const shown = JSON.stringify(this.data.motifs);
    if (this.shelf === shown) return;
    this.shelf = shown;
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
    this.find("redo").disabled = this.now >= this.edits.length;
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
      part.append(element("strong", "", row.output), row.edited === null ? " no known base" : ` ${row.edited.toFixed(2)} `);
      const change = changeOf(row);
      if (change === null) return part;
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
      this.announce(prediction.rows.map((r) => `${r.output} ${signed(changeOf(r))}`).join(", "));
    }
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

// What the edits changed; null where one of the sequences has no known base.
function changeOf(row) {
  return row.edited === null || row.reference === null ? null : row.edited - row.reference;
}

function signed(value) {
  return value === null ? "–" : `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}`;
}
