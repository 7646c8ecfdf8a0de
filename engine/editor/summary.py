"""What an edit did, as facts and as one sentence that says nothing else.

**When a change is called clear.** The change that a model predicts for an output is its prediction for the edited
sequence minus the one for the reference. Each member of an ensemble gives such a change, and their standard deviation
is the spread of the model's change; a network that learned from a teacher says how far the teacher's networks differ
over it (`engine.intervals.ChangeSpread`). The change of an output is its mean over the models that predict it; it is
clear if it is larger than the largest spread among them. Other single networks have no spread: where all are such,
every change of `LEAST` or more is told with its size, and the sentence says that no spread is known.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from engine.editor import changes as net
from engine.editor.changes import Change
from engine.editor.document import Document
from engine.errors import InputError
from engine.intervals import changed_bases
from engine.results import MotifChanges, MotifSite, Prediction, spread_of_change

LEAST = 0.005  # log2(RNA/DNA); below it two decimals read 0.00
LISTED = 3  # motifs, and stretches of one kind, that are named one by one
SEPARATE = 5  # more stretches than this are counted, not told one by one
UNIT = "log2 RNA/DNA"
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


@dataclass(frozen=True)
class PredictedChange:
    """One output of one model, log2(RNA/DNA).

    Attributes:
        before, after: prediction for the reference and for the edited sequence.
        before_spread, after_spread: standard deviation over the networks behind the model; None where it is not known.
        spread: standard deviation of those networks' own changes; None where it is not known.
    """

    model: str
    output: str
    before: float
    after: float
    before_spread: float | None = None
    after_spread: float | None = None
    spread: float | None = None

    @property
    def change(self) -> float:
        return self.after - self.before


@dataclass(frozen=True)
class OutputChange:
    """What the models say together of one output: see the module's text for `clear`.

    Attributes:
        mean: mean change over the models.
        spread: the largest spread among them; None where none is known.
        models: how many predict this output.
        agree: how many of them change in the direction of the mean.
    """

    output: str
    mean: float
    spread: float | None
    models: int
    agree: int

    @property
    def moved(self) -> bool:
        """False for a change too small to be written down with two decimals."""
        return abs(self.mean) >= LEAST

    @property
    def clear(self) -> bool:
        return self.moved and (self.spread is None or abs(self.mean) > self.spread)


@dataclass(frozen=True)
class Holding:
    """How many of the windows of a longer sequence hold the edit: the predictions are means over these.

    Attributes:
        held, total: none is held where the model reads a part of the sequence in which nothing changed.
        whole: each of these windows holds all changes; else none does, and each holds some of them.
    """

    held: int
    total: int
    whole: bool = True


@dataclass(frozen=True)
class Windows:
    """The window policies under which a model saw the reference and the edited sequence.

    Attributes:
        holding: None where each sequence is one window.
    """

    model: str
    before: str
    after: str
    holding: Holding | None = None


@dataclass(frozen=True)
class EditFacts:
    """Everything that `sentence` may say.

    Attributes:
        changes: the net changes in the reference's order and direction.
        turned: the sequence now stands on the other strand of its reference.
        predictions: one for every model and output.
        outputs: the models together, one for every output.
        motifs: sites gained and lost; None if nobody looked for motifs.
        windows: one for every model.
    """

    changes: tuple[Change, ...]
    turned: bool
    predictions: tuple[PredictedChange, ...]
    outputs: tuple[OutputChange, ...]
    motifs: MotifChanges | None
    windows: tuple[Windows, ...]


def facts(
    document: Document,
    before: list[Prediction],
    after: list[Prediction],
    changes: MotifChanges | None,
    holding: list[Holding | None] | None = None,
) -> EditFacts:
    """What the edits of a document changed.

    Args:
        before, after: the reference and the sequence as it stands, one prediction of one sequence for every model,
            in the same order.
        changes: motif sites gained and lost, or None if nobody looked for motifs.
        holding: of which windows the predictions are means, for every model; None if every window counts.

    Raises:
        InputError: the two lists are not of the same models, or one holds several sequences.
    """
    if [(p.model, p.outputs) for p in before] != [(p.model, p.outputs) for p in after]:
        raise InputError("reference and edited sequence were predicted by different models; predict both with the same")
    if any(len(p.values) != 1 for p in (*before, *after)):
        raise InputError("facts are about one sequence; give predictions of one reference and one edited sequence")
    changed = net.changes(document)
    bases = changed_bases((c.ref, c.alt) for c in changed)
    both = zip(before, after, strict=True)
    predictions = tuple(_predicted(b, a, i, bases) for b, a in both for i in range(len(b.outputs)))
    outputs = dict.fromkeys(p.output for p in predictions)
    return EditFacts(
        changed,
        net.turned(document),
        predictions,
        tuple(_together(o, [p for p in predictions if p.output == o]) for o in outputs),
        changes,
        tuple(
            Windows(b.model, _policy(b), _policy(a), held)
            for b, a, held in zip(before, after, holding or [None] * len(before), strict=True)
        ),
    )


def _policy(prediction: Prediction) -> str:
    return prediction.policies[0] if prediction.policies else ""


def _predicted(before: Prediction, after: Prediction, column: int, bases: float) -> PredictedChange:
    known = spread_of_change(before.said, after.said, bases)
    own = None if known is None or math.isnan(known[0, column]) else float(known[0, column])
    spread_before, spread_after = (None if p.spread is None else float(p.spread[0, column]) for p in (before, after))
    return PredictedChange(
        before.model,
        before.outputs[column],
        float(before.values[0, column]),
        float(after.values[0, column]),
        spread_before,
        spread_after,
        own,
    )


def _together(output: str, predictions: list[PredictedChange]) -> OutputChange:
    mean = sum(p.change for p in predictions) / len(predictions)
    spreads = [p.spread for p in predictions if p.spread is not None]
    agree = sum(p.change * mean > 0 for p in predictions)
    return OutputChange(output, mean, max(spreads, default=None), len(predictions), agree)


# --- in words ---------------------------------------------------------------------------------------


def under_names(facts: EditFacts, called: Callable[[str], str]) -> EditFacts:
    """The facts with what each model is called on screen in place of the name of its files."""
    return replace(
        facts,
        predictions=tuple(replace(p, model=called(p.model)) for p in facts.predictions),
        windows=tuple(replace(w, model=called(w.model)) for w in facts.windows),
    )


def sentence(facts: EditFacts) -> str:
    """The facts in one sentence: what was changed, which motifs that took and brought, what the models say of it.

    Changes within the spread of the networks are called 'no clear change' (the rule stands at the top of
    this file); positions are those of the reference, 1-based.
    """
    if not facts.changes and not facts.turned:
        return "No change: the sequence is the reference."
    subject, plural = _edits(facts)
    parts = [subject + _motifs(facts.motifs, plural)]
    if facts.outputs:
        parts += [_predictions(facts), *_agreement(facts), *_windows(facts)]
    text = "; ".join(parts) if facts.motifs is not None else ": ".join([parts[0], "; ".join(parts[1:])])
    return text[0].upper() + text[1:].removesuffix(": ") + "."


def _edits(facts: EditFacts) -> tuple[str, bool]:
    """The subject of the sentence, and whether it is a plural."""
    parts, plural = [], False
    if facts.turned:
        parts.append("turning to the other strand")
    if len(facts.changes) > SEPARATE:
        counts = {
            "substituted": sum(len(c.ref) for c in facts.changes if c.kind == "substitution"),
            "inserted": sum(len(c.alt) for c in facts.changes if c.kind == "insertion"),
            "deleted": sum(len(c.ref) for c in facts.changes if c.kind == "deletion"),
            "exchanged for others": sum(len(c.ref) for c in facts.changes if c.kind == "replacement"),
        }
        counted = _listed([f"{_bases(n)} {what}" for what, n in counts.items() if n])
        first, last = facts.changes[0].start + 1, max(c.end for c in facts.changes)
        parts.append(f"{_number(len(facts.changes))} edits between {first} and {last} ({counted})")
        return _listed(parts), True
    kinds = (("substitution", "changed"), ("insertion", "inserted"), ("deletion", "deleted"))
    for kind, what in kinds:
        of_kind = [c for c in facts.changes if c.kind == kind]
        if of_kind:
            n = sum(len(c.alt or c.ref) for c in of_kind)
            plural |= n > 1
            parts.append(f"{_bases(n)} {what} {_places(of_kind)}")
    for c in facts.changes:
        if c.kind == "replacement":
            plural |= len(c.ref) > 1
            parts.append(f"{_bases(len(c.ref))} at {c.where} replaced by {_number(len(c.alt))}")
    return _listed(parts), plural or len(parts) > 1


def _places(changes: list[Change]) -> str:
    """Where: 'at 84-85', 'at 84 (G>A)', 'after 90', 'at 12, 84 and 90', 'before 1 and after 200'."""
    if len(changes) > LISTED:
        return f"at {_number(len(changes))} places between {changes[0].start + 1} and {changes[-1].end}"
    if changes[0].kind == "insertion":
        return _listed([c.where for c in changes])
    single = len(changes) == 1 and len(changes[0].ref) == 1 == len(changes[0].alt)
    return f"at {_listed([c.where for c in changes])}" + (f" ({changes[0].ref}>{changes[0].alt})" if single else "")


def _motifs(motifs: MotifChanges | None, plural: bool) -> str:
    if motifs is None:
        return ""
    s = "" if plural else "s"
    did = (
        ("remove", motifs.lost, _q),
        ("add", motifs.gained, _q),
        ("weaken", motifs.weaker, _moved),
        ("strengthen", motifs.stronger, _moved),
    )
    parts = [f"{verb}{s} {_sites(own, told)}" for verb, own, told in did if own]
    return " " + _listed(parts) if parts else f" leave{s} every motif site as it is"


def _sites(sites: tuple[MotifSite, ...], told: Callable[[MotifSite], str]) -> str:
    """'a GATA site (GATA1, q 0.003)', or the three families of smallest q and how many sites there are besides."""
    families: dict[str, list[MotifSite]] = {}
    for site in sorted(sites, key=lambda s: s.best.q):
        families.setdefault(site.family, []).append(site)
    if len(sites) == 1:
        (site,) = sites
        member = f"{site.best.motif}, " * (site.members != (site.family,))
        name = site.family
        return f"{'an' if name[0] in 'AEIOaeio' else 'a'} {name} site ({member}{told(site)})"
    named = list(families.items())[:LISTED]
    parts = [
        f"{name} ({told(own[0])})" if len(own) == 1 else f"{name} ({_number(len(own))}, smallest {told(own[0])})"
        for name, own in named
    ]
    rest = len(sites) - sum(len(own) for _, own in named)
    if rest:
        return f"sites of {', '.join(parts)} and {_number(rest)} more"
    return f"sites of {_listed(parts)}"


def _q(site: MotifSite) -> str:
    return "q below 0.001" if site.best.q < 0.001 else f"q {site.best.q:.2g}"


def _moved(site: MotifSite) -> str:
    return f"p {site.before:.1e} to {site.best.p:.1e}"


def _predictions(facts: EditFacts) -> str:
    """Clear changes first, then those within the spread, those too small to write down, and those that nobody knows."""
    clear = [o for o in facts.outputs if o.clear]
    unclear = [o for o in facts.outputs if o.moved and not o.clear]
    nameless = [o for o in facts.outputs if math.isnan(o.mean)]
    still = [o for o in facts.outputs if not o.moved and o not in nameless]
    moves = []
    last = None
    for o in clear:
        verb = "rises" if o.mean > 0 else "falls"
        moves.append(f"{o.output} {verb + ' ' if verb != last else ''}by {abs(o.mean):.2f}")
        last = verb
    parts = [", ".join(moves)] * bool(moves)
    if unclear:
        within = [f"{o.output} ({_signed(o.mean)}, spread {o.spread:.2f})" for o in unclear]
        parts.append(f"no clear change in {_listed(within)}")
    if still:
        parts.append(f"{_listed([o.output for o in still])} change{'s' * (len(still) == 1)} by less than {LEAST}")
    if nameless:
        of = _listed([o.output for o in nameless])
        parts.append(f"no change is known for {of}, as one of the sequences has no known base")
    return f"{', '.join(parts)} ({_source(facts)}, {UNIT})"


def _source(facts: EditFacts) -> str:
    """Who predicts this, and for which outputs no spread is known."""
    models = list(dict.fromkeys(p.model for p in facts.predictions))
    who = f"predicted by {models[0]}" if len(models) == 1 else f"mean of {len(models)} models' predictions"
    if any(o.models < len(models) for o in facts.outputs):
        who = f"mean over those of {len(models)} models that predict it"
    lone = [o.output for o in facts.outputs if o.spread is None]
    if len(lone) < len(facts.outputs):
        return who + (f", no spread is known for {_listed(lone)}" if lone else "")
    return f"{who}, {'a single network' if len(models) == 1 else 'single networks'}: no spread is known"


def _agreement(facts: EditFacts) -> list[str]:
    """How many models agree in sign with the mean, for the outputs that move clearly; nothing for one model."""
    counted: dict[tuple[int, int], list[str]] = {}
    for o in facts.outputs:
        if o.clear and o.models > 1:
            counted.setdefault((o.agree, o.models), []).append(o.output)
    whole = len(counted) == 1 and sum(map(len, counted.values())) == sum(o.clear for o in facts.outputs)
    return [
        f"{agree} of {models} models agree{'s' * (agree == 1)} in sign" + ("" if whole else f" for {_listed(outputs)}")
        for (agree, models), outputs in counted.items()
    ]


def _windows(facts: EditFacts) -> list[str]:
    """Remarks on the windows: which of them count, and where the two sequences were read through different ones."""
    return [*_holding(facts), *_policies(facts)]


def _holding(facts: EditFacts) -> list[str]:
    of_models: dict[Holding, list[str]] = {}
    for w in facts.windows:
        if w.holding:
            of_models.setdefault(w.holding, []).append(w.model)
    everyone = len(of_models) == 1 and sum(map(len, of_models.values())) == len(facts.windows)
    return [
        ("no window of the model holds the edit" if not h.held else _counted(h, len(facts.changes)))
        + ("" if everyone else f" ({_listed(models)})")
        for h, models in of_models.items()
    ]


def _counted(holding: Holding, edits: int) -> str:
    edit = "the edit" if edits == 1 else "all edits" if holding.whole else "some of the edits"
    return f"over the {holding.held} of {holding.total} windows that hold {edit}"


def _policies(facts: EditFacts) -> list[str]:
    """A remark where the two sequences were not read through the same kind of window."""
    different = dict.fromkeys((w.before, w.after) for w in facts.windows if w.before != w.after)
    return [f"window policy '{b}' for the reference, '{a}' for the edited sequence" for b, a in different]


def _bases(n: int) -> str:
    return f"{_number(n)} base{'s' * (n != 1)}"


def _number(n: int) -> str:
    return NUMBERS[n] if n < len(NUMBERS) else f"{n:,}"


def _signed(value: float) -> str:
    return f"{value:+.2f}".replace("-", "−")


def _listed(parts: list[str]) -> str:
    """'a', 'a and b', 'a, b and c'."""
    return parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " and " + parts[-1]
