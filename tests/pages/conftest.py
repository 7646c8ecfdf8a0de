"""What the page tests share: the app with toy models, with a small library, with or without data and network."""

from __future__ import annotations

import base64
import dataclasses
import functools
import json
import socket
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest
from streamlit.util import AttributeDictionary

from engine import statistics, store
from engine.data import lentimpra, splits
from engine.data.satmut import MATCHED, MATCHED_ELEMENTS
from engine.editor.document import Document
from engine.evaluation import cagi5
from engine.experiments import checkpoints
from engine.experiments.declared import EXPERIMENTS, Architecture
from engine.genome import effects
from engine.models.predict import predict
from engine.sequence import Sequence
from pages.panels.explorer import editor
from pages.panels.saturation import variants as saturation_variants
from pages.panels.side_by_side import effects as side_by_side_effects
from pages.shared import address, copying, kept, search, tour, work
from pages.shared import library as held_out

ROOT = Path(__file__).resolve().parent.parent.parent
OUTPUTS = ("K562", "HepG2", "WTC11")
METRIC = {"value": 0.7123, "low": 0.6987, "high": 0.7261, "n": 5698}


def _metrics(outputs: tuple[str, ...], shift: float = 0.0) -> dict:
    metric = {k: v + shift if isinstance(v, float) else v for k, v in METRIC.items()}
    return {
        "standardisation": {o: {"mean": 0.1, "sd": 2.0} for o in outputs},
        "held_out": {o: {"spearman": metric} for o in outputs},
        "cagi5": {"matched_mean": {outputs[0]: {"test": {"all": metric | {"n": 2001}, "high": metric | {"n": 402}}}}},
    }


def full_metrics(outputs: tuple[str, ...], value: float) -> dict:
    """Everything that metrics.json can hold, with `value` as held-out Spearman and the rest at a distance from it."""

    def metric(shift: float, n: int = 500) -> dict:
        at = round(value + shift, 4)
        return {"value": at, "low": round(at - 0.01, 4), "high": round(at + 0.01, 4), "n": n}

    def challenge(shift: float = 0.0) -> dict:
        return {"test": {"all": metric(shift - 0.3), "high": metric(shift - 0.1, 90)}}

    transfer = {"test": {"all": metric(-0.35), "high": metric(-0.15, 80)}}
    return {
        "standardisation": {o: {"mean": 0.1, "sd": 2.0} for o in outputs},
        "training": {
            "seed": 42, "epochs": 2, "seconds": 90.0, "samples_per_second": 2016.8, "device": "CPU, 1 threads",
            "precision": "bfloat16", "split": "homology-aware", "validation_spearman": dict.fromkeys(outputs, value),
            "rows": {"training": 45584, "validation": 5698, "test": 5697},
            "history": [
                {"epoch": e, "training_loss": 1 / e, "seconds": 9.0, "validation_spearman": dict.fromkeys(outputs, v)}
                for e, v in ((1, 0.1), (2, value))
            ],
        },
        "held_out": {
            o: {"spearman": metric(0), "pearson": metric(0.02), "pairwise_accuracy": metric(0.1),
                "ndcg_at_10": metric(0.12)}
            for o in outputs
        },
        "cagi5": {
            "elements": {
                n: {"cells": "some", "spearman": dict.fromkeys(outputs, challenge(i / 100))}
                for i, n in enumerate(MATCHED_ELEMENTS)  # each has scores of its own
            },
            "matched_mean": {o: challenge() for o in outputs if o in MATCHED},
            "transfer_mean": {o: {c: transfer for c in MATCHED if c != o} for o in outputs},
        },
        "effect_strata": {
            o: {"weakest": metric(-0.5), "strongest": metric(0.05)} for o in outputs if o in MATCHED
        },
    }  # fmt: skip


