"""What every page shows, as data: how each is opened and used, and its figures, tables and numbers in words."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from streamlit.testing.v1 import AppTest

from tests.golden import _reach, cases, summary

PAGES = _reach.PAGES
LOSS = cases.LOSS
# an edited sequence of 200 random bases with a GATA and an SP1 site, one model and one cell type, as the Explorer's
# address holds them
LINK = (
    "eNpdUMtqwzAQ_JWyZx_qlITgQ2G7Bx1y1a2Y4MbbIogsI8uFEvzvnRWhtLXxeh8zs48bvacch0Jd29CYLmvUqSzUvd5oGqJSR3NO"
    "MRXN1NDbsChqxN6LiPPMXjyLQ8zsvLAwCz4z3tW0OOS9A9gSwLNzzrjOgPaDYUDZCijdjQmwsy7mGxIPhOAa1LjQRr02NKw3lImg"
    "rVHxshhHai9f0zYFgsoXwUoph48wYafyNeuIhI7hvv-oyyWHuYRk9ePhgZ-NsZQh41zHfUNZY_oEy24XpkVzsYCEtuY_fdSrVvdH"
    "oN09_lJ4-qNAW7_1DcUEmg1DL-3Zjn8Nk57jooRiWsu81lHptD_sqN--Abr_jAc"
)
Step = tuple[Any, ...]  # what is done, and with what
OPEN: list[Step] = [("visit", "explorer", LINK)]

SCENES: dict[str, dict[str, list[Step]]] = {
    "home": {"landing": []},
    "explorer": {"landing": [], "edited": [("link", LINK)]},
    "in_silico": {
        "landing": [],
        "doubles": [
            *OPEN, ("choose", "silico_experiment", "Double mutants"), ("choose", "silico_doubles_from-197", 80),
            ("choose", "silico_doubles_to-197", 83), ("press", "Compute the double mutants"),
        ],
        "shuffles": [
            *OPEN, ("choose", "silico_experiment", "Block shuffle"), ("choose", "silico_blocks_stride", 40),
            ("choose", "silico_blocks_shuffles", 3), ("press", "Shuffle the blocks"),
        ],
        "knock-out": [
            *OPEN, ("choose", "silico_experiment", "Knock-out"), ("choose", "silico_out_shuffles", 4),
            ("press", "Knock it out"),
        ],
        "knock-in": [
            *OPEN, ("choose", "silico_experiment", "Knock-in"), ("choose", "silico_in_stride", 40),
            ("press", "Write it everywhere"),
        ],
        "backgrounds": [
            *OPEN, ("choose", "silico_experiment", "Motifs in backgrounds"), ("choose", "silico_embed_count", 6),
            ("press", "Embed the motifs"),
        ],
        "walk": [
            *OPEN, ("choose", "silico_experiment", "Guided substitutions"), ("choose", "silico_walk_edits", 1),
            ("press", "Search"),
        ],
    },
    "variants": {
        "landing": [],
        "typed": [
            ("state", "models", [LOSS]), ("state", "variants_element", "SORT1"), ("state", "variants_build", "GRCh37"),
            ("type", "variants_typed", "chr1:109817590 G>T\nNC_000001.10:g.109817590del\n"),
            ("press", "variants-start"),
        ],
    },
    "scan": {
        "landing": [],
        "uploaded": [("state", "models", [LOSS]), ("upload", "scan_upload", "long.fa"), ("press", "scan-start")],
    },
    "saturation": {"landing": [], "another": [("state", "models", [LOSS]), ("choose", "sat_element", "HBB")]},
    "benchmark": {
        "landing": [],
        "HepG2": [("choose", "bench_cell", "HepG2"), ("choose", "bench_confidence", "high")],
    },
    "losses": {"landing": []},
    "representations": {
        "landing": [],
        **{s: [("choose", "representations_section", s)] for s in ("Similarity", "Probes", "Predictions")},
    },
    "published_findings": {"landing": []},
    "attributions": {
        "landing": [],
        "ISM": [("choose", "attributions_method", "ism")],
        "HepG2": [("choose", "attributions_cell", "HepG2")],
    },
    "motifs": {
        "landing": [],
        **{
            v: [("choose", "motifs_view", v)]
            for v in ("In the embeddings", "Effect on predictions", "Found in the maps")
        },
        "curves": [
            ("state", "motifs_curve_model", LOSS), ("choose", "motifs_view", "Copies, gaps, pairs"),
            ("choose", "motifs_curve_count", 5), ("press", "Predict"),
        ],
    },
    "reliability": {"landing": [], "another": [("choose", "reliability_model", LOSS)]},
}  # fmt: skip
# their short tables hold measurements of the public data: told by moments
MEASURED = ("explorer", "variants", "saturation", "losses", "representations", "attributions", "reliability")
KINDS = ("selectbox", "multiselect", "slider", "number_input", "toggle", "segmented_control", "text_area", "text_input")


def play(page: str, scene: str) -> AppTest:
    """The app, on this page, after the steps of a scene."""
    at = AppTest.from_file(str(_reach.APP), default_timeout=300).run()
    steps = list(SCENES[page][scene])
    for step in steps:
        if step[0] == "visit":
            at.query_params[_reach.LINK] = step[2]
            at.switch_page(PAGES[step[1]]).run()
        elif step[0] == "link":
            at.query_params[_reach.LINK] = step[1]
        elif step[0] == "state":
            at.session_state[_reach.widget(step[1])] = step[2]
    if page != "home":
        at.switch_page(PAGES[page]).run()
    for what, *with_ in steps:
        if what in ("choose", "type"):
            _widget(at, _reach.widget(with_[0])).set_value(with_[1]).run()
        elif what == "press":
            _button(at, with_[0]).click().run()
        elif what == "upload":
            content = f">long\n{cases._bases(330, 2)}\n".encode()
            at.file_uploader(key=_reach.widget(with_[0])).set_value((with_[1], content, "text/plain")).run()
    assert not at.exception, [e.value for e in at.exception]
    return at


def _widget(at: AppTest, key: str):
    return next(w for kind in KINDS for w in getattr(at, kind) if w.key and w.key.startswith(key))


def _button(at: AppTest, name: str):
    return next(b for b in at.button if name in (b.label, b.key))


def collect_page(page: str, raw: bool = False) -> dict[str, dict]:
    """What a page shows in each of its scenes; `raw`: with every number."""
    return {scene: collect(play(page, scene), page, raw) for scene in SCENES[page]}


def collect(at: AppTest, page: str, raw: bool = False) -> dict[str, list]:
    """`figures` and `tables`, each a list of lines, `metrics` and `words`, each a line."""
    rows = page not in MEASURED
    tables = [_table(t.value) for kind in (at.dataframe, at.table) for t in kind]
    words = [str(e.value) for kind in (at.title, at.subheader, at.markdown, at.caption) for e in kind]
    words += [str(e.value) for kind in (at.info, at.warning, at.error, at.success) for e in kind]
    parts = [part for c in at.get("bidi_component") if "part" in (part := json.loads(c.proto.json or "{}") or {})]
    words += [part["text"] for part in parts if "text" in part]
    return {
        "figures": [list(_figure(json.loads(c.proto.spec), raw)) for c in at.get("plotly_chart")]
        + [list(_part(part, raw)) for part in parts],
        "tables": [[",".join(r) for r in t] if raw else summary.table(t, rows) for t in tables],
        "metrics": [f"{m.label}: {m.value} {m.delta or ''}".rstrip() for m in at.metric],
        "words": [_line(w) for w in words if re.search(r"\d", w) and not _of_machine(w)],
    }


def _of_machine(text: str) -> bool:
    """Whether a text tells of the computer or of the time it took."""
    return bool(re.search(r"thread|\bGPU\b|\bCPU\b|/tmp|\d s\b", text))


def _line(text: str) -> str:
    joined = " ".join(re.sub(r"<(svg|style).*?</\1>", " ", text, flags=re.DOTALL).split())
    return joined if len(joined) <= 1500 else joined[:300] + " ... " + summary.mixed([joined])


def _table(frame: pd.DataFrame) -> list[list[str]]:
    """Columns, then rows; a named index is a column."""
    frame = frame if isinstance(frame.index, pd.RangeIndex) else frame.reset_index()
    return [list(map(str, frame.columns)), *([_cell(v) for v in row] for row in frame.itertuples(index=False))]


def _cell(value: object) -> str:
    if isinstance(value, float | np.floating):
        return "" if np.isnan(value) else summary.rounded(value)
    if isinstance(value, list | tuple | np.ndarray):
        return summary.moments(value) if len(value) and not isinstance(value[0], str) else " ".join(map(str, value))
    text = "" if value is None else " ".join(str(value).split())
    return text if len(text) < 400 else summary.mixed([text])


def _figure(spec: dict, raw: bool) -> Iterator[str]:
    """Lines that tell a figure: its titles and notes, then each trace with its arrays."""
    layout = spec.get("layout", {})
    titles = [_title(layout)] + [_title(layout[k]) for k in sorted(layout) if re.fullmatch(r"[xy]axis\d*", k)]
    yield "figure " + " | ".join(t for t in titles if t)
    notes = [str(a.get("text", "")) for a in layout.get("annotations", [])]
    if notes:
        yield "notes " + (" | ".join(notes) if len(notes) < summary.LONG else summary.mixed(notes))
    if layout.get("shapes"):
        yield f"{len(layout['shapes'])} shapes"
    for trace in spec.get("data", []):
        yield f"trace {trace.get('type', 'scatter')} {trace.get('mode', '')} {trace.get('name', '')}".rstrip()
        for key, value in _arrays(trace):
            yield f"  {key}: {_array(value, raw)}"


def _part(part: dict, raw: bool) -> Iterator[str]:
    """Lines that tell what the Explorer's instrument was handed."""
    yield f"part {part['part']}"
    for key, value in _arrays({k: v for k, v in part.items() if not isinstance(v, list) or not _of_dicts(v)}):
        yield f"  {key}: {_array(value, raw)}"
    for key in (k for k, v in part.items() if isinstance(v, list) and _of_dicts(v)):
        for row in part[key]:
            yield f"  {key}: " + " | ".join(
                f"{k} {v:.4g}" if isinstance(v, float) else f"{k} {v}" for k, v in row.items()
            )


