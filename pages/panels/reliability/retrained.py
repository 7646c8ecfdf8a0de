"""Reliability: what networks explain that were trained again, from another seed or on other labels."""

import numpy as np
import pandas as pd
import streamlit as st

from engine.experiments import checkpoints, labels
from engine.interpretation import stored
from engine.interpretation.attribution.maps import METHODS, Maps
from engine.interpretation.reliability import labels as relearned
from engine.interpretation.reliability import seeds
from engine.statistics import every_two, mean_of
from pages.shared import show
from pages.shared.plain import plain

COMMAND = "python -m engine interpret MODEL --what {}"


def retrained(names: list[str], output: str) -> None:
    """Both tables, for models of one output."""
    other_labels(names, output)
    other_seeds(names, output)


def other_labels(names: list[str], output: str) -> None:
    """How much of a map is left when the network has learned labels that say nothing."""
    st.markdown("**Trained on shuffled labels**: correlation of the model's map with that of a network that …")
    rows = []
    for name in names:
        kinds = relearned.read(stored.place(name))
        if kinds and output in kinds["true"].maps:
            rows.append(
                {"model": labels.short(name)}
                | {
                    f"… learned {words} ({method.upper()})": show.interval(kinds[kind].maps[output][method].as_dict())
                    for method in METHODS
                    for kind, words in (("permuted", "shuffled labels"), ("true", "the true labels"))
                }
                | {"fit, shuffled": kinds["permuted"].fit[output], "fit, true": kinds["true"].fit[output]}
            )
    if not rows:
        st.info(f"Not computed yet. Run: `{COMMAND.format('labels')}`")
        return
    number = st.column_config.NumberColumn(format="%.2f", help="Spearman with the activities that were learned.")
    st.dataframe(pd.DataFrame(rows), hide_index=True, column_config={"fit, shuffled": number, "fit, true": number})
    st.caption(
        f"Label randomisation after Adebayo et al. 2018: the same architecture memorises {relearned.ELEMENTS} training "
        "elements, once with their activities dealt out anew, once with their own, and explains the panel. 0: nothing "
        "of the map is left. So few elements teach little, so compare the two columns of a method."
    )


def other_seeds(names: list[str], output: str) -> None:
    """How far two trainings of one recipe agree."""
    st.markdown("**Another seed**: how far the maps of two trainings of one recipe agree")
    rows = []
    families: dict[str, list[Maps]] = {}
    for name in names:
        own = stored.place(name)
        family = seeds.read(own)
        if family:
            families[name] = family
            agree = {m: every_two([f.profile(output, m) for f in family]) for m in METHODS}
            rows.append(
                {"model": labels.short(name), "networks": len(family)}
                | {m.upper(): show.interval(mean_of(values).as_dict()) for m, values in agree.items()}
                | {"held-out Spearman": " and ".join(f"{s:.3f}" for s in held_out(own, output))}
            )
    if not rows:
        st.info(f"Not computed yet. Run: `{COMMAND.format('seeds')}`")
        return
    st.dataframe(pd.DataFrame(rows), hide_index=True)
    st.caption(
        "Mean correlation per element of the panel. Members of one network differ in their first weights alone; twins "
        "also in the order of the elements. Two models that share the seed have both in common, and may agree better."
    )
    more_alike(families, output)


def more_alike(families: dict[str, list[Maps]], output: str) -> None:
    """Whether the networks of the first model agree more than those of each other one, element by element."""
    first, *others = families
    same = [n for n in others if np.array_equal(families[n][0].rows, families[first][0].rows)]
    if not same:
        return
    rows = [
        {"agree more than those of": labels.short(other)}
        | {alike.recipe: show.interval(alike.difference.as_dict()) for alike in compared}
        for other in same
        if (compared := seeds.more_alike(families[first], families[other], output))
    ]
    st.markdown(plain(f"The networks of {labels.short(first)} minus those of another model"))
    st.dataframe(pd.DataFrame(rows), hide_index=True)
    st.caption("Difference in the correlation above, over the same elements; above 0, a map hangs less on the seed.")


def held_out(own: stored.Place, output: str) -> list[float]:
    """Spearman on the test fold of a model and of its twin; of a network of several members the one of the whole."""
    scored = [checkpoints.read_metrics(own.name, place.folder) for place in seeds.places(own)]
    scored = [m for m in scored if m] or [checkpoints.read_metrics(own.name, own.folder)]
    return [m["held_out"][output]["spearman"]["value"] for m in scored if output in m.get("held_out", {})]
