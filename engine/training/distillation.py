"""A student learns what the networks of a teacher say together, and how far they differ (DEGU; Zhou et al. 2024,
bioRxiv 2024.11.13.623485), on training sequences, mutants and shuffles of them.

A sequence that the teacher has labelled costs no experiment. The student's outputs learn the teacher's mean, its
further columns the spread of the teacher's networks, and, from the measurements, the noise that is left around the
mean: of training sequences alone, which the teacher has learned, so that it is too small until it is calibrated on the
validation fold.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import softplus
from tqdm import tqdm

from engine import store
from engine.data.library import Library
from engine.errors import InputError
from engine.experiments import checkpoints
from engine.experiments.checkpoints import Checkpoint
from engine.experiments.declared import Experiment
from engine.experiments.distillation import Distillation, uncertainty_columns
from engine.losses.gaussian_nll import gaussian_nll
from engine.losses.pointwise import mse
from engine.models.ensemble import Ensemble
from engine.models.layers import SequenceModel
from engine.models.predict import predict_codes
from engine.sequence import decode, dinucleotide_shuffle, encode
from engine.training.activity import ActivityTask, Elements, with_adapters

AT_ONCE = 4096  # sequences that are labelled between two writes to the disk
SMALLEST = 1e-3  # standard deviation that a noise may be, in standard deviations of the activities


@dataclass(frozen=True)
class Labelled:
    """Sequences with what a teacher says of them.

    Attributes:
        codes: `(n, 200)` uint8; training elements first, in the order of the split.
        mean, spread: `(n, outputs)` float32, of the teacher's networks, log2(RNA/DNA).
    """

    codes: np.ndarray
    mean: np.ndarray
    spread: np.ndarray


class DistillationTask(ActivityTask):
    """A declared student on a library: a `loop.Task`.

    The validation fold chooses the epoch by what was measured, as of any other model.

    Raises:
        InputError: a teacher of one network or without an output of the student, or a student whose head lacks columns.
        CheckpointError: the teacher is not trained.
    """

    def __init__(self, experiment: Experiment, library: Library, device: torch.device, dtype: torch.dtype):
        super().__init__(experiment, library, device, dtype)
        declared = experiment.distillation
        assert declared is not None
        outputs = experiment.task.outputs
        if tuple(experiment.model.options.get("further", ())) != (wanted := uncertainty_columns(outputs)):
            raise InputError(f"the student '{experiment.name}' needs the further columns {', '.join(wanted)}")
        teacher = checkpoints.load(declared.teacher)
        labelled = label(teacher, outputs, declared, library, device, dtype)
        measured, libraries = self.targets, self.libraries
        self.identity += teacher.weights_hash
        self.weight = declared.weight
        self.oligos = torch.as_tensor(with_adapters(labelled.codes)).to(device)
        mean = (labelled.mean - self.mean) / self.sd
        spread = labelled.spread / self.sd
        self.usual = torch.as_tensor(spread.mean(axis=0), dtype=torch.float32).to(device)
        # beside what the teacher says: what was measured, of training elements alone
        known = torch.full((len(mean), len(outputs)), torch.nan, device=device)
        known[: len(measured)] = measured
        said = torch.as_tensor(np.concatenate([mean, spread], axis=1), dtype=torch.float32).to(device)
        self.targets = torch.cat([said, known], dim=1)
        # a copy is of its element's library, which only a discriminator would ask for
        self.libraries = torch.zeros(len(mean), dtype=libraries.dtype, device=device)
        self.tier = np.zeros(len(mean), np.int64)
        self.steps = max(1, len(self.oligos) // experiment.optimizer.batch_size)

    def losses(self, model: SequenceModel, batch: Elements, progress: float) -> dict[str, Tensor]:
        outputs = model.training_outputs(batch.one_hot())
        with torch.autocast(self.device.type, enabled=False):
            each = [self._of_network(member, batch.targets) for member in outputs.members.float()]
        return {name: torch.stack([parts[name] for parts in each]).mean() for name in each[0]}

    def _of_network(self, columns: Tensor, targets: Tensor) -> dict[str, Tensor]:
        mean, spread, noise = columns.chunk(3, dim=1)
        wanted, differing, measured = targets.chunk(3, dim=1)
        known = ~torch.isnan(measured)
        log_variance = 2 * softplus(noise).clamp(min=SMALLEST).log()
        parts = {
            "mean": mse(mean, wanted),
            "spread": self.weight * mse(softplus(spread) / self.usual, differing / self.usual),
        }
        if known.any():
            parts["noise"] = self.weight * gaussian_nll(mean.detach()[known], log_variance[known], measured[known])
        else:
            parts["noise"] = 0.0 * noise.sum()
        return parts


def label(
    teacher: Checkpoint,
    outputs: tuple[str, ...],
    settings: Distillation,
    library: Library,
    device: torch.device,
    dtype: torch.dtype = torch.float32,
) -> Labelled:
    """What a teacher says of the sequences of `sequences`, both strands averaged.

    What each of its models says is kept in the cache part by part, so that a stopped run goes on where it was, and a
    teacher that a model is added to asks that one alone.

    Raises:
        InputError: a teacher of one network, or one that lacks an output.
    """
    model = teacher.model
    if missing := [o for o in outputs if o not in model.outputs]:
        raise InputError(f"the teacher '{teacher.name}' has no output {', '.join(missing)}")
    codes = sequences(settings, library)
    drawn = asdict(settings) | {"teacher": "", "weight": 0}
    key = f"{library.table.hash} {library.split.hash} {drawn} {dtype}"
    networks = []
    for member in teacher.members or (teacher,):
        columns = [member.model.outputs.index(o) for o in outputs]
        said = _of_member(member, codes, key, device, dtype)[..., columns]
        together = isinstance(model, Ensemble) and not model.by_network
        networks.append(said.mean(axis=0, keepdims=True) if together else said)
    each = np.concatenate(networks)
    if len(each) < 2:
        raise InputError(f"the teacher '{teacher.name}' is one network: nothing differs that a student could learn")
    if isinstance(model, Ensemble):  # what it was calibrated by since
        at = [model.outputs.index(o) for o in outputs]
        each = each * model.target_sd[at].numpy() + model.target_mean[at].numpy()
    return Labelled(codes, each.mean(axis=0), each.std(axis=0, ddof=1))


def _of_member(member: Checkpoint, codes: np.ndarray, key: str, device: torch.device, dtype: torch.dtype) -> np.ndarray:
    """`(networks, n, outputs)` float32, log2(RNA/DNA)."""
    folder = store.cache_folder() / "labelled" / store.digest(f"{member.weights_hash} {key}", 16)
    parts = []
    starts = tqdm(range(0, len(codes), AT_ONCE), desc=f"'{member.name}' labels {len(codes):,} sequences", leave=False)
    for start in starts:
        some = codes[start : start + AT_ONCE]

        def compute(some: np.ndarray = some) -> dict[str, np.ndarray]:
            network = member.inference_model
            return {"networks": predict_codes(network, some, device=device, members=True, dtype=dtype)}

        parts.append(store.remembered(folder / f"{start}.npz", ("networks",), compute, key=key)["networks"])
    return np.concatenate(parts, axis=1)


def sequences(settings: Distillation, library: Library) -> np.ndarray:
    """`(n, 200)` uint8: the training elements, then mutants, then shuffles; the same for the same seed.

    Random draws are numpy's, so that the labels of a teacher do not hang on torch's version.
    """
    table, split = library
    codes = table.codes[split.train]
    rng = np.random.default_rng(settings.seed)
    parts = [codes]
    for _ in range(settings.mutants):
        parts.append(_mutants(codes, settings.mutations, rng))
    chosen = rng.permutation(len(codes))[: round(settings.shuffles * len(codes))]
    if len(chosen):
        parts.append(np.stack([encode(dinucleotide_shuffle(decode(codes[row]), rng)) for row in np.sort(chosen)]))
    return np.concatenate(parts)


def _mutants(codes: np.ndarray, most: int, rng: np.random.Generator) -> np.ndarray:
    """Each sequence with 1 to `most` of its known bases replaced by another one."""
    count = np.clip(np.exp(rng.uniform(0, np.log(most + 1), len(codes))).astype(np.int64), 1, most)
    rank = rng.random(codes.shape).argsort(axis=1).argsort(axis=1)
    where = (rank < count[:, None]) & (codes < 4)
    return np.where(where, (codes + rng.integers(1, 4, codes.shape)) % 4, codes).astype(np.uint8)
