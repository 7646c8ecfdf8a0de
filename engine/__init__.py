"""CisLens engine: data, models, training, prediction and explanation of regulatory DNA.

Nothing in here imports Streamlit. Typical use from Python::

    from engine import checkpoints, predict
    from engine.sequence import read_fasta

    model = checkpoints.load("joint_legnet").model
    table = predict.predict(model, read_fasta(open("in.fa").read()))
"""

import os

# Before torch is loaded: OpenMP's threads are to sleep soon while they wait for each other. By default they spin for
# long, and a computation beside other busy processes can then take many times as long (`benchmarks/busy_machine.py`).
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("GOMP_SPINCOUNT", "1000")

__version__ = "0.1.0"
