"""The one writer of files: whatever breaks off and whoever else writes, a file is the old or the new one, whole."""

import os
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from engine import store
from tests import interrupted


@pytest.fixture(autouse=True)
def to_the_disk(monkeypatch):
    """As in life; `tests/conftest.py` spares the other tests the waiting."""
    monkeypatch.setattr(store, "_fsync", store._fsync.__wrapped__)


OLD, NEW = {"a": 1}, {"b": list(range(200))}


def wholes(file):
    return [p.name for p in file.parent.iterdir() if not p.name.endswith(".partial")]


@interrupted.unix
@pytest.mark.parametrize("before", [OLD, None])
@pytest.mark.parametrize("strike", [interrupted.kills, interrupted.refusals])
def test_a_json_file_is_whole_whatever_operation_it_breaks_off_at(strike, before, tmp_path):
    file = tmp_path / "a.json"
    if before:
        store.write_json(file, before)
    points = []
    for point in strike(lambda: store.write_json(file, NEW), tmp_path):
        points.append(point)
        assert store.read_json(file, "none") in (before or {}, NEW), point
        assert wholes(file) in ([], ["a.json"]), point
        if strike is interrupted.refusals:
            assert not list(tmp_path.glob(".*")), point
    assert len(points) >= 5 and points[-1].endswith("none")


@interrupted.unix
def test_arrays_are_whole_whatever_operation_they_break_off_at(tmp_path):
    file = tmp_path / "new" / "a.npz"
    for point in interrupted.kills(lambda: store.write_arrays(file, a=np.arange(50)), tmp_path):
        assert not file.exists() or store.load_arrays(file)["a"].tolist() == list(range(50)), point


@interrupted.unix
@pytest.mark.parametrize("dies", [False, True])
def test_a_full_disk_destroys_nothing(dies, tmp_path):
    file = tmp_path / "a.json"
    store.write_json(file, OLD)
    store.write_json(tmp_path / "b.json", NEW)
    needed = (tmp_path / "b.json").stat().st_size
    (tmp_path / "b.json").unlink()
    for room in interrupted.out_of_room(lambda: store.write_json(file, NEW), tmp_path, range(0, needed + 90, 91), dies):
        assert store.load_json(file) == (NEW if room >= needed else OLD), room
        assert dies or os.listdir(tmp_path) == ["a.json"], room


def test_many_writers_of_one_file_all_succeed_and_readers_see_whole_ones_alone(tmp_path):
    file, failed, read = tmp_path / "a.json", [], []
    contents = [{"writer": w, "more": [w] * 500} for w in range(3)]
    store.write_json(file, contents[0])
    stop = threading.Event()

    def write(content):
        try:
            for _ in range(40):
                store.write_json(file, content)
        except BaseException as error:
            failed.append(error)

    def look():
        while not stop.is_set():
            read.append(store.load_json(file))  # None for half a file

    code = "import sys, json; from engine import store; [store.write_json({!r}, {!r}) for _ in range(40)]"
    other = subprocess.Popen([sys.executable, "-c", code.format(str(file), contents[2])])
    threads = [threading.Thread(target=write, args=(c,)) for c in contents]
    reader = threading.Thread(target=look)
    for thread in (reader, *threads):
        thread.start()
    for thread in threads:
        thread.join()
    assert other.wait() == 0
    stop.set()
    reader.join()
    assert not failed and read and all(r in contents for r in read) and os.listdir(tmp_path) == ["a.json"]


@interrupted.unix
def test_what_dead_processes_left_is_swept_and_what_lives_stays(tmp_path):
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    own = store.beside(tmp_path / "a")
    host = own.name.split("-")[1]

    def left(n, by=dead.pid, on=host):
        return tmp_path / f".cislens-{on}-{by}-{n:016}.partial"

    file, folder, young, elsewhere, foreign = left(0), left(1), left(2), left(3, on="0" * 8), tmp_path / "mine.partial"
    folder.mkdir()
    for new in (own, file, folder / "weights", young, elsewhere, foreign):
        new.touch()
    for old in (own, file, folder, elsewhere, foreign):
        os.utime(old, (time.time() - 7200,) * 2)
    store.write_json(tmp_path / "a.json", OLD)
    assert {f.name for f in tmp_path.iterdir()} == {own.name, young.name, elsewhere.name, foreign.name, "a.json"}


def test_no_reader_takes_a_temporary_name_for_a_result(tmp_path):
    name = store.beside(tmp_path / "metrics.json")
    assert name.name.startswith(".") and name.suffix == ".partial" and len(name.name) < 80
    assert store.beside(tmp_path / "metrics.json") != name


@interrupted.unix
def test_a_link_stays_a_link_and_its_target_gets_the_content(tmp_path):
    real, link, dangling = tmp_path / "real" / "a.json", tmp_path / "link.json", tmp_path / "dangling.json"
    store.write_json(real, OLD)
    link.symlink_to("real/a.json")
    dangling.symlink_to("real/b.json")
    for file in (link, dangling):
        store.write_json(file, NEW)
        assert file.is_symlink() and store.load_json(file.resolve()) == NEW
    assert sorted(os.listdir(tmp_path / "real")) == ["a.json", "b.json"]
    circle = tmp_path / "circle"
    circle.symlink_to(circle)
    with pytest.raises(OSError, match="symbolic links"):
        store.write_json(circle, NEW)


@interrupted.unix
def test_a_pipe_and_an_open_file_get_the_content_and_stay(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    got = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    store.write_bytes(pipe, b"through the pipe")
    reader.join()
    assert got == [b"through the pipe"] and pipe.is_fifo()

    log = tmp_path / "log"
    with log.open("wb") as handle:
        handle.write(b"before ")
        handle.flush()
        link = tmp_path / "link"
        link.symlink_to(f"/dev/fd/{handle.fileno()}")
        store.write_bytes(link, b"after")
    assert log.read_bytes() == b"before after" and link.is_symlink()


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs the device that is always full")
def test_a_device_is_written_to_and_says_when_it_is_full(tmp_path):
    link = tmp_path / "link"  # never by its own name: a broken writer could replace it
    link.symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left"):
        store.write_bytes(link, b"x")
    assert link.is_symlink()


def test_a_folder_is_not_a_file(tmp_path):
    with pytest.raises(IsADirectoryError), store.replacing(tmp_path):
        pass


def test_a_cache_that_cannot_be_written_is_done_without_and_a_result_is_not(tmp_path):
    (tmp_path / "file").touch()
    unwritable = tmp_path / "file" / "a.npz"
    assert store.remembered(unwritable, ("a",), lambda: {"a": np.ones(2)})["a"].sum() == 2
    with pytest.raises(OSError):
        store.remembered(unwritable, ("a",), lambda: {"a": np.ones(2)}, mend="python -m engine evaluate toy")
