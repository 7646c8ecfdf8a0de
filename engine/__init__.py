"""CisLens engine: data, models, training, prediction and explanation of regulatory DNA.

Nothing in here imports Streamlit. What is used from day to day stands here under one name each and is loaded when it is
first asked for, so that `import engine` costs next to nothing. Typical use from Python::

    import engine

    model = engine.load("distilled_legnet").model  # (batch, 4, length) -> (batch, outputs), log2(RNA/DNA)
    (promoter,) = engine.read_fasta(open("in.fa").read())
    engine.predict(model, [promoter]).values  # (1, outputs), both strands averaged
    effects = engine.ism(model, promoter)  # alt minus ref of every substitution; see engine.results.Track
    effects.output("K562")  # (length, 4), order A C G T
    engine.designs(engine.Goal({"HepG2": 2.0}), 20)  # sequences for a goal in s.d.; see engine.design
"""

import importlib
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.design.by_name import designs
    from engine.design.results import Goal
    from engine.errors import CisLensError
    from engine.experiments.checkpoints import Checkpoint, load
    from engine.experiments.names import trained
    from engine.fasta import read_fasta, write_fasta
    from engine.genome.effects import score_variants
    from engine.genome.genome import Genome
    from engine.genome.notations.typed import parse_variant
    from engine.genome.notations.vcf import read_vcf
    from engine.genome.reference import GenomeReference
    from engine.genome.scan import scan
    from engine.interpretation.attribution.methods import integrated_gradients, ism
    from engine.models.predict import Run, predict
    from engine.sequence import Region, Sequence, encode, one_hot
    from engine.training.loop import RunSettings
    from engine.training.single import train

# Before torch is loaded: OpenMP's threads are to sleep soon while they wait for each other. By default they spin for
# long, and a computation beside other busy processes can then take many times as long (`benchmarks/busy_machine.py`).
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("GOMP_SPINCOUNT", "1000")

__version__ = "0.1.0"

# The public names by the module that defines them. No name may be that of a module in this folder: once somebody
# imports that, `engine.<name>` is the module.
PUBLIC: dict[str, str] = {
    # sequences
    "Sequence": "engine.sequence",
    "Region": "engine.sequence",
    "read_fasta": "engine.fasta",
    "write_fasta": "engine.fasta",
    "encode": "engine.sequence",
    "one_hot": "engine.sequence",
    # trained models
    "trained": "engine.experiments.names",
    "load": "engine.experiments.checkpoints",
    "Checkpoint": "engine.experiments.checkpoints",
    "train": "engine.training.single",
    "RunSettings": "engine.training.loop",
    # what a model says of sequences and variants
    "predict": "engine.models.predict",
    "Run": "engine.models.predict",
    "ism": "engine.interpretation.attribution.methods",
    "integrated_gradients": "engine.interpretation.attribution.methods",
    "Genome": "engine.genome.genome",
    "GenomeReference": "engine.genome.reference",
    "parse_variant": "engine.genome.notations.typed",
    "read_vcf": "engine.genome.notations.vcf",
    "score_variants": "engine.genome.effects",
    "scan": "engine.genome.scan",
    # sequences for an activity
    "Goal": "engine.design.results",
    "designs": "engine.design.by_name",
    # what the user can mend
    "CisLensError": "engine.errors",
}

__all__ = [  # PUBLIC, written out for type checkers
    "Checkpoint",
    "CisLensError",
    "Genome",
    "GenomeReference",
    "Goal",
    "Region",
    "Run",
    "RunSettings",
    "Sequence",
    "designs",
    "encode",
    "integrated_gradients",
    "ism",
    "load",
    "one_hot",
    "parse_variant",
    "predict",
    "read_fasta",
    "read_vcf",
    "scan",
    "score_variants",
    "train",
    "trained",
    "write_fasta",
]


def __getattr__(name: str) -> Any:
    """A public name, its module imported the first time (PEP 562)."""
    if name not in PUBLIC:
        raise AttributeError(f"module 'engine' has no attribute '{name}'")
    return getattr(importlib.import_module(PUBLIC[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *PUBLIC})
