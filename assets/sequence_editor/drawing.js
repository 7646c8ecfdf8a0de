// What the editor shows: lines of letters, the hover card, buttons, motifs, the readout of predictions. It draws the state
// of the editor that extends it (`state`, `edits`, `now`, `at`, `anchor`, `data`, `scene`). Positions are 0-based in this file.

const LETTER = 14;          // px, height of a letter before it is scaled
const LOGO = 44;            // px, height of the row of scaled letters
const CELL = 15;            // px, width of a base where lines wrap
const choices = { follow: "ig", wrap: false, insert: false };  // kept while the app is open

class View {
  fits() {
    if (!choices.wrap) return Math.max(1, this.bases.length);
    const room = Math.floor((this.scene.scroller.clientWidth - GUTTER - 8) / CELL);
    return Math.max(10, room - (room % 10));
  }

  // The track that the letters follow where lines wrap: a number for each base, or null. On one line the tracks lie below.
  heights() {
    const part = this.scene.part(choices.follow);
    return choices.wrap && part?.values && part.values.length === this.bases.length ? part.values : null;
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
      const label = element("span", "label", choices.wrap ? this.place(first, genomic) : "sequence");
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
    this.grid.classList.toggle("stale", Boolean(heights) && this.scene.part(choices.follow).bases !== bases);
    this.changed = this.cells.flatMap((cell, i) => (cell.classList.contains("edited") ? [i] : []));
    this.mark();
    this.scene.draw();
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
    if (!choices.wrap && ((i + 1) % 20 === 0 || i === 0)) cell.append(element("span", "tick", this.place(i, this.data.region)));
    return cell;
  }

  place(i, genomic) {
    const origin = this.state.origins[i];
    if (!genomic || origin === null) return String(i + 1);
    return (genomic.first + genomic.step * origin).toLocaleString("en");
  }

  // The cursor and what is selected; a selection is told to Python once it rests.
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
    const counted = this.changed.length;
    this.find("where").textContent = `${words} of ${this.bases.length}; ${counted ? `${counted} edited` : "no base edited"}`;
    if (!choices.wrap && this.active()) this.scene.follow(this.at);
    const told = selected ? `${start}-${end}` : "";
    if (told !== this.selectionTold) {
      clearTimeout(this.telling);
      this.telling = setTimeout(() => { this.selectionTold = told; this.tellSelection(selected ? [start, end] : null); }, 600);
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
    const own = this.scene.part("ism");
    if (own && own.bases === this.bases && own.effects) {
      lines.push(...this.effects(i, own, `predicted effect in ${own.output} (${own.model}), ${own.unit}`));
    } else lines.push(element("div", "dim", "predicted effects follow when computed"));
    const measured = this.scene.part("measured");
    if (measured && measured.bases === this.bases && measured.effects) lines.push(...this.effects(i, measured, `measured (${measured.name}), log2 alt/ref`));
    const motifs = this.scene.part("motifs");
    if (motifs && motifs.bases === this.bases) {
      const here = motifs.stretches.filter((h) => i >= h.start && i < h.end);
      for (const h of here.slice(0, 4)) lines.push(element("div", "", h.hover));
      if (here.length > 4) lines.push(element("div", "dim", `and ${here.length - 4} more motif matches`));
    }
    for (const note of this.data.annotations.filter((a) => i >= a.start && i < a.end)) lines.push(element("div", "", note.name));
    card.replaceChildren(...lines);
    card.hidden = false;
    const cell = this.cells[i].getBoundingClientRect();
    const frame = this.grid.parentElement.getBoundingClientRect();
    const left = Math.min(Math.max(0, cell.left - frame.left - 20), frame.width - card.offsetWidth);
    const above = cell.top - frame.top - card.offsetHeight - 6;
    card.style.left = `${left}px`;
    card.style.top = `${above}px`;
  }

  // The effects of the substitutions of a base, for the card; nothing where none is known.
  effects(i, part, title) {
    const known = [..."ACGT"].map((b, j) => [b, part.effects[i][j]]).filter(([b, e]) => b !== this.bases[i] && e !== null);
    if (!known.length) return [];
    return [element("div", "dim", title), element("div", "", known.map(([b, e]) => `${b} ${signed(e)}`).join("   "))];
  }

  hover(i) {
    this.card(i);
    this.scene.light(i);
    this.hovered?.classList.remove("hovered");
    this.hovered = i === null ? null : this.cells[i];
    this.hovered?.classList.add("hovered");
  }

