"""Where files lie: beside the engine in a checkout; of an installed copy in its share and in the user's folder."""

import shutil

import pytest

from engine import places
from engine.errors import CheckpointError


@pytest.fixture
def shipped(tmp_path):
    """What a version ships: two models and a file beside them."""
    folder = tmp_path / "site-packages" / "engine" / "_share" / places.MODELS
    write(folder, {"a/weights": "a1", "a/metrics": "m1", "a/replicates/7": "s1", "b/weights": "b1", "both.json": "c1"})
    return folder


@pytest.fixture
def own(tmp_path):
    return tmp_path / "home" / places.MODELS


@pytest.fixture
def lay_out(shipped, own):
    """`places.laid_out` as a new process calls it."""

    def call():
        places.laid_out.cache_clear()
        return places.laid_out(shipped, own)

    return call


def write(folder, files):
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def read(folder):
    return {
        f.relative_to(folder).as_posix(): f.read_text()
        for f in folder.rglob("*")
        if f.is_file() and not f.name.startswith(".")
    }


def test_in_a_checkout_everything_lies_beside_the_engine(monkeypatch):
    monkeypatch.delenv("CISLENS_MODELS", raising=False)
    root = places.SHARE.parent.parent
    assert places.root() == root
    assert places.app_script() == root / "app.py"
    assert places.app_script().is_file()
    assert (places.assets() / "style.css").is_file()
    assert places.models() == root / "trained_models"
    assert places.shared_results() == root / "shared_results"


def test_an_installed_copy_reads_its_share_and_keeps_models_in_the_users_folder(shipped, own, tmp_path, monkeypatch):
    monkeypatch.setattr(places, "SHARE", shipped.parent)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
    monkeypatch.delenv("CISLENS_MODELS", raising=False)
    assert places.app_script() == shipped.parent / "app.py"
    assert places.assets() == shipped.parent / "assets"
    assert places.models() == tmp_path / "home" / ".local" / "share" / "cislens" / places.MODELS
    assert read(places.models()) == read(shipped)
    write(shipped.parent / places.SHARED, {"comparison.json": "c"})
    shared = places.shared_results()
    assert shared == places.models().parent / "shared_results"
    assert read(shared) == {"comparison.json": "c"}


def test_a_named_folder_serves_as_it_is(shipped, tmp_path, monkeypatch):
    monkeypatch.setattr(places, "SHARE", shipped.parent)
    monkeypatch.setenv("CISLENS_MODELS", str(tmp_path / "mine"))
    assert places.models() == tmp_path / "mine"
    assert places.shared_results() == tmp_path / "shared_results"
    assert not (tmp_path / "mine").exists()


def test_a_second_process_copies_nothing(shipped, own, lay_out):
    lay_out()
    before = {f: f.stat().st_mtime_ns for f in own.rglob("*")}
    (own / "a" / "metrics").unlink()  # the user's to delete
    before.pop(own / "a" / "metrics")
    before.pop(own / "a")
    lay_out()
    assert {f: f.stat().st_mtime_ns for f in own.rglob("*") if f != own / "a"} == before


def test_a_new_version_replaces_what_the_user_left_alone(shipped, own, lay_out):
    lay_out()
    write(own, {"a/interpretation/umap": "added", "mine/weights": "w"})
    write(shipped, {"a/weights": "a2", "c/weights": "c2"})
    shutil.rmtree(shipped / "a" / "replicates")
    lay_out()
    assert read(own) == read(shipped) | {"a/interpretation/umap": "added", "mine/weights": "w"}


def test_a_model_that_was_trained_or_scored_here_stays_as_a_whole(shipped, own, lay_out):
    lay_out()
    write(own, {"a/metrics": "scored here"})
    write(shipped, {"a/weights": "a2", "b/weights": "b2"})
    lay_out()
    assert read(own)["a/weights"] == "a1"
    assert read(own)["a/metrics"] == "scored here"
    assert read(own)["b/weights"] == "b2"
    write(shipped, {"a/weights": "a3", "b/weights": "b3"})  # and so it does under the version after that
    lay_out()
    assert read(own)["a/weights"] == "a1"
    assert read(own)["b/weights"] == "b3"


def test_a_model_of_the_users_under_a_name_that_is_shipped_later_stays(shipped, own, lay_out):
    write(own, {"b/weights": "of the user"})
    lay_out()
    assert read(own)["b/weights"] == "of the user"
    assert read(own)["a/weights"] == "a1"


def test_a_copy_that_was_interrupted_is_completed(shipped, own, lay_out, monkeypatch):
    copies = []

    def copy_two(source, target):
        if len(copies) == 2:
            raise OSError(28, "No space left on device")
        copies.append(target.write_text(source.read_text()))

    lay_out()
    write(shipped, {"a/weights": "a2", "a/metrics": "m2", "a/replicates/7": "s2"})
    with monkeypatch.context() as patch:
        patch.setattr(places.shutil, "copyfile", copy_two)
        with pytest.raises(CheckpointError, match=r"No space left on device\); set CISLENS_MODELS"):
            lay_out()
    assert read(own) != read(shipped)
    lay_out()
    assert read(own) == read(shipped)


def test_a_folder_that_cannot_be_written_is_an_error_that_says_what_to_set(shipped, own, lay_out):
    own.parent.parent.mkdir(exist_ok=True)
    own.parent.write_text("a file stands where the folder is to be")
    with pytest.raises(CheckpointError, match=r"cannot be copied to .* set CISLENS_MODELS to a folder"):
        lay_out()
