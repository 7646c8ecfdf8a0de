"""Models of the user's own: those of the documentation, an entry point, and what is refused."""

import importlib.metadata
import re
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from tangermeme.predict import predict as tangermeme_predict
from torch import nn

from engine.errors import CheckpointError, InputError
from engine.experiments import adopt, checkpoints, own
from engine.interpretation.attribution.methods import IGSettings, integrated_gradients, ism
from engine.models.own import OwnModel
from engine.models.predict import predict, predict_codes
from engine.sequence import Sequence, encode, one_hot, reverse_complement

PAGE = Path(__file__).resolve().parents[2] / "docs" / "own_model.md"
BLOCKS = re.findall(r"```python\n# ([^\n]+)\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.S)
LINEAR = """
from torch import nn
from engine.models.own import OwnModel

def build():
    return OwnModel(nn.Sequential(nn.Flatten(), nn.Linear(80, 1)), outputs=("mine",), window=20)
"""


@pytest.fixture
def documented(tmp_path, monkeypatch, models_folder):
    """The folders that the page describes, made by running its code."""
    monkeypatch.chdir(tmp_path)
    torch.manual_seed(0)
    for title, code in BLOCKS:
        if title.endswith("model.py"):
            (tmp_path / title).parent.mkdir()
            (tmp_path / title).write_text(code, encoding="utf-8")
        else:
            exec(code, {})
    return tmp_path


@pytest.fixture
def linear(tmp_path, models_folder):
    """A folder with a model whose answer is known: each base adds its own weight."""
    folder = tmp_path / "linear"
    folder.mkdir()
    (folder / "model.py").write_text(LINEAR, encoding="utf-8")
    network = nn.Sequential(nn.Flatten(), nn.Linear(80, 1))
    torch.manual_seed(1)
    save_file(network.state_dict(), folder / "weights.safetensors")
    return folder, network[1].weight.detach().numpy().reshape(4, 20).T, float(network[1].bias.detach())


@pytest.mark.parametrize("name", ["my_cnn", "my_bpnet"])
def test_the_models_of_the_page_are_added_and_asked_like_all_others(documented, name, random_bases):
    assert sum(title == f"{name}/model.py" for title, _ in BLOCKS) == 1
    code = next(code for title, code in BLOCKS if title == f"{name}/model.py")
    assert len([line for line in code.split("\n") if line.strip()]) <= 30
    checkpoint = adopt.add(str(documented / name))
    assert name in checkpoints.trained() and checkpoints.read_metrics(name) == {}
    model = checkpoint.inference_model
    sequence = Sequence("mine", random_bases(model.window, 3))
    x = torch.as_tensor(one_hot(encode(sequence.bases))[None])
    plain = tangermeme_predict(checkpoint.model.network, x, device="cpu", verbose=False).numpy()
    np.testing.assert_allclose(predict_codes(model, encode(sequence.bases)[None], both_strands=False), plain, atol=1e-5)
    other = Sequence("other", reverse_complement(sequence.bases))
    values = predict(model, [sequence, other, Sequence("short", sequence.bases[:60])]).values
    np.testing.assert_allclose(values[0], values[1], atol=1e-5)
    assert values.shape == (3, len(model.outputs))
    assert ism(model, sequence).values.shape == (len(model.outputs), model.window, 4)
    track = integrated_gradients(model, sequence, IGSettings(steps=20))
    assert max(map(abs, track.checks["convergence_delta"].values())) < 0.05


def test_the_numbers_are_those_of_the_module(linear, random_bases):
    folder, weights, bias = linear
    model = adopt.add(str(folder)).inference_model
    bases = random_bases(20, 5)

    def by_hand(letters: str) -> float:
        return bias + sum(weights[i, "ACGT".index(b)] for i, b in enumerate(letters))

    expected = (by_hand(bases) + by_hand(reverse_complement(bases))) / 2
    assert predict(model, [Sequence("mine", bases)]).values[0, 0] == pytest.approx(expected, abs=1e-5)
    effects = ism(model, Sequence("mine", bases)).values[0]
    changed = "A" + bases[1:]
    both = (by_hand(changed) + by_hand(reverse_complement(changed))) / 2
    assert effects[0, 0] == pytest.approx(both - expected, abs=1e-5)


def test_a_batch_norm_is_never_folded_into_layers_that_it_may_not_follow(models_folder):
    class Backwards(nn.Module):
        def __init__(self):
            super().__init__()
            self.second, self.first = nn.Conv1d(4, 4, 1), nn.BatchNorm1d(4)

        def forward(self, x):
            return self.second(self.first(x)).mean(dim=2)

    model = OwnModel(Backwards(), ("a", "b", "c", "d"), 20)
    model.network.first.running_mean += 3.0
    from engine.models.fused import fused

    assert fused(model.eval()) is model


def test_what_a_model_cannot_do_is_said(linear, random_bases):
    folder, _, _ = linear
    checkpoint = adopt.add(str(folder))
    with pytest.raises(InputError, match="reads 20 bases at once, not 200; take the window policy"):
        predict(checkpoint.model, [Sequence("mine", random_bases(200))], policy="whole")
    with pytest.raises(InputError, match=r"no method embed\(X\)"):
        checkpoint.model.embed(torch.zeros(1, 4, 20))
    with pytest.raises(CheckpointError, match="run: python -m engine evaluate linear"):
        checkpoint.standardisation()


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("raise ValueError('no data')", r"cannot be built \(ValueError: no data\)"),
        ("def build():\n    return 3", r"build\(\) gives int; return engine.models.own.OwnModel"),
        (LINEAR.replace("(80, 1)", "(80, 2)"), "does not fit what"),
        (LINEAR.replace('("mine",)', '("a", "b")'), r"gives \(2, 1\) for 2 sequences; expected \(2, 2\)"),
        (LINEAR.replace('("mine",)', '("a", "a")'), "need names that differ"),
        (LINEAR.replace("window=20", "window=21"), "cannot predict 2 sequences of 21 bases"),
        (LINEAR.replace("window=20", "window=0"), "between 1 and 1,000,000 bases"),
        (
            LINEAR.replace("nn.Linear(80, 1)", "nn.Linear(80, 1), M()")
            + "class M(nn.Module):\n    def forward(self, x):\n        return x - x.mean(0)\n",
            "predicts one sequence otherwise when another stands beside it",
        ),
    ],
    ids=lambda text: text[:30] if isinstance(text, str) else None,
)
def test_what_gives_no_model_is_refused(linear, code, reason):
    folder, _, _ = linear
    (folder / "model.py").write_text(code, encoding="utf-8")
    with pytest.raises((CheckpointError, InputError), match=reason):
        adopt.add(str(folder))
    assert checkpoints.trained() == []


