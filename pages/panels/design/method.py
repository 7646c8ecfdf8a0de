"""How to design: the method, what it needs, and how many sequences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import streamlit as st

from engine.data.library import Library
from engine.design import catalogue, declared, judge, splits
from engine.design.catalogue import METHODS
from engine.design.methods import Asked, Method
from engine.design.results import Goal
from engine.errors import CisLensError
from engine.experiments import names
from engine.experiments.checkpoints import Checkpoint
from pages.shared import address, glossary, models, state
from pages.shared.plain import plain

FIRST = "evolution"  # shown first where it is there: it needs no generator
MOST = 1000  # sequences at once
CHOSEN: state.Key[str] = state.Key("design_method", FIRST)


@dataclass(frozen=True)
class Chosen:
    """A method with all that it is given beside the goal."""

    method: Method
    count: int
    seed: int
    edits: int | None
    guide: Checkpoint | None = None
    generator: Checkpoint | None = None
    options: Mapping[str, float] = field(default_factory=dict)

    def asked(self, goal: Goal, library: Library) -> Asked:
        rows = tuple(int(row) for row in splits.design_rows(library))
        return Asked(goal, self.count, self.seed, library, rows, self.guide, self.generator, self.options)

    def mark(self, goal: Goal, library: Library) -> tuple:
        """What designs depend on, but for their number."""
        template = goal.template and goal.template.bases
        given = tuple(c and (c.name, c.weights_hash) for c in (self.guide, self.generator))
        wanted = (tuple(goal.activity.items()), template, goal.kept, goal.length, goal.edits)
        return (self.method.name, wanted, self.seed, given, tuple(self.options.items()), library.table.hash)


def choose(template: bool, outputs: tuple[str, ...]) -> Chosen | None:
    """The method as the user wants it; None, with what is lacking on screen, where it cannot be used.

    Args:
        template: whether there is a sequence to start from.
        outputs: that the goal names, which a guide has to predict.
    """
    first, second, third, fourth = st.columns([2.4, 1, 1, 1])
    listed = list(METHODS)
    with first:
        name = st.selectbox(
            "Method",
            listed,
            index=listed.index(FIRST) if FIRST in listed else 0,
            key=CHOSEN.name,
            format_func=_called,
            persist_state="session",
        )
    method = METHODS[name]
    with second:
        count = st.number_input("Sequences", 1, MOST, 20, key="design_count", persist_state="session")
    with third:
        edits = st.number_input(
            "Edits at most",
            1,
            None,
            None,
            key="design_edits",
            persist_state="session",
            placeholder="any",
            disabled=not (template and method.edits),
            help="How many bases of the sequence that you start from may change.",
        )
    with fourth:
        seed = st.number_input(
            "Seed", 0, 2**31 - 1, 1, key="design_seed", persist_state="session",
            help="The same goal, method and seed give the same sequences again.",
        )  # fmt: skip
    st.caption(plain(method.what))
    if "template" in method.needs and not template:
        st.info("This method needs a sequence to start from. Choose the open sequence above.")
        return None
    guide = generator = None
    try:
        if "guide" in method.needs and (guide := _guide(outputs)) is None:
            return None
        if "generator" in method.needs and (generator := _generator(method)) is None:
            return None
    except CisLensError as error:
        st.error(plain(error))
        return None
    return Chosen(
        method,
        int(count),
        int(seed),
        int(edits) if edits is not None and template and method.edits else None,
        guide,
        generator,
        _options(method),
    )


def _called(name: str) -> str:
    """A method in words, with a remark on one that nothing is trained for."""
    method = METHODS[name]
    if "generator" not in method.needs:
        return method.label
    try:
        ready = bool(_generators(method))
    except CisLensError:
        return method.label  # what is wrong is said once the method is chosen
    return method.label if ready else f"{method.label} (not trained yet)"


def _guide(outputs: tuple[str, ...]) -> Checkpoint | None:
    fitting = judge.guides(models.trained_or_stop(), outputs)
    if not fitting:
        st.info(f"No trained model predicts {plain(', '.join(outputs))} together. Leave out a cell type of the goal.")
        return None
    chosen = models.choose_one(fitting, "design_guide", "Guide", first=fitting[0])
    st.caption(glossary.TERMS["guide"])
    return models.load(chosen)


def _generators(method: Method) -> list[str]:
    """The trained generators that learned what the method draws by."""
    return catalogue.fitting(method.name, names.trained(declared.SYSTEM))


def _generator(method: Method) -> Checkpoint | None:
    """The generator that the user chooses; None, with the next step on screen, where none is trained."""
    fitting = _generators(method)
    if fitting:
        key = address.made("generator", f"design_generator-{catalogue.OBJECTIVES[method.name]}")
        chosen = models.load(models.choose_one(fitting, key, "Generator", first=fitting[0]))
        folds = ", ".join(map(str, sorted(judge.folds_of(chosen))))
        st.caption(f"It learned from the folds {plain(folds)} of the library.")
        return chosen
    usual = catalogue.GENERATORS[method.name].removeprefix(f"{declared.SYSTEM}.")
    st.info(
        "No generator of this kind is trained yet. Train one, which takes hours: "
        f"`python -m engine design train {plain(usual)}`"
    )
    if FIRST in METHODS:
        label = METHODS[FIRST].label
        st.button(f"Use {label} instead", icon=":material/undo:", on_click=CHOSEN.put, args=(FIRST,),
                  help="Your goal and what is locked stay as they are.")  # fmt: skip
    return None


def _options(method: Method) -> dict[str, float]:
    """The settings of the method, by their names."""
    if not method.options:
        return {}
    with st.expander("Settings of the method", icon=":material/tune:"):
        columns = st.columns(min(4, len(method.options)))
        chosen = {}
        for i, (name, default) in enumerate(method.options.items()):
            with columns[i % len(columns)]:
                chosen[name] = float(
                    st.number_input(
                        plain(name.replace("_", " ")),
                        value=float(default),
                        format="%g",
                        key=f"design_option-{method.name}-{name}",
                        persist_state="session",
                    )
                )
    return chosen
