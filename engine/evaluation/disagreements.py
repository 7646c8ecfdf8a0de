"""Where a model's predicted effects and the measured ones lie farthest apart."""

from __future__ import annotations

import pandas as pd


def disagreements(variants: pd.DataFrame, name: str, count: int = 10) -> pd.DataFrame:
    """The `count` variants whose two effects lie farthest apart, each in its own standard deviations.

    Args:
        variants: columns `pos`, `ref`, `alt`, `effect` (measured), `confidence`, and `name` (predicted).

    Returns:
        The same columns, the two effects named `measured` and `predicted`, and how far they lie `apart`.
    """
    table = variants.copy()
    predicted, measured = table[name], table["effect"]
    table["apart"] = (predicted / predicted.std() - measured / measured.std()).abs()
    table = table.nlargest(count, "apart")
    return table[["pos", "ref", "alt", "effect", name, "confidence", "apart"]].rename(
        columns={"effect": "measured", name: "predicted"}
    )
