"""Trained models as pages use them: loaded once, chosen in one way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

import streamlit as st

import engine
from engine.data import published
from engine.errors import CisLensError
from engine.experiments import commits, declared, labels
from engine.experiments.declared import DEFAULT_MODEL, JOINT
from engine.experiments.description import OWN, read_description, read_metrics
from engine.experiments.names import folder_of, of_every_system, trained
from engine.plots.parts.legend import Legend
from engine.plots.parts.theme import BASE_COLOURS
from pages.shared.memory import Memory
from pages.shared.plain import plain
from pages.shared.state import MODELS, PALETTE, Key

if TYPE_CHECKING:  # torch, which pages without a model need not wait for
    from engine.experiments.checkpoints import Checkpoint

NOT_MEASURED = "not measured here"
MOST_LOADED, MOST_BYTES = 40, 500_000_000  # of models in memory: so many, of so many bytes together
# what a page shows before its user chooses, of those that are there
FIRST_CHOICE = {
    "attributions": (*published.ATTRIBUTIONS, "H1_HepG2_baseline_mse", "H2_HepG2_plackett_luce", "H4_HepG2_softsort"),
    "maps": ("B1_baseline_mse", "R3_ranknet", "H1_HepG2_baseline_mse", DEFAULT_MODEL),
    "predictions": ("R3_ranknet", "R1_plackett_luce", "H2_HepG2_plackett_luce", "H4_HepG2_softsort"),
    "side by side": (
        "B1_baseline_mse",
        "R1_plackett_luce",
        "R2_softsort",
        "R3_ranknet",
        "H1_HepG2_baseline_mse",
        "H2_HepG2_plackett_luce",
        "H4_HepG2_softsort",
        "H3_HepG2_combined",
    ),
}


def _bytes(checkpoint: Checkpoint) -> int:
    return checkpoint.nbytes


LOADED = Memory(kept=MOST_LOADED, most=MOST_BYTES, growing=_bytes)


def load(name: str) -> Checkpoint:
    """A trained model, kept in memory until its files change, or until others that were asked for since need its
    place."""
    key = (name, commits.stamp(folder_of(name)))

    def read() -> Checkpoint:
        LOADED.forget(lambda other: other[0] == name)  # as it was before its files changed
        with st.spinner("Loading the model …"):
            return engine.load(name)

    return LOADED.get(key, read)


def load_each(names: Iterable[str]) -> list[Checkpoint]:
    """Those that can be loaded; of each broken one what is wrong with it is on screen."""
    loaded = []
    for name in names:
        try:
            loaded.append(load(name))
        except CisLensError as error:
            st.error(plain(error))
    return loaded


def trained_or_stop(every_system: bool = False) -> list[str]:
    """The models that can be chosen. Stops the page with the next step when nothing is trained.

    Args:
        every_system: those of DISENTANGLE too, after those that learn activity.
    """
    names = of_every_system() if every_system else trained()
    if not names:
        st.info(
            "No trained model was found in `trained_models/`. Train one with "
            f"`python -m engine train {JOINT[0].name}`, all with `python -m engine train --all`, or restore the "
            "folder: from version control, or by installing CisLens again."
        )
        st.stop()
    return names


def with_output(names: Iterable[str], output: str) -> list[str]:
    """Those of the names that predict an output."""
    return [n for n in names if output in read_description(n)["outputs"]]


def labelled(name: str) -> str:
    """What a model is called on screen, with a remark on one of the user's own that was not scored."""
    return labels.label(name) + (f" ({NOT_MEASURED})" if is_unmeasured(name) else "")


def legend(names: Iterable[str]) -> None:
    """A drawer that tells what each of some models learned, from what and how, and its name in commands."""
    with st.popover("What do the model names mean?", icon=":material/label:"):
        st.caption(
            "Each label gives the code of the study (if there is one), the loss that the model learned by, and the "
            "cell type whose activity it learned. Use the name in commands."
        )
        st.markdown(
            "| model | learned from | loss | network | name in commands |\n| --- | --- | --- | --- | --- |\n"
            + "\n".join("| " + " | ".join(plain(cell) for cell in _legend_row(name)) + " |" for name in names)
        )


