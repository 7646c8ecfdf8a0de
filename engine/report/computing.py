"""How the numbers of a dossier are computed: what is chosen, and who computes.

A `Computing` is what the stages of `engine.report.dossier` ask. `Fresh` computes whatever it is asked for; a page hands
in one that remembers, so that a report needs nothing anew that is on screen already.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import torch

from engine.data import expression, motif_files
from engine.data.motif_files import Collection
from engine.experiments.checkpoints import Checkpoint
from engine.interpretation.attribution.methods import BASELINES, MOST_STEPS, IGSettings, integrated_gradients, ism
from engine.interpretation.motifs import scan
from engine.interpretation.reliability.badge import OTHER_BASELINE, Scale, calibrated, load_scale
from engine.models.predict import predict
from engine.results import MotifHit, Prediction, Progress, Track
from engine.sequence import Sequence

BASELINE = "uniform"


@dataclass(frozen=True)
class Choices:
    """What is chosen in computing a dossier.

    Attributes:
        outputs: those to explain; all of each model by default. Predictions are given for every output.
        policies: model to its window policies for the reference and for the sequence as it stands. None, as for a model
            that is not listed, takes the default for each length.
        baseline, correct_simplex: of Integrated Gradients.
        standardised: maps in standard deviations of a model's predictions on the validation fold.
        motifs: look for motifs in the reference and in the sequence as it stands.
        collection: the matrices that are looked for; None takes JASPAR's.
        largest_q: of the matches, those with a q-value up to this are reported.
        expressed_in: a cell type of `engine.data.expression`: motifs of factors that it does not make are left out;
            '' leaves none out.
    """

    outputs: tuple[str, ...] = ()
    policies: Mapping[str, tuple[str | None, str | None]] = field(default_factory=dict)
    baseline: str = BASELINE
    correct_simplex: bool = False
    standardised: bool = False
    motifs: bool = True
    largest_q: float = scan.Q_SHOWN
    collection: Collection | None = None
    expressed_in: str = ""

    def policies_of(self, model: str) -> tuple[str | None, str | None]:
        """For the reference and for the sequence as it stands."""
        return self.policies.get(model, (None, None))

    def in_words(self) -> tuple[tuple[str, str], ...]:
        """Name and value of everything that the numbers depend on."""
        unit = ", in standard deviations of a model's predictions on the validation fold" * self.standardised
        simplex = ", with simplex correction" * self.correct_simplex
        rows = [
            (
                "Integrated Gradients",
                f"from the baseline '{self.baseline}' ({BASELINES[self.baseline]}), as many steps as each map needs to "
                f"add up to 1% (at most {MOST_STEPS}), both strands"
                f"{simplex}{unit}",
            ),
            ("In-silico mutagenesis", f"all three substitutions of every base, both strands{unit}"),
        ]
        if not calibrated(self.baseline, self.correct_simplex):
            rows.append(("Reliability", OTHER_BASELINE))
        if self.motifs:
            looked_for = self.collection or motif_files.of_jaspar()
            matches = f"{looked_for.what}, matches of p ≤ {scan.P_THRESHOLD:g}"
            shown = f"sites: q ≤ {self.largest_q:g}, one family of similar matrices a place, and all gained and lost"
            remark = scan.remark(looked_for.matrices)
            made = expression.of(self.expressed_in).in_words(looked_for.matrices) if self.expressed_in else ""
            rows.append(("Motif scan", "; ".join(part for part in (matches, shown, remark, made) if part)))
        return tuple(rows)


USUAL = Choices()


class Computing(Protocol):
    """Where a dossier's numbers come from. `policy` is a window policy; None takes the default for the length."""

    def prediction(
        self, checkpoint: Checkpoint, sequence: Sequence, policy: str | None, progress: Progress | None = None
    ) -> Prediction:
        """Every output of a model, for one sequence."""

    def contributions(
        self,
        checkpoint: Checkpoint,
        sequence: Sequence,
        policy: str | None,
        output: str,
        choices: Choices,
        progress: Progress | None = None,
    ) -> Track:
        """Integrated Gradients of one output."""

    def mutagenesis(
        self,
        checkpoint: Checkpoint,
        sequence: Sequence,
        policy: str | None,
        standardised: bool,
        progress: Progress | None = None,
    ) -> Track:
        """In-silico mutagenesis of every output."""

    def motif_hits(
        self, sequence: Sequence, collection: Collection | None, progress: Progress | None = None
    ) -> list[MotifHit]:
        """Matches of the matrices of a collection; None takes JASPAR's."""

    def scale(self, checkpoint: Checkpoint, output: str) -> Scale | None:
        """The scale of verdicts on maps of an output; None where it was not computed."""


@dataclass(frozen=True)
class Fresh:
    """A `Computing` that computes everything it is asked for; `device` None: where the model is."""

    device: torch.device | None = None

    def prediction(
        self, checkpoint: Checkpoint, sequence: Sequence, policy: str | None, progress: Progress | None = None
    ) -> Prediction:
        model = checkpoint.inference_model
        return predict(model, [sequence], name=checkpoint.name, policy=policy, device=self.device, progress=progress)

    def contributions(
        self,
        checkpoint: Checkpoint,
        sequence: Sequence,
        policy: str | None,
        output: str,
        choices: Choices,
        progress: Progress | None = None,
    ) -> Track:
        how = IGSettings(baseline=choices.baseline, correct_simplex=choices.correct_simplex, policy=policy)
        column = checkpoint.model.outputs.index(output)
        return integrated_gradients(
            checkpoint.inference_model,
            sequence,
            how,
            outputs=(output,),
            name=checkpoint.name,
            scale=checkpoint.standardisation()[1][[column]] if choices.standardised else None,
            device=self.device,
            progress=progress,
        )

    def mutagenesis(
        self,
        checkpoint: Checkpoint,
        sequence: Sequence,
        policy: str | None,
        standardised: bool,
        progress: Progress | None = None,
    ) -> Track:
        return ism(
            checkpoint.inference_model,
            sequence,
            name=checkpoint.name,
            policy=policy,
            scale=checkpoint.standardisation()[1] if standardised else None,
            device=self.device,
            progress=progress,
        )

    def motif_hits(
        self, sequence: Sequence, collection: Collection | None, progress: Progress | None = None
    ) -> list[MotifHit]:
        return scan.scan(sequence, collection.matrices if collection else None, progress=progress)

    def scale(self, checkpoint: Checkpoint, output: str) -> Scale | None:
        return load_scale(checkpoint, output)


FRESH = Fresh()