  // Named stretches, as the row of annotations takes them.
  annotations() {
    const stretches = this.data.annotations;
    return stretches.length ? { stretches } : { missing: "none yet: select bases, then Annotations" };
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
        // the sheet would lie over the bases; a change of what is dragged, at this very moment, would end the drag
        setTimeout(() => this.root.querySelector(".editor").classList.add("dragging"));
      });
      chip.addEventListener("dragend", () => {
        this.dragged = null;
        this.over(null);
        this.root.querySelector(".editor").classList.remove("dragging");
        this.find("motifs").closest("details").open = false;
      });
      chip.addEventListener("keydown", (event) => event.stopPropagation());
      chip.addEventListener("click", () => {
        this.write(motif, this.anchor === null ? this.at : this.selection()[0]);
        this.find("motifs").closest("details").open = false;
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
    this.find("following").hidden = !choices.wrap;
  }

  // What is predicted: the first model's answer comes with the document, those of all models and what else is known follow.
  predictions() {
    const place = this.find("prediction");
    const late = this.pending.length > 0;
    const whole = this.scene.part("readout");
    const rows = whole && whole.bases === this.bases ? whole.rows : this.data.prediction;
    place.classList.toggle("late", late);
    if (!rows?.length) {
      place.replaceChildren();
      return;
    }
    const several = new Set(rows.map((r) => r.model)).size > 1;
    const measured = rows.some((r) => r.measured);
    const interval = rows.some((r) => r.interval);
    const head = [
      ...["", "reference", "edited", "change", ...(interval ? [INTERVAL] : [])],
      ...["among the library", ...(measured ? ["measured"] : [])],
    ];
    const table = element("table", "readout");
    const top = element("tr");
    head.forEach((words, k) => {
      const cell = element("th", "", words);
      cell.scope = "col";
      if (TOLD[words]) cell.title = TOLD[words];
      if (!k) cell.append(element("span", "dim", several ? "model, cell type" : rows[0].label));
      top.append(cell);
    });
    table.append(top, ...rows.map((row) => this.readout(row, several, { interval, measured })));
    place.replaceChildren(table);
    place.dataset.values = JSON.stringify(rows);
    if (!late && this.pressedAt !== null && this.data.acked === this.sent) {
      const took = Math.round(performance.now() - this.pressedAt);
      this.pressedAt = null;
      place.dataset.milliseconds = took;
      table.title = `prediction back after ${took} ms`;
      this.announce(rows.map((r) => `${r.output} ${signed(changeOf(r))}`).join(", "));
    }
  }

  readout(row, several, { interval, measured }) {
    const line = element("tr");
    const name = element("th", "", several ? `${row.label} · ${row.output}` : row.output);
    name.scope = "row";
    if (several) name.title = row.model;
    const change = changeOf(row);
    const moved = change !== null && Math.abs(change) >= 0.005;
    const spread = row.spread === null || row.spread === undefined ? "" : ` ± ${row.spread.toFixed(2)}`;
    const told = element("td", moved ? (change > 0 ? "more" : "less") : "same",
      change === null ? "no known base" : moved ? `${change > 0 ? "▲" : "▼"} ${signed(change)}${spread}` : "0.00");
    const standing = element("td", "dim", row.standing || "");
    if (row.standing_told) standing.title = row.standing_told;
    line.append(name, element("td", "", known(row.reference)), element("td", "strong", known(row.edited)), told);
    if (interval) {
      const within = element("td", "dim", row.interval || "");
      if (row.interval_told) within.title = row.interval_told;
      line.append(within);
    }
    line.append(standing);
    if (measured) {
      const own = element("td", "", row.measured || "");
      if (row.measured_told) own.title = row.measured_told;
      line.append(own);
    }
    return line;
  }
}

const INTERVAL = "80% interval";
const TOLD = {
  reference: "Predicted activity of the reference, log2 RNA/DNA, both strands averaged",
  edited: "Predicted activity of the sequence as it stands, log2 RNA/DNA",
  change: "Edited minus reference; ± is the standard deviation of the change over the members of an ensemble",
  [INTERVAL]: "Where 80 of 100 measurements of such elements lie, log2 RNA/DNA; unsure: wider than for nine in ten",
  "among the library": "How many of the held-out elements of the library this model predicts lower",
  measured: "The measured effect of the same edit, log2 alt/ref",
};

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

function known(value) {
  return value === null ? "–" : value.toFixed(2).replace("-", "−");
}

function signed(value) {
  return value === null ? "–" : `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}`;
}
