"""A torch module of the user's own as a model of CisLens."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from engine import device as devices
from engine.errors import CheckpointError, InputError
from engine.models.layers import SequenceModel

LONGEST_WINDOW = 1_000_000  # bases
PROBES = 2  # sequences that a new model is tried on
CLOSE = 1e-3  # log2(RNA/DNA) that a prediction may differ by between batches


class OwnModel(SequenceModel):
    """A module `(batch, 4, length) -> (batch, outputs)` with names for its outputs, and the length that it reads.

    Its numbers are taken for log2(RNA/DNA), or whatever else the columns are: nothing is scaled. A method
    `embed(X) -> (batch, features)` of the module, if it has one, gives the representations.

    Args:
        network: the module; its weights are frozen once it is loaded.
        outputs: names of the columns, in their order; those of the library ('K562', 'HepG2', 'WTC11') can be scored.
        window: bases that it reads at once.
        any_length: it also takes sequences of other lengths, which the window policy 'whole' needs.

    Raises:
        InputError: no output, or two of one name, or a window that is none.
    """

    def __init__(self, network: nn.Module, outputs: tuple[str, ...], window: int = 200, any_length: bool = False):
        names = tuple(str(o).strip() for o in outputs)
        if not names or not all(names) or len(set(names)) < len(names):
            raise InputError(f"the outputs of a model need names that differ, not {names}")
        if not 1 <= window <= LONGEST_WINDOW:
            raise InputError(f"the window of a model is between 1 and {LONGEST_WINDOW:,} bases, not {window}")
        super().__init__(names)
        self.network, self.window, self.any_length = network, window, any_length

    def embed(self, x: Tensor) -> Tensor:
        """Raises InputError for a module without `embed`."""
        method = getattr(self.network, "embed", None)
        if method is None:
            raise InputError("this model of your own has no method embed(X), which representations are made of")
        return method(x)

    def standardised(self, x: Tensor) -> Tensor:
        """Raises InputError for a length that the module does not take, or an answer that has not its outputs."""
        if not self.any_length and x.shape[2] != self.window:
            raise InputError(
                f"this model of your own reads {self.window} bases at once, not {x.shape[2]}; "
                "take the window policy 'centre', 'tile' or 'pad'"
            )
        given = self.network(x)
        expected = (len(x), len(self.outputs))
        shape = tuple(given.shape) if isinstance(given, Tensor) else type(given).__name__
        if shape != expected:  # a column alone would be spread over all outputs
            raise InputError(f"this model of your own gives {shape} for {len(x)} sequences; expected {expected}")
        return given


def check_contract(model: SequenceModel, what: str) -> None:
    """Try a model on made-up sequences; raises CheckpointError for one that cannot be asked like the others.

    It has to give `(batch, outputs)` finite numbers, which do not depend on what else is in the batch.
    """
    codes = torch.randint(0, 4, (PROBES, model.window), generator=torch.Generator().manual_seed(0))
    x = nn.functional.one_hot(codes, 4).transpose(1, 2).float()
    try:
        with devices.inference(model, torch.device("cpu")) as (network, _), torch.inference_mode():
            together, alone = network(x), network(x[:1])
    except Exception as error:  # whatever somebody's code raises
        raise CheckpointError(
            f"{what} cannot predict {PROBES} sequences of {model.window} bases ({type(error).__name__}: {error})"
        ) from error
    expected = (PROBES, len(model.outputs))
    if not isinstance(together, Tensor) or tuple(together.shape) != expected:
        raise CheckpointError(f"{what} gives no tensor {expected} for {PROBES} sequences")
    if not (together.is_floating_point() and bool(torch.isfinite(together).all())):
        raise CheckpointError(f"{what} gives no finite numbers for made-up sequences")
    if not torch.allclose(together[:1], alone, atol=CLOSE):
        raise CheckpointError(f"{what} predicts one sequence otherwise when another stands beside it in the batch")
