"""Reliability: do a model's intervals hold what was measured?"""

import pandas as pd
import streamlit as st

from engine.errors import CheckpointError
from engine.experiments import labels
from engine.interpretation import stored
from engine.interpretation.reliability import coverage
from engine.interpretation.reliability.coverage import OWN, SCALED, Coverage, Group
from engine.intervals import LEVELS, SHOWN
from engine.plots import reliability as plot
from pages.shared import downloads, show
from pages.shared.plain import plain

EVERYTHING = "all"
UNIT = "log2 RNA/DNA"
APART = (
    " Elements of a separate experiment share no 30-mer with an element that trained. It has a scale of its own, so "
    "each stands once as measured, once brought to the joint library's scale by other elements, which both measured."
)
LIKE_TEACHER = {  # by what is stored: the column, and of what the spread is
    "teacher": ("spread as its teacher's", "of sequences"),
    "changes": ("spread of edits as its teacher's", "of edits of 1 to 60 bases"),
    "single": ("spread of single bases as its teacher's", "of edits of one base"),
}
COMMAND = "python -m engine interpret {} --what coverage"


def intervals(names: list[str], output: str) -> None:
    """The first chosen model's intervals on every kind of element, then all chosen models on the test fold."""
    kept = {name: part for name in names if (part := read(name, output))}
    if not kept:
        st.info(f"What intervals hold was not measured yet. Run: `{COMMAND.format(names[0])}`")
        return
    first = next(iter(kept))
    st.markdown(plain(in_a_sentence(first, output, kept[first])))
    st.plotly_chart(
        plot.coverage(
            {g.elements: {k: held.coverage[SHOWN] for k, held in g.held.items()} for g in kept[first].groups},
            coverage.KINDS,
            SHOWN,
            f"{labels.short(first)}, {output}: measurements within the {SHOWN}% intervals",
        ),
        key="reliability-coverage",
        config=show.image_config("cislens-coverage", "svg"),
    )
    apart = any(g.line for g in kept[first].groups)
    st.caption(
        f"Dotted: {SHOWN}%, what the intervals promise. All were fitted on the validation fold alone. "
        f"Bars: 95% bootstrap intervals over elements.{APART * apart}"
    )
    st.dataframe(pd.DataFrame(summary(kept)), hide_index=True, column_config=_columns())
    st.caption(
        f"Held-out elements. Gain: interval score at {SHOWN}% of intervals that go by the model's own word minus that "
        f"of one width for all, in {UNIT}; below 0, the model knows where it is less sure."
    )
    with st.expander("Every kind of element in numbers", icon=":material/table:"):
        table = pd.DataFrame([row for name, part in kept.items() for row in rows(name, part)])
        st.dataframe(table, hide_index=True)
        downloads.table("Coverage (CSV)", table, "cislens-coverage.csv")


def read(name: str, output: str) -> Coverage | None:
    """What is stored of one output of a model; None where there is nothing whole."""
    try:
        part = coverage.read(stored.place(name)).get(output)
    except CheckpointError:
        return None
    return part if part and any(g.elements == EVERYTHING for g in part.groups) else None


def in_a_sentence(name: str, output: str, part: Coverage) -> str:
    """How much the intervals hold: of all held-out elements, where the model is least sure, elsewhere."""
    by_name = {g.elements: g for g in part.groups}
    everything = by_name[EVERYTHING]
    said = [f"{_percent(everything)} of {everything.n:,} held-out elements"]
    if unsure := by_name.get("tenth where the model is least sure"):
        said.append(f"{_percent(unsure)} of the tenth where it is least sure")
    for group in part.groups:
        if group.elements == f"separate {output} experiment":
            scaled = by_name.get(f"{group.elements}{SCALED}")
            more = f" ({_percent(scaled)} on the joint library's scale)" if scaled else ""
            said.append(f"{_percent(group)} of {group.n:,} elements of the separate experiment{more}")
    return f"The {SHOWN}% intervals of {labels.short(name)} for {output} hold {', '.join(said)}."


def _percent(group: Group) -> str:
    return f"{100 * group.held[OWN].coverage[SHOWN].value:.0f}%"


def summary(kept: dict[str, Coverage]) -> list[dict]:
    """A row a model, over the whole test fold."""
    records = []
    for name, part in kept.items():
        everything = next(g for g in part.groups if g.elements == EVERYTHING)
        own = everything.held[OWN]
        record: dict[str, object] = {"model": labels.short(name)}
        record |= {f"within {at}%": show.interval(own.coverage[at].as_dict()) for at in LEVELS}
        record |= {f"width of {SHOWN}%": own.width[SHOWN], "gain": show.interval(everything.gain.as_dict())}
        record["width and |error|"] = show.interval(part.ranks.as_dict()) if part.ranks else "one width"
        for kind, (called, _) in LIKE_TEACHER.items():
            if metric := getattr(part, kind):
                record[called] = show.interval(metric.as_dict())
        records.append(record)
    return records


def rows(name: str, part: Coverage) -> list[dict]:
    """A row for each kind of element and of interval."""
    return [
        {"model": labels.short(name), "elements": g.elements, "n": g.n, "intervals": coverage.KINDS[kind]}
        | {f"within {at}%": show.interval(held.coverage[at].as_dict()) for at in LEVELS}
        | {
            f"width of {SHOWN}%": f"{held.width[SHOWN]:.2f}",
            "measured minus predicted": show.interval(g.bias.as_dict()),
        }
        | {"line": f"{g.line[0]:.2f} x {g.line[1]:+.2f}" if g.line else ""}
        for g in part.groups
        for kind, held in g.held.items()
    ]


def _columns() -> dict:
    return {
        f"width of {SHOWN}%": st.column_config.NumberColumn(format="%.2f", help=f"Mean width, {UNIT}"),
        "width and |error|": st.column_config.TextColumn(help="Spearman, over held-out elements"),
        **{
            called: st.column_config.TextColumn(
                help=f"Spearman of the spread {of} that a student says with that of its teacher's networks"
            )
            for called, of in LIKE_TEACHER.values()
        },
    }
