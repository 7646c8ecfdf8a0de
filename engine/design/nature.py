"""Nature's side of the benchmark, made once and held against every method: counterparts of what is asked for, what
judges say of them, and the training sequences in which shared stretches are looked up."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from engine.data.library import Library
from engine.design import judge, opinions
from engine.design.asking import Question
from engine.design.metrics import motifs, trust
from engine.design.metrics.novelty import Trained
from engine.design.metrics.table import Judged, Made, Sequences, Verdicts, of_judge, of_sequences, specificity
from engine.design.splits import design_rows
from engine.experiments.checkpoints import Checkpoint
from engine.interpretation.reliability import out_of_distribution as ood
from engine.interpretation.reliability.out_of_distribution import Familiar


class Nature:
    """What natural elements say to the questions of a benchmark.

    Args:
        questions: 'natural' first, as `engine.design.asking.questions` gives them.
        examined: designs whose maps are examined, spread evenly over the goals.
    """

    def __init__(self, library: Library, questions: tuple[Question, ...], examined: int = 0):
        self.library, self.question, self.examined = library, questions[0], examined
        self.outputs = library.table.outputs
        self._familiar: dict[str, Familiar] = {}
        self._judged: dict[str, Judged] = {}
        self._all: dict[str, np.ndarray] = {}

    @cached_property
    def trained(self) -> Trained:
        """Half A of the training folds, from which generators and guides learn."""
        return Trained(self.library.table.codes[design_rows(self.library)])

    @cached_property
    def made(self) -> Made:
        """The counterparts of the first question."""
        return made(self.library.table.codes[self.question.rows])

    def sequences(self, codes: np.ndarray) -> dict[str, float]:
        """Every number of answers `(N, length)` to the first question that needs no judge."""
        return of_sequences(Sequences(made(codes), self.made, self.trained))

    def judged_by(self, checkpoint: Checkpoint, codes: np.ndarray, specific: dict[str, np.ndarray]) -> dict[str, float]:
        """Every number that one judge gives.

        Args:
            codes: `(N, length)` answers to the first question.
            specific: `(n, length)` answers to the others, by the output that they are to be specific to.
        """
        name = checkpoint.weights_hash
        if name not in self._judged:
            self._familiar[name] = trust.familiar(checkpoint, self.library)
            self._judged[name] = self._say(checkpoint, self.library.table.codes[self.question.rows])
            self._all[name] = self._of_test_fold(checkpoint)
        case = Verdicts(self._say(checkpoint, codes), self._judged[name], self.question.wanted, self.outputs)
        values = {o: judge.in_sd(checkpoint, some, self.outputs, self.library) for o, some in specific.items()}
        return of_judge(case) | specificity(values, self._all[name], self.outputs) | self._reliable(checkpoint, codes)

    def _reliable(self, checkpoint: Checkpoint, codes: np.ndarray) -> dict[str, float]:
        """`reliable/output` of some answers; empty for a judge whose maps have no scale."""
        if not self.examined:
            return {}
        some = codes[np.linspace(0, len(codes) - 1, min(self.examined, len(codes))).round().astype(np.int64)]
        usual = {output: trust.reliable(checkpoint, some, output) for output in self.outputs}
        return {f"reliable/{output}": float(each.mean()) for output, each in usual.items() if each is not None}

    def _say(self, checkpoint: Checkpoint, codes: np.ndarray) -> Judged:
        embedded = ood.embeddings(checkpoint.inference_model, codes)
        return Judged(
            judge.in_sd(checkpoint, codes, self.outputs, self.library),
            embedded,
            trust.unfamiliar(codes, checkpoint, self._familiar[checkpoint.weights_hash], embedded),
        )

    def _of_test_fold(self, checkpoint: Checkpoint) -> np.ndarray:
        """`(elements, outputs)` s.d. of all elements of the test fold, out of what is kept beside the weights."""
        kept = opinions.of_natural(checkpoint, self.library)
        if kept is None:
            return judge.in_sd(
                checkpoint, self.library.table.codes[self.library.split.test], self.outputs, self.library
            )
        return np.stack([kept.column(output) for output in self.outputs], axis=1)


def made(codes: np.ndarray) -> Made:
    """Sequences `(n, length)` with the motifs that they hold."""
    return Made(codes, motifs.content(codes))