def _legend_row(name: str) -> tuple[str, ...]:
    described = labels.describe(name)
    loss = ", ".join(filter(None, (described.loss, described.curriculum)))
    return described.short, described.learned_from, loss, described.network, name


def in_figures(names: Iterable[str], whole: bool = False) -> Legend:
    """How figures call and draw some models.

    Args:
        whole: with the cell types that each learned; else these stand beside the figure.
    """
    spoken = labels.label if whole else labels.short
    return Legend({name: spoken(name) for name in names}, all_models())


def is_unmeasured(name: str) -> bool:
    """Whether it is a model of the user's own that was not scored."""
    try:
        is_own = read_description(name)["architecture"] == OWN
        return is_own and not read_metrics(name).get("held_out")
    except CisLensError:
        return False  # what is wrong with it is said where it is loaded


def choose_one(
    names: list[str],
    key: str,
    label: str = "Model",
    first: str | None = DEFAULT_MODEL,
    format_func: Callable[[str], str] = labelled,
) -> str:
    """One of several models; `first` is chosen until the user chooses, or the first in the list."""
    return st.selectbox(
        label,
        names,
        index=names.index(first) if first in names else 0,
        key=key,
        format_func=format_func,
        persist_state="session",
    )


def choose_several(
    names: list[str],
    key: str,
    label: str = "Models",
    *,
    first: list[str],
    most: int | None = None,
    help: str | None = None,
) -> list[str]:
    """Some of several models: at the beginning, and when none of those chosen is offered any more, `first`."""
    chosen: Key[Sequence[str]] = Key(key, ())  # a link or a session file may have chosen already
    offered = [n for n in chosen.get() if n in names]
    if not chosen.is_set or (chosen.get() and not offered):
        chosen.put([n for n in first if n in names])
    elif offered != list(chosen.get()):
        chosen.put(offered)
    return st.multiselect(
        label, names, key=key, max_selections=most, persist_state="session", help=help, format_func=labelled
    )


def first_choice(page: str, names: list[str]) -> list[str]:
    """Those of the names that a page of `FIRST_CHOICE` shows before its user chooses."""
    return [n for n in FIRST_CHOICE[page] if n in names]


def choose_models(key: str = MODELS.name) -> list[Checkpoint]:
    """The models that the Explorer and its neighbours ask. Stops the page with the next step when there is none."""
    names = trained_or_stop(every_system=True)
    chosen = choose_several(
        names,
        key,
        first=[DEFAULT_MODEL] if DEFAULT_MODEL in names else names[:1],
        help="Each is an independently trained network; their disagreement is a first hint of uncertainty.",
    )
    if not chosen:
        st.info("Choose at least one model above.")
        st.stop()
    loaded = load_each(chosen)
    if not loaded:
        st.stop()
    return loaded


def of_activity() -> list[str]:
    """Every model that learns activity, declared or trained, in a fixed order."""
    return list(dict.fromkeys([*declared.names(), *trained()]))


def all_models() -> list[str]:
    """Every model that is declared or trained, of any system, in a fixed order: it decides their colours."""
    return list(dict.fromkeys([*of_activity(), *of_every_system()]))


def all_outputs(loaded: list[Checkpoint]) -> list[str]:
    """The outputs of the chosen models, each once, in order."""
    return list(dict.fromkeys(o for c in loaded for o in c.model.outputs))


def choose_palette() -> str:
    return st.selectbox(
        "Base colours",
        list(BASE_COLOURS),
        key=PALETTE.name,
        persist_state="session",
        help="A green, C blue, G amber, T red; or a set that people with red-green blindness can tell apart.",
    )
