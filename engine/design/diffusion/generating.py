"""Masked and uniform diffusion as methods of designing: a goal becomes a condition and bases that are known."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from engine.design import judge, splits
from engine.design.diffusion import sampling
from engine.design.diffusion.noise import Cosine, LogLinear
from engine.design.diffusion.sampling import Denoise, Steps
from engine.design.methods import Asked, Method
from engine.design.results import Designed
from engine.design.rivals import common
from engine.errors import InputError, unknown
from engine.models.generators.contract import MASK, GeneratorModel
from engine.results import Progress
from engine.sequence import encode

# Sequences drawn at once: few, so that the first are there soon. What is drawn does not depend on it.
BATCH = 16
MOST_STATES = 64  # of a design that are kept, so that many designs of many steps fit into memory
GUIDANCE = (0.0, 20.0)

Draw = Callable[[Denoise, np.ndarray, list[np.random.Generator]], Iterator[np.ndarray]]


@dataclass(frozen=True)
class _Frame:
    """Where the network looks: `first` to `last` of the goal's bases, and their `start` `(length,)` uint8, with `MASK`
    for what may change, where no number of edits is asked for."""

    first: int
    last: int
    start: np.ndarray


def _masked(asked: Asked, progress: Progress | None = None) -> Iterator[Designed]:
    options = common.begun(asked, MASKED)
    masking = Cosine() if common.whole(options, "cosine schedule", 0) else LogLinear()
    steps = Steps(common.whole(options, "steps"), masking)
    return _drawn(asked, MASKED, progress, partial(sampling.masked, steps=steps), steps.count + 1)


def _one_by_one(asked: Asked, progress: Progress | None = None) -> Iterator[Designed]:
    common.begun(asked, ONE_BY_ONE)
    return _drawn(asked, ONE_BY_ONE, progress, sampling.one_by_one, None)


def _uniform(asked: Asked, progress: Progress | None = None) -> Iterator[Designed]:
    options = common.begun(asked, UNIFORM)
    steps = Steps(common.whole(options, "steps"), analytic=bool(common.whole(options, "analytic steps", 0)))
    return _drawn(asked, UNIFORM, progress, partial(sampling.uniform_noise, steps=steps), steps.count + 1)


def _drawn(
    asked: Asked, method: Method, progress: Progress | None, draw: Draw, states: int | None
) -> Iterator[Designed]:
    """Check everything now, then give the designs, batch by batch.

    Args:
        states: that `draw` gives of a batch; None for one more than there are bases to draw.
    """
    model = _generator(asked, method)
    options = {**method.options, **asked.options}
    conditions = condition(asked, model)
    frame = _frame(asked, model)
    denoise = sampling.guided(model, conditions, common.within(options, "guidance", *GUIDANCE), asked.device)
    if states is None:
        free = int((frame.start == MASK).sum())
        states = 1 + (free if asked.goal.edits is None else min(free, asked.goal.edits))
    counter = common.Counter(progress, states * -(-asked.count // BATCH))
    return _batches(asked, method, frame, partial(draw, denoise), counter)


def _batches(
    asked: Asked,
    method: Method,
    frame: _Frame,
    draw: Callable[[np.ndarray, list[np.random.Generator]], Iterator[np.ndarray]],
    counter: common.Counter,
) -> Iterator[Designed]:
    whole = np.zeros(asked.goal.length, np.uint8)
    if asked.goal.template is not None:
        whole = encode(asked.goal.template.bases)
    for first in range(0, asked.count, BATCH):
        count = min(BATCH, asked.count - first)
        sources = sampling.generators(asked.seed, first, count)
        start = np.stack([_chosen(asked, frame, source) for source in sources])
        states = []
        for state in draw(start, sources):
            states.append(state)
            counter.add(1)
        kept = [states[i] for i in _few(len(states))]
        for i in range(count):
            texts = tuple(_text(whole, frame, state[i]) for state in kept)
            codes = whole.copy()
            codes[frame.first : frame.last] = states[-1][i]
            yield common.designed(asked, method.name, first + i, codes, texts)


def _generator(asked: Asked, method: Method) -> GeneratorModel:
    """The network of the generator that was given; raises InputError for one that does not fit the method."""
    assert asked.generator is not None  # common.begun has seen it
    experiment, model = asked.generator.description["experiment"], asked.generator.inference_model
    learned_by = OBJECTIVE[method.name]
    if not isinstance(model, GeneratorModel) or experiment.get("objective") != learned_by:
        raise InputError(
            f"'{method.name}' needs a generator that learned by {learned_by} diffusion, which "
            f"'{asked.generator.name}' is not (python -m engine design list)"
        )
    return model


def condition(asked: Asked, model: GeneratorModel) -> np.ndarray:
    """`(outputs,)` what a goal asks for in the generator's own standard deviations; nan where it may be anything.

    What lies beyond all that the generator learned from is taken as its outermost activity (`beyond` says so): nothing
    holds a network to sense where it never was.

    Raises:
        InputError: an activity that the generator cannot be asked for.
    """
    for output in asked.goal.activity:
        if output not in model.outputs:
            raise unknown("cell type", output, model.outputs)
    wanted = np.array([asked.goal.activity.get(output, np.nan) for output in model.outputs])
    wanted = np.clip(wanted, *_learned(asked, model.outputs))
    mean, sd = splits.scale(asked.library, model.outputs)
    return (wanted * sd + mean - model.target_mean.cpu().numpy()) / model.target_sd.cpu().numpy()


def beyond(asked: Asked) -> str | None:
    """What of a goal lies beyond the activities that the generator learned from, in a sentence; None for a goal within
    them, and where there is no generator."""
    if asked.generator is None:
        return None
    outputs = tuple(o for o in asked.goal.activity if o in asked.generator.model.outputs)
    taken = []
    for output, low, high in zip(outputs, *_learned(asked, outputs), strict=True):
        wanted = asked.goal.activity[output]
        if not low <= wanted <= high:
            taken.append(f"{output} {wanted:+.3g} as {np.clip(wanted, low, high):+.2f} s.d.")
    if not taken:
        return None
    return f"'{asked.generator.name}' takes {', '.join(taken)}: it learned from no element beyond"


def _learned(asked: Asked, outputs: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    """`(outputs,)` the lowest and the highest activity that the generator learned from, in the unit of goals."""
    assert asked.generator is not None
    if not outputs:
        return np.empty(0), np.empty(0)
    rows = asked.library.split.rows(*judge.folds_of(asked.generator))
    values = common.standardised(asked.library, rows, outputs)
    return np.nanmin(values, axis=0), np.nanmax(values, axis=0)


def _frame(asked: Asked, model: GeneratorModel) -> _Frame:
    """As many bases as the network learned to see, around those that may change.

    Raises:
        InputError: more bases may change than it sees at once.
    """
    goal = asked.goal
    if goal.template is None:
        if goal.length > model.window:
            raise InputError(
                f"generators make {model.window} bases, fewer than the {goal.length} asked for; ask for {model.window} "
                "or fewer, or start from a sequence and keep what lies further apart"
            )
        return _Frame(0, goal.length, np.full(goal.length, MASK, np.uint8))
    low, high = goal.free[0], goal.free[-1] + 1
    if high - low > model.window:
        raise InputError(
            f"the bases that may change span {high - low}, and generators see {model.window} at once; keep more of "
            f"'{goal.template.name}', so that what may change lies within {model.window} bases"
        )
    length = min(goal.length, model.window)
    first = min(max(0, (low + high - length) // 2), goal.length - length)
    start = encode(goal.template.bases)
    start[list(goal.free)] = MASK
    return _Frame(first, first + length, start[first : first + length])


def _chosen(asked: Asked, frame: _Frame, source: np.random.Generator) -> np.ndarray:
    """`(length,)` where one design begins: with a number of edits, as many of the free bases hidden, at random, and the
    others as they are in the template."""
    goal = asked.goal
    free = np.flatnonzero(frame.start == MASK)
    if goal.template is None or goal.edits is None or goal.edits >= len(free):
        return frame.start
    start = encode(goal.template.bases)[frame.first : frame.last]
    start[source.choice(free, goal.edits, replace=False)] = MASK
    return start


def _few(count: int) -> list[int]:
    """Numbers of at most `MOST_STATES` of so many states, the first and the last among them."""
    return np.unique(np.linspace(0, count - 1, min(count, MOST_STATES)).round().astype(int)).tolist()


def _text(whole: np.ndarray, frame: _Frame, state: np.ndarray) -> str:
    """A state as letters, with '.' for what is not drawn yet."""
    codes = whole.copy()
    codes[frame.first : frame.last] = state
    return "".join("ACGT."[c] for c in codes)


# Without guidance designs follow the goal too little; `python -m engine design benchmark --what guidance` compares.
DEFAULT_GUIDANCE = 3.0
_GUIDED = {"guidance": DEFAULT_GUIDANCE}

MASKED = Method(
    name="masked",
    label="Masked diffusion",
    what="A network that learned to fill in hidden bases fills in all that may change, many at a time, given the "
    "wanted activities (Sahoo et al. 2024); few steps bias what comes out.",
    design=_masked,
    needs=frozenset({"generator"}),
    options={"steps": 64.0, "cosine schedule": 0.0} | _GUIDED,
    edits=True,
)
ONE_BY_ONE = Method(
    name="masked_one_by_one",
    label="Masked diffusion, one base at a time",
    what="The same network fills in one base after the other in random order, each given all that are there (Sahoo et "
    "al. 2024; Zheng et al. 2024); slower, and without the bias of few steps.",
    design=_one_by_one,
    needs=frozenset({"generator"}),
    options=_GUIDED,
    edits=True,
)
UNIFORM = Method(
    name="uniform",
    label="Uniform diffusion",
    what="Random bases are changed again and again until they read like elements with the wanted activities (score "
    "entropy: Lou et al. 2024; D3: Sarkar et al. 2024); around kept bases it is an approximation.",
    design=_uniform,
    needs=frozenset({"generator"}),
    options={"steps": 64.0, "analytic steps": 1.0} | _GUIDED,
    edits=True,
)
METHODS = (MASKED, ONE_BY_ONE, UNIFORM)
OBJECTIVE = {MASKED.name: "masked", ONE_BY_ONE.name: "masked", UNIFORM.name: "uniform"}
# The generator that a method takes unless another is named.
DEFAULT_GENERATOR = {
    MASKED.name: "design.masked_unet",
    ONE_BY_ONE.name: "design.masked_unet",
    UNIFORM.name: "design.uniform_unet",
}
