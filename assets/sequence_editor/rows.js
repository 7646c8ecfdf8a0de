// The tracks as SVG text: one function a kind of row. Each takes what was computed (`part`) and a frame: `from` and `to`
// (the stretch drawn, 0-based, half-open), `cell` (pixels a base), `height`, `colours`, `bases`. x is in pixels of the whole
// sequence. Colours are opaque only where there is an effect, so that no effect is the page's own ground.

const UP = "#d9480f", DOWN = "#1971c2";  // more and less active; told apart with any colour vision
const GLYPH = { A: 7.22, C: 7.22, G: 7.78, T: 6.11 };  // advance of a bold Arial letter of 10 px
const CAPITAL = 7.16;  // its height
const LANE = 15;  // px, of a lane of named stretches

const ROWS = {
  logo(part, frame) {
    const { values } = part;
    const known = values.filter((v) => v !== null);
    const top = Math.max(1e-9, ...known), bottom = Math.min(-1e-9, ...known);
    const scale = (frame.height - 6) / (top - bottom), zero = 3 + top * scale;
    const marks = [line(frame, zero)];
    for (let i = frame.from; i < frame.to; i += 1) {
      const value = values[i];
      if (value === null || Math.abs(value) * scale < 0.4) continue;
      marks.push(glyph(frame, i, frame.bases[i], value * scale, zero));
    }
    return { svg: marks.join(""), top, bottom, zero };
  },

  bars(part, frame) {
    if (!part.values) return { svg: "", note: part.note };
    const known = part.values.filter((v) => v !== null);
    const most = Math.max(1e-9, ...known.map(Math.abs)), zero = frame.height / 2, scale = (frame.height / 2 - 3) / most;
    const marks = [line(frame, zero)];
    for (let i = frame.from; i < frame.to; i += 1) {
      const value = part.values[i];
      if (value === null || !value) continue;
      const tall = Math.abs(value) * scale;
      marks.push(rect(i * frame.cell, value > 0 ? zero - tall : zero, Math.max(0.6, frame.cell - 0.4), tall, value > 0 ? UP : DOWN));
    }
    return { svg: marks.join(""), top: most, bottom: -most, zero };
  },

  // A value of 0 to 1 a position, as a line.
  line(part, frame) {
    const points = [];
    for (let i = frame.from; i < frame.to; i += 1) {
      if (part.values[i] !== null) points.push(`${((i + 0.5) * frame.cell).toFixed(1)},${(frame.height - 2 - part.values[i] * (frame.height - 4)).toFixed(1)}`);
    }
    return { svg: `<polyline points="${points.join(" ")}" fill="none" stroke="currentColor" stroke-opacity="0.7" stroke-width="1.3"/>`, top: 1, bottom: 0 };
  },

  // Mean of several models with a band of one standard deviation.
  band(part, frame) {
    const high = part.mean.map((m, i) => (m === null ? null : m + part.sd[i])), low = part.mean.map((m, i) => (m === null ? null : m - part.sd[i]));
    const known = [...high, ...low].filter((v) => v !== null);
    const top = Math.max(1e-9, ...known), bottom = Math.min(-1e-9, ...known), scale = (frame.height - 6) / (top - bottom);
    const y = (v) => (3 + (top - v) * scale).toFixed(1);
    const x = (i) => ((i + 0.5) * frame.cell).toFixed(1);
    const own = [];
    for (let i = frame.from; i < frame.to; i += 1) if (part.mean[i] !== null) own.push(i);
    const area = [...own.map((i) => `${x(i)},${y(high[i])}`), ...own.toReversed().map((i) => `${x(i)},${y(low[i])}`)].join(" ");
    const dots = own.filter((i) => part.same[i] === 1).map((i) => `<circle cx="${x(i)}" cy="${y(part.mean[i])}" r="1.8" fill="${DOWN}"/>`);
    return {
      svg: line(frame, 3 + top * scale) + `<polygon points="${area}" fill="${DOWN}" fill-opacity="0.22"/>`
        + `<polyline points="${own.map((i) => `${x(i)},${y(part.mean[i])}`).join(" ")}" fill="none" stroke="${DOWN}" stroke-width="1.3"/>${dots.join("")}`,
      top, bottom,
    };
  },

  // Effects of substitutions, one line a new base, in standard deviations of the map's own values: opaque at three.
  map(part, frame) {
    const tall = frame.height / 4, marks = [];
    for (let i = frame.from; i < frame.to; i += 1) {
      [..."ACGT"].forEach((base, j) => {
        const value = part.effects[i][j], x = i * frame.cell, y = j * tall;
        if (base === frame.bases[i]) {
          marks.push(`<circle cx="${((i + 0.5) * frame.cell).toFixed(1)}" cy="${y + tall / 2}" r="${Math.min(1.6, frame.cell / 4)}" fill="currentColor" fill-opacity="0.45"/>`);
        } else if (value === null) marks.push(rect(x, y, frame.cell, tall, "url(#unmeasured)"));
        else marks.push(rect(x, y, frame.cell, tall, value > 0 ? UP : DOWN, Math.min(1, Math.abs(value) / part.sd / 3)));
      });
    }
    return { svg: marks.join(""), letters: tall };
  },

  // Stretches with a name: motif matches, annotations. What does not fit into the lanes is counted.
  stretches(part, frame) {
    const taken = Array.from({ length: Math.floor(frame.height / LANE) }, () => []), marks = [];
    let left = 0;
    for (const own of part.stretches) {
      if (own.end <= frame.from || own.start >= frame.to) continue;
      const a = own.start * frame.cell, b = own.end * frame.cell, middle = (a + b) / 2;
      const words = (own.status === "gained" ? "+ " : own.status === "lost" ? "− " : "") + own.name;
      const half = Math.max(b - a, words.length * 6.3 + 6) / 2;
      const lane = taken.findIndex((places) => places.every(([c, d]) => middle + half <= c || middle - half >= d));
      if (lane < 0) {
        left += 1;
        continue;
      }
      taken[lane].push([middle - half, middle + half]);
      marks.push(arrow(own, a, b, lane * LANE + 1, LANE - 2));
      const inside = Math.min(Math.max(middle, frame.from * frame.cell + half), frame.to * frame.cell - half);
      marks.push(`<text x="${inside.toFixed(1)}" y="${lane * LANE + 11}" text-anchor="middle" font-size="10.5" fill="currentColor"${own.status === "lost" ? ' text-decoration="line-through"' : ""}>${escaped(words)}</text>`);
    }
    return { svg: marks.join(""), left };
  },
};

