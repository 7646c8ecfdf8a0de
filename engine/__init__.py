"""CisLens engine: data, models, training, prediction and explanation of regulatory DNA.

Nothing in here imports Streamlit. Typical use from Python::

    from engine import checkpoints, predict
    from engine.sequence import read_fasta

    model = checkpoints.load("joint_legnet").model
    table = predict.predict(model, read_fasta(open("in.fa").read()))
"""

__version__ = "0.1.0"
