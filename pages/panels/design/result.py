"""What the parts of a result share."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from engine import store
from engine.data.library import Library
from engine.design.metrics.novelty import Trained
from engine.design.ranking import Ranked
from engine.design.results import Goal
from engine.design.warnings import Preset
from engine.experiments.checkpoints import Checkpoint
from pages.panels.design.method import Chosen
from pages.shared import library


@dataclass(frozen=True)
class Result:
    """Designs in order, and all that they were made and ranked with."""

    ranked: Ranked
    goal: Goal
    chosen: Chosen
    library: Library
    by: Checkpoint
    presets: tuple[Preset, ...]

    @property
    def mark(self) -> str:
        """A short name for these sequences."""
        return store.digest("\n".join(d.sequence.bases for d in self.ranked.designs), 12)


@st.cache_resource(show_spinner="Indexing the training sequences …", max_entries=1)
def trained(library_hash: str) -> Trained:
    """The sequences that generators and guides may have learned from, in which stretches are looked up; kept for all
    sessions, since the index takes seconds."""
    joint = library.joint()
    return Trained(joint.table.codes[joint.split.train])