def test_weights_come_from_safetensors_alone(linear):
    folder, _, _ = linear
    torch.save({}, folder / "weights.pt")
    (folder / "weights.safetensors").unlink()
    with pytest.raises(CheckpointError, match="is missing; write it with safetensors"):
        adopt.add(str(folder))


def test_a_name_is_a_name_and_takes_nobodys_place(linear, models_folder, save_model):
    folder, _, _ = linear
    save_model("theirs")
    for name, reason in (
        ("../x", "no name of a model"), ("joint_legnet", "a model of CisLens"), ("theirs", "a trained model named"),
    ):  # fmt: skip
        with pytest.raises(InputError, match=reason):
            adopt.add(str(folder), name)
    with pytest.raises(InputError, match="is neither a folder with"):
        adopt.add("nothing_here")
    adopt.add(str(folder))
    with pytest.raises(InputError, match="--again puts this one in its place"):
        adopt.add(str(folder))
    adopt.add(str(folder), again=True)


def test_code_is_run_only_where_it_was_added_and_stayed_as_it_was(linear, models_folder, tmp_path, monkeypatch):
    folder, _, _ = linear
    adopt.add(str(folder))
    script = models_folder / "linear" / "model.py"
    mark = tmp_path / "was run"
    script.write_text(f"open({str(mark)!r}, 'w')\n" + LINEAR, encoding="utf-8")
    with pytest.raises(CheckpointError, match="its code or weights were changed"):
        checkpoints.load("linear")
    script.write_text(LINEAR, encoding="utf-8")
    checkpoints.load("linear")
    monkeypatch.setenv("CISLENS_CACHE", str(tmp_path / "another computer"))
    with pytest.raises(CheckpointError, match="was not added on this computer"):
        checkpoints.load("linear")
    assert not mark.exists()


def test_an_entry_point_of_a_package_is_a_model(models_folder, tmp_path, monkeypatch, random_bases):
    (tmp_path / "my_package.py").write_text(
        "import torch\n" + LINEAR.replace("def build():", "def build():\n    torch.manual_seed(3)"), encoding="utf-8"
    )
    monkeypatch.syspath_prepend(tmp_path)
    point = importlib.metadata.EntryPoint("offered", "my_package:build", own.GROUP)
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: [point] if group == own.GROUP else [])
    checkpoint = adopt.add("offered", "by_package")
    assert checkpoints.trained() == ["by_package"] and checkpoint.model.outputs == ("mine",)
    assert np.isfinite(predict(checkpoint.model, [Sequence("s", random_bases(20))]).values).all()
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: [])
    with pytest.raises(CheckpointError, match="no installed package has the entry point 'offered'"):
        checkpoints.load("by_package")
    sys.modules.pop("my_package", None)