class BrowserEditor:
    """Stands for the instrument, which needs a browser: shows what it was given, sends operations and its zoom."""

    def __init__(self):
        self.shown: dict = {}
        self.parts: dict[str, dict] = {}  # the tracks and words that were handed over, by name
        self.pending: tuple[dict, ...] = ()
        self.zoom: tuple[list[int] | None] | None = None

    def send(self, operations: tuple[dict, ...]) -> None:
        self.pending = operations

    def feed(self, key: str, data: dict) -> None:
        self.parts[data["part"]] = data

    def __call__(self, key: str, data: dict, on_operations_change, on_view_change, on_selection_change) -> None:
        self.shown = data
        if self.pending:
            numbered = [{"number": data["acked"] + i, **o} for i, o in enumerate(self.pending, 1)]
            self.pending = ()
            st.session_state[key] = {"operations": {"version": data["version"], "list": numbered}}
            on_operations_change()
            st.rerun()
        if self.zoom:
            st.session_state[key] = {"view": self.zoom[0]}
            self.zoom = None
            on_view_change()
            st.rerun()

    @property
    def rows(self) -> list[str]:
        """The names of the rows that the instrument keeps free."""
        return [row["id"] for row in self.shown["rows"]]

    @property
    def sentence(self) -> str:
        """What the edits did, above the editor."""
        return self.parts["words"]["text"]


class Screen:
    """A page as a user sees and uses it; `at` is Streamlit's own handle on it."""

    def __init__(self, at: AppTest, editor: BrowserEditor):
        self.at, self.editor = at, editor

    def open(self, page: str) -> Screen:
        """Go to another page of the same session."""
        self.at.switch_page(f"pages/{page}.py").run()
        return self

    @property
    def failures(self) -> list[str]:
        """Exceptions that the user would see as a traceback."""
        return [e.value for e in self.at.exception]

    @property
    def words(self) -> str:
        """All that the page says outside tables and figures."""
        at = self.at
        kinds = (at.title, at.subheader, at.markdown, at.caption, at.info, at.warning, at.error)
        said = [str(element.value) for kind in kinds for element in kind]
        return "\n".join([*said, self.editor.parts.get("words", {}).get("text", "")])

    @property
    def title(self) -> str:
        """The page's name; the Explorer gives its line to the instrument once a sequence is open."""
        return self.at.title[0].value if self.at.title else "Explorer"

    @property
    def document(self) -> Document:
        """The document on the bench."""
        return self.at.session_state["bench"].document

    @property
    def edits(self) -> list[str]:
        """The edits in force, in the words of the document."""
        return [e.description for e in self.document.applied]

    @property
    def text(self) -> str:
        """What stands in the Explorer's text field."""
        return self._field("editor_text").value

    def _field(self, key: str):
        """The text field whose key begins so: the Explorer's has a number behind it."""
        return next(f for f in (*self.at.text_area, *self.at.text_input) if f.key and f.key.startswith(key))

    @property
    def table(self) -> pd.DataFrame:
        """The page's first table; the Explorer's predictions by model and cell type."""
        tables = [t.value for t in self.at.dataframe]
        predicted = [t for t in tables if "reference" in t and "edited" in t]
        return predicted[0].set_index(["model", "cell type"]) if predicted else tables[0]

    def values(self, kind: str) -> list[str]:
        """The texts of one kind of element: 'error', 'warning', 'info', 'caption'."""
        return [str(e.value) for e in getattr(self.at, kind)]

    def button(self, label: str):
        """The one button with this label."""
        (found,) = [b for b in self.at.button if b.label == label]
        return found

    def press(self, label: str) -> Screen:
        self.button(label).click().run()
        return self

    def type(self, key: str, text: str) -> Screen:
        """Write into a text field and leave it."""
        self._field(key).set_value(text).run()
        return self

    def zoom(self, view: tuple[int, int] | None) -> Screen:
        """What the instrument sends when its user zooms to a stretch (0-based, half-open), or to all."""
        self.editor.zoom = (view and list(view),)
        self.at.run()
        return self

    def open_drawer(self) -> Screen:
        """The drawer of the Explorer with the sources of sequences."""
        self.at.session_state["open_drawer"] = True
        self.at.run()
        return self

    def edit(self, *operations: dict) -> Screen:
        """What the sequence editor sends when these operations are done in the browser."""
        self.editor.send(operations)
        self.at.run()
        return self

    def substitute(self, position: int, base: str) -> Screen:
        """A base typed over the one at a 0-based position."""
        return self.edit({"kind": "splice", "start": position, "removed": 1, "inserted": base})

    def choose(self, key: str, value: object) -> Screen:
        """Set a selectbox, multiselect, slider, number, toggle or segmented control."""
        at = self.at
        kinds = (at.selectbox, at.multiselect, at.slider, at.number_input, at.toggle, at.segmented_control)
        next(w for kind in kinds for w in kind if w.key == key).set_value(value).run()
        return self

    def figure(self, key: str) -> dict:
        """The figure whose key begins so, as plotly's JSON."""
        (chart,) = [c for c in self.at.get("plotly_chart") if c.key.startswith(key)]
        return json.loads(chart.proto.spec)

    @property
    def figures(self) -> set[str]:
        """The keys of all figures on the page."""
        return {c.key for c in self.at.get("plotly_chart")}

    def markers(self, key: str) -> list[dict]:
        """The invisible markers of the logos in a figure, which hold letters and numbers, row by row."""
        return [t for t in self.figure(key)["data"] if t.get("mode") == "markers"]

    @staticmethod
    def numbers(values: list | dict) -> list:
        """Numbers of a figure, which plotly may have packed, row by row."""
        if isinstance(values, list):
            return values
        unpacked = np.frombuffer(base64.b64decode(values["bdata"]), values["dtype"])
        return unpacked.reshape([int(n) for n in values.get("shape", "-1").split(",")]).tolist()

    def click(self, chart: str, *customdata: object) -> Screen:
        """Click the marker that carries `customdata` in the figure whose key begins with `chart`."""
        (key,) = [c.key for c in self.at.get("plotly_chart") if c.key.startswith(chart)]
        points = {"points": [{"customdata": list(customdata)}], "point_indices": [0], "box": [], "lasso": []}
        self.at.session_state[key] = AttributeDictionary({"selection": points})
        self.at.run()
        return self

    def pick_row(self, table: str, row: int) -> Screen:
        """Select a row of the table whose key begins with `table`."""
        (key,) = [d.key for d in self.at.dataframe if d.key and d.key.startswith(table)]
        self.at.session_state[key] = AttributeDictionary({"selection": {"rows": [row], "columns": [], "cells": []}})
        self.at.run()
        return self