const HATCH = '<pattern id="unmeasured" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
  + '<line x1="0" y1="0" x2="0" y2="5" stroke="currentColor" stroke-opacity="0.28" stroke-width="1.2"/></pattern>';
const STRETCH = { gained: "#2f9e44", lost: "#e03131" };

function arrow(own, a, b, y, tall) {
  const tip = Math.min(5, (b - a) / 3), colour = STRETCH[own.status] || own.colour || "#868e96";
  const points = own.strand === "-" ? [[b, y], [a + tip, y], [a, y + tall / 2], [a + tip, y + tall], [b, y + tall]]
    : own.strand === "+" ? [[a, y], [b - tip, y], [b, y + tall / 2], [b - tip, y + tall], [a, y + tall]] : [[a, y], [b, y], [b, y + tall], [a, y + tall]];
  return `<polygon points="${points.map(([x, v]) => `${x.toFixed(1)},${v}`).join(" ")}" fill="${escaped(colour)}" fill-opacity="${own.status === "lost" ? 0.06 : 0.25}" `
    + `stroke="${escaped(colour)}" stroke-width="${own.status === "gained" ? 2 : 1}"${own.status === "lost" ? ' stroke-dasharray="3 2"' : ""}/>`;
}

function glyph(frame, i, base, height, zero) {
  const x = i * frame.cell, tall = Math.abs(height), colour = frame.colours[base] || "#868e96";
  if (frame.cell < 4 || !GLYPH[base]) return rect(x, height > 0 ? zero - tall : zero, Math.max(0.6, frame.cell - 0.3), tall, colour);
  const across = (frame.cell / GLYPH[base]).toFixed(3), up = (tall / CAPITAL).toFixed(3);
  return `<text transform="translate(${x.toFixed(2)} ${(height > 0 ? zero : zero + tall).toFixed(2)}) scale(${across} ${up})" fill="${colour}"`
    + `${height < 0 ? ' fill-opacity="0.72"' : ""} class="glyph">${base}</text>`;
}

function rect(x, y, width, height, fill, opacity) {
  return `<rect x="${x.toFixed(2)}" y="${y.toFixed(2)}" width="${width.toFixed(2)}" height="${height.toFixed(2)}" fill="${fill}"`
    + `${opacity === undefined ? "" : ` fill-opacity="${opacity.toFixed(3)}"`}/>`;
}

function line(frame, y) {
  return `<line x1="${frame.from * frame.cell}" x2="${frame.to * frame.cell}" y1="${y.toFixed(1)}" y2="${y.toFixed(1)}" stroke="currentColor" stroke-opacity="0.25"/>`;
}

function escaped(text) {
  return String(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