def _of_dicts(values: list) -> bool:
    return bool(values) and isinstance(values[0], dict)


def _title(part: dict) -> str:
    title = part.get("title", "")
    return title.get("text", "") if isinstance(title, dict) else title


def _arrays(part: dict, path: str = "") -> Iterator[tuple[str, list]]:
    """The arrays of a trace by their path, unpacked."""
    for key in sorted(part):
        value, name = part[key], f"{path}{key}"
        if isinstance(value, dict) and "bdata" in value:
            yield name, np.frombuffer(base64.b64decode(value["bdata"]), value["dtype"]).tolist()
        elif isinstance(value, dict):
            yield from _arrays(value, name + ".")
        elif isinstance(value, list | tuple) and len(value) and key != "colorscale":
            yield name, _flat(value)


def _flat(values: list) -> list:
    return [v for part in values for v in (_flat(part) if isinstance(part, list) else [part])]


def _array(values: list, raw: bool) -> str:
    known = [v for v in values if v is not None]
    if known and all(isinstance(v, int | float) and not isinstance(v, bool) for v in known):
        numbers = [np.nan if v is None else v for v in values]
        if raw or len(values) <= summary.LONG:
            return " ".join(repr(v) if raw else summary.rounded(v) for v in numbers)
        if all(float(v).is_integer() for v in known):
            return summary.words([v if v is None else int(v) for v in values])
        return summary.moments(numbers)
    if raw or len(values) <= summary.LONG // 2:
        return " | ".join(" ".join(str(v).split()) for v in values)
    return summary.mixed([str(v) for v in values])