@pytest.fixture
def trained(models_folder, toy_model, toy_options) -> Path:
    """Two small models in trained_models/: the declared joint_legnet, and 'mine', which knows K562 and HepG2 only."""
    for name, architecture, outputs in (("joint_legnet", "legnet", OUTPUTS), ("mine", "dream_rnn", OUTPUTS[:2])):
        declared = dataclasses.replace(
            EXPERIMENTS["joint_legnet"], name=name, model=Architecture(architecture, toy_options[architecture])
        )
        checkpoints.save(name, toy_model(architecture, outputs), declared)
        checkpoints.save_metrics(name, _metrics(outputs, shift=-0.1 if name == "mine" else 0.0))
    return models_folder


STUDY = {
    "joint_legnet": 0.7, "B1_baseline_mse": 0.6, "R1_plackett_luce": 0.65, "C1_pl_linear_curriculum": 0.55,
    "H1_HepG2_baseline_mse": 0.5,
}  # fmt: skip


@pytest.fixture
def study(models_folder, save_model) -> Path:
    """Five small models in trained_models/ under names of the study, described and scored as these would be."""
    for seed, (name, value) in enumerate(STUDY.items()):
        outputs = EXPERIMENTS[name].task.outputs
        save_model(name, seed=seed, metrics=full_metrics(outputs, value), outputs=outputs)
        described = checkpoints.read_description(name) | {"experiment": EXPERIMENTS[name].as_dict()}
        store.write_json(models_folder / name / checkpoints.DESCRIPTION, described)
    return models_folder


