"""Sources: the table of files, the checksum test, downloads that break, and computed tables' names."""

import dataclasses
import hashlib
import http.server
import json
import threading

import numpy as np
import pytest

from engine import store
from engine.data import sources
from engine.data.sources import SOURCES, Source
from engine.errors import DataError, InputError

CONTENT = bytes(range(256)) * 40 + b"end"  # not a multiple of any block size


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty cache, and no local folder of data."""
    monkeypatch.setenv("CISLENS_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("CISLENS_DATA", raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return tmp_path / "cache" / "downloads"


@pytest.fixture
def source(monkeypatch):
    """A factory that puts one small source into the table."""

    def make(url: str | None = "http://127.0.0.1:9/toy.bin", content: bytes = CONTENT) -> Source:
        made = Source(
            "toy", "toy.bin", url, len(content), hashlib.sha256(content).hexdigest(), "a toy", "nobody", "none"
        )
        monkeypatch.setitem(SOURCES, "toy", made)
        return made

    return make


@pytest.fixture
def server():
    """A web server on this machine: /good, /wrong (same length, other bytes), /short (a body that breaks off)."""
    requests = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            requests.append(self.path)
            if self.path not in ("/good", "/wrong", "/short"):
                self.send_error(404)
                return
            body = {"/good": CONTENT, "/wrong": CONTENT[::-1], "/short": CONTENT[:1000]}[self.path]
            self.send_response(200)
            self.send_header("Content-Length", str(len(CONTENT)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        running.address = f"http://127.0.0.1:{running.server_port}"
        running.requests = requests
        thread = threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def put(file, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)


# --- the table --------------------------------------------------------------------------------------


def test_the_table_states_the_facts_of_the_published_files():
    folder = sources.local_folder() or store.cache_folder()
    if not (folder / "sources.json").is_file():
        pytest.skip(f"no {folder / 'sources.json'} to compare with")
    facts = {}
    for inner in ("", "networks/"):
        facts |= {f"{inner}{f['file']}": f for f in json.loads((folder / inner / "sources.json").read_text())}
    for source in SOURCES.values():
        fact = facts[source.file]
        assert (source.url, source.bytes, source.sha256) == (fact["url"], fact["bytes"], fact["sha256"]), source.name
        assert ("do not redistribute" in fact["licence"]) <= ("do not redistribute" in source.licence), source.name


def test_every_source_is_named_once_and_has_a_pinned_address():
    assert len({s.file for s in SOURCES.values()}) == len(SOURCES)
    for name, source in SOURCES.items():
        assert source.name == name
        assert source.url is None or source.url.startswith("https://")
        assert len(source.sha256) == 64
        assert source.cite
        assert source.licence


def test_an_unknown_source_lists_the_known_ones():
    with pytest.raises(InputError, match=r"unknown data file 'genome'; known: lentimpra_sequences, .*cagi5_challenge"):
        sources.path("genome")


# --- what is there ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "state"),
    [
        (None, "missing"),
        (b"", "incomplete"),
        (CONTENT[:-1], "incomplete"),
        (CONTENT[::-1], "wrong checksum"),
        (CONTENT + b"x", "wrong checksum"),
        (CONTENT, "ok"),
    ],
)
@pytest.mark.parametrize("where", ["cache", "local"])
def test_a_file_is_served_only_if_its_checksum_matches(content, state, where, folder, source, tmp_path, monkeypatch):
    file = folder / "toy.bin"
    if where == "local":
        monkeypatch.setenv("CISLENS_DATA", str(tmp_path / "mine"))
        file = tmp_path / "mine" / "toy.bin"
        put(folder / "toy.bin", CONTENT)  # must not serve: CISLENS_DATA says where the data are
    toy = source()
    if content is not None:
        put(file, content)
    assert sources.state(toy) == state
    assert sources.available("toy") == (content is not None and len(content) == len(CONTENT))
    if state == "ok":
        assert sources.path("toy") == file
    else:
        with pytest.raises(DataError) as caught:
            sources.path("toy")
        message = str(caught.value)
        assert f"data file 'toy' (toy.bin) is {state} at {file}" in message
        assert ("python -m engine data fetch toy" if where == "cache" else "CISLENS_DATA points there") in message


def test_a_file_without_a_download_says_where_to_put_a_copy(folder, source):
    source(url=None)
    for ask in (sources.path, sources.fetch):
        with pytest.raises(DataError, match="no public download; put a copy there"):
            ask("toy")


# --- downloads --------------------------------------------------------------------------------------


def test_a_download_is_kept_and_progress_adds_up_to_its_size(folder, source, server):
    source(server.address + "/good")
    counted = []
    file = sources.fetch("toy", counted.append)
    assert file == folder / "toy.bin"
    assert file.read_bytes() == CONTENT
    assert sum(counted) == len(CONTENT)
    assert min(counted) > 0
    assert [f.name for f in folder.iterdir()] == ["toy.bin"]


def test_a_good_file_is_not_downloaded_again(folder, source, server):
    source(server.address + "/wrong")
    put(folder / "toy.bin", CONTENT)
    assert sources.fetch("toy").read_bytes() == CONTENT
    assert server.requests == []


def test_a_new_version_replaces_an_outdated_file(folder, source, server):
    source(server.address + "/good")
    put(folder / "toy.bin", b"an older version")
    assert sources.fetch("toy").read_bytes() == CONTENT


@pytest.mark.parametrize("path", ["/wrong", "/short", "/nothing"])
@pytest.mark.parametrize("before", [None, b"an older version"])
def test_a_broken_download_leaves_everything_as_it_was(path, before, folder, source, server):
    toy = source(server.address + path)
    if before is not None:
        put(folder / "toy.bin", before)
    with pytest.raises(DataError) as caught:
        sources.fetch("toy")
    for part in ("'toy'", toy.url, str(folder / "toy.bin")):
        assert part in str(caught.value)
    assert server.requests == [path]
    kept = {f.name: f.read_bytes() for f in folder.iterdir()} if folder.is_dir() else {}
    assert kept == ({} if before is None else {"toy.bin": before})


def test_no_connection_is_an_error_that_names_file_address_and_place(folder, source, server):
    server.shutdown()
    server.server_close()
    toy = source(server.address + "/good")
    with pytest.raises(DataError) as caught:
        sources.fetch("toy")
    for part in ("'toy'", toy.url, str(folder / "toy.bin"), "ConnectionError", "CISLENS_DATA", "toy.bin"):
        assert part in str(caught.value)


def test_a_full_disk_is_not_taken_for_the_network_and_leaves_nothing(folder, source, server, monkeypatch):
    source(server.address + "/good")

    def no_room(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store, "_fsync", no_room)
    with pytest.raises(
        DataError, match=r"cannot be written to .*toy.bin \(No space left on device\); make room"
    ) as caught:
        sources.fetch("toy")
    assert "network" not in str(caught.value) and list(folder.iterdir()) == []


def test_nothing_is_downloaded_into_a_folder_of_the_users_own(folder, source, server, tmp_path, monkeypatch):
    source(server.address + "/good")
    monkeypatch.setenv("CISLENS_DATA", str(tmp_path))
    with pytest.raises(DataError, match="CISLENS_DATA points there: copy the file from"):
        sources.fetch("toy")
    assert server.requests == []
    assert not (tmp_path / "toy.bin").exists()


# --- computed tables --------------------------------------------------------------------------------


def test_a_computed_table_of_a_new_version_has_a_new_path(folder, source, monkeypatch):
    old = source()
    path = sources.processed("table", "toy")
    assert sources.processed("table", "toy") == path
    assert sources.processed("other", "toy") != path
    monkeypatch.setitem(SOURCES, "toy", dataclasses.replace(old, sha256="0" * 64))
    assert sources.processed("table", "toy") != path


def test_computed_tables_go_to_the_cache_even_with_a_folder_of_the_users_own(folder, source, tmp_path, monkeypatch):
    source()
    monkeypatch.setenv("CISLENS_DATA", str(tmp_path / "mine"))
    assert sources.processed("table", "toy").is_relative_to(tmp_path / "cache")


def test_a_computed_table_appears_only_when_it_is_whole(tmp_path, monkeypatch):
    file = tmp_path / "table.npz"
    store.write_arrays(file, a=np.arange(3))
    write = np.savez_compressed

    def breaks(file, **arrays):
        write(file, **arrays)
        raise OSError("disk full")

    monkeypatch.setattr(np, "savez_compressed", breaks)
    for place in (file, tmp_path / "new.npz"):
        with pytest.raises(OSError, match="disk full"):
            store.write_arrays(place, a=np.zeros(5))
    assert not (tmp_path / "new.npz").exists()
    with np.load(file) as kept:
        assert kept["a"].tolist() == [0, 1, 2]
