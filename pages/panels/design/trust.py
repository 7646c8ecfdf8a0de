"""How far the model that ranks can be trusted on each design: asked for by a button, and a column of the table."""

from __future__ import annotations

import numpy as np
import streamlit as st

from engine.design.metrics import trust
from engine.design.metrics.trust import Trust
from engine.sequence import encode
from pages.panels.design.result import Result
from pages.shared import work
from pages.shared.plain import plain

MAPS = 20  # designs whose maps are examined at most, which takes seconds each


def ask(result: Result) -> Trust | None:
    """A button that examines the designs; what came out, once it was pressed."""
    codes = np.stack([encode(d.sequence.bases) for d in result.ranked.designs])
    named = [o for o in result.goal.activity if o in result.by.model.outputs]
    maps = ((named or list(result.by.model.outputs))[0], MAPS)
    found = work.on_request(
        "design-trust",
        "Check how far these predictions can be trusted",
        (result.mark, result.by.name, result.by.weights_hash, maps),
        lambda progress: trust.examined(result.by, codes, result.library, maps, progress),
    )
    if found is None:
        return None
    st.caption(
        f"*Unlike training*: further from what {plain(result.by.name)} learned from than 95% of held-out elements. "
        f"{int(found.unfamiliar.sum()):,} of {len(found.unfamiliar):,} designs are."
    )
    if found.reliable is None:
        st.caption(
            "Its maps have no scale yet, so whether they are reliable is not known. Run: "
            f"`python -m engine interpret {plain(result.by.name)} --what maps,reliability`"
        )
    else:
        usual, examined = int(found.reliable.sum()), len(found.reliable)
        st.caption(
            f"*Map*: whether Integrated Gradients of {plain(found.output)} adds up and agrees with mutagenesis as it "
            f"does for held-out elements. {usual:,} of the first {examined:,} are as reliable as usual."
        )
    return found


def columns(found: Trust | None) -> dict[str, list[str]]:
    """What the table says of each design; nothing before it was asked for."""
    if found is None:
        return {}
    shown = {"unlike training": ["yes" if strange else "no" for strange in found.unfamiliar]}
    if found.reliable is not None:
        words = ["as reliable as usual" if usual else "less reliable" for usual in found.reliable]
        shown["map"] = words + [""] * (len(found.unfamiliar) - len(words))
    return shown