@pytest.fixture(scope="session")
def _cache(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("pages-cache")


@pytest.fixture(autouse=True)
def quick(_cache, monkeypatch):
    """Variants scored in one window, 8 steps of Integrated Gradients, 50 resamples; a cache for these numbers alone."""
    monkeypatch.setenv("CISLENS_CACHE", str(_cache))
    one_window = functools.partial(cagi5.element_effects, scoring=effects.Scoring(offsets=(0,)))
    monkeypatch.setattr(cagi5, "element_effects", one_window)
    monkeypatch.setattr(work, "IGSettings", functools.partial(work.IGSettings, steps=8))
    # where it is used: a module that was first loaded under a patch of its source would keep that for ever
    for module in (saturation_variants, side_by_side_effects):
        monkeypatch.setattr(module, "measure", functools.partial(statistics.measure, resamples=50))


@pytest.fixture
def no_network(monkeypatch):
    """Nobody outside this process answers."""

    def refuse(self, address):
        raise ConnectionRefusedError(f"{address} is out of reach")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def no_data(monkeypatch, tmp_path, no_network) -> Path:
    """A computer that never downloaded anything and cannot now; the folder that downloads would go to."""
    monkeypatch.delenv("CISLENS_DATA", raising=False)
    monkeypatch.setenv("CISLENS_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "downloads"


@pytest.fixture
def library(monkeypatch) -> lentimpra.ActivityTable:
    """A library of twenty made-up elements in place of the real one, whose first reading takes long."""
    rng = np.random.default_rng(3)
    names = np.array([f"{'ENSG' if i % 2 else 'peak'}{i:02}" for i in range(20)])
    table = lentimpra.ActivityTable(
        names,
        rng.integers(0, 4, (20, 200)).astype(np.uint8),
        np.round(rng.normal(size=(20, 3)), 2).astype(np.float32),
        OUTPUTS,
        np.array([lentimpra.element_class(n) for n in names]),
        "made up",
    )
    folds = (np.arange(20) % 10).astype(np.int8)
    monkeypatch.setattr(lentimpra, "joint", lambda: table)
    monkeypatch.setattr(splits, "joint_split", lambda _: splits.Split(folds, np.arange(20, dtype=np.int32), "made up"))
    held_out.joint.clear()  # the pages keep what they read first
    yield table
    held_out.joint.clear()


@pytest.fixture(autouse=True)
def browser_editor(monkeypatch) -> BrowserEditor:
    """In place of the sequence editor."""
    stand_in = BrowserEditor()
    monkeypatch.setattr(editor, "_EDITOR", stand_in)
    monkeypatch.setattr(editor, "_FEED", stand_in.feed)
    monkeypatch.setattr(kept, "_KEEPER", lambda **_: None)
    monkeypatch.setattr(address, "_BROWSER", lambda **_: None)
    monkeypatch.setattr(tour, "_TOUR", lambda **_: None)
    monkeypatch.setattr(copying, "_COPY", lambda **_: None)
    monkeypatch.setattr(search, "_LINE", lambda **_: None)
    monkeypatch.setattr(search, "_NAMES", lambda **_: None)
    return stand_in


@pytest.fixture
def app(library, browser_editor):
    """The app, on the page whose file is named; further words are put into its session state first.

    `link` is what stands behind the question mark of the page's address.
    """

    def open_page(page: str = "home", link: dict[str, str] | None = None, **state) -> Screen:
        screen = Screen(AppTest.from_file(str(ROOT / "app.py"), default_timeout=120).run(), browser_editor)
        for key, value in state.items():
            screen.at.session_state[key] = value
        screen.at.query_params |= link or {}
        return screen if page == "home" else screen.open(page)

    return open_page


@pytest.fixture
def known(monkeypatch, tmp_path) -> str:
    """The token of a browser that tells which one it is; nothing was kept for it yet."""
    monkeypatch.setenv("CISLENS_CACHE", str(tmp_path))
    token = "0123abcd-" * 4

    def tell(key, **_):
        st.session_state[key] = {"browser": token}

    monkeypatch.setattr(kept, "_KEEPER", tell)
    return token


@pytest.fixture
def explorer(app):
    """The Explorer with a pasted sequence on the bench."""

    def open_sequence(text: str, **state) -> Screen:
        screen = app("explorer", **state).type("paste_text", text)
        screen.at.button(key="open_paste").click().run()
        return screen

    return open_sequence


@pytest.fixture
def expected():
    """What the engine predicts for a sequence, without any page."""

    def compute(name: str, bases: str, policy: str | None = None) -> np.ndarray:
        return predict(checkpoints.load(name).model, [Sequence("s", bases)], policy=policy).values[0]

    return compute


@pytest.fixture
def bases(random_bases) -> str:
    """A sequence as long as the models' window."""
    return random_bases(200, seed=11)


@pytest.fixture
def downloads(monkeypatch) -> dict[str, str]:
    """What each download button on the page would save, by its label and by the name of the file."""
    offered: dict[str, str] = {}
    button = st.download_button

    def note(label, data, file_name, *more, **options):
        offered[label] = offered[file_name] = data() if callable(data) and label.startswith("Save session") else data
        return button(label, data, file_name, *more, **options)

    monkeypatch.setattr(st, "download_button", note)
    return offered
