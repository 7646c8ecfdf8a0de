"""The locked lists name everything that is installed, in the versions of requirements*.txt, each with its hashes."""

import importlib.metadata
import re
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
LOCKED = ROOT / "locked"
LISTS = {"app": "requirements.txt", "test": "requirements-test.txt", "docs": "requirements-docs.txt"}


def entries(*names: str) -> dict[str, tuple[str, list[str]]]:
    """Version and hashes by package, of one or several lists."""
    found = {}
    for name in names:
        for entry in re.split(r"\n(?=\S)", (LOCKED / f"{name}.txt").read_text(encoding="utf-8").strip()):
            package, version = re.match(r"([\w.\-\[\]]+)==([\w.+]+)", entry).groups()
            hashes = re.findall(r"--hash=sha256:([0-9a-f]{64})\b", entry)
            found[canonicalize_name(package.split("[")[0])] = (version, hashes)
    return found


def pinned(file: Path) -> dict[str, str]:
    """Version by package as a file of requirements and those that it includes pin them."""
    versions = {}
    for line in file.read_text(encoding="utf-8").split("\n"):
        if line.startswith("-r "):
            versions |= pinned(file.parent / line[3:].strip())
        elif line.strip():
            package, version = line.strip().split("==")
            versions[canonicalize_name(package)] = version
    return versions


@pytest.mark.parametrize("name", LISTS)
def test_what_is_pinned_is_locked_in_the_same_version_and_everything_has_hashes(name):
    locked = entries(name, *([] if name == "docs" else ["torch"]))
    for package, version in pinned(ROOT / LISTS[name]).items():
        assert locked[package][0] == version, f"{package}: run locked/make"
    assert all(hashes for _, hashes in locked.values())


def test_the_lists_agree_where_they_share_a_package():
    test = entries("test", "torch")
    for name in ("app", "docs"):
        assert {p: v for p, (v, _) in entries(name).items() if p in test and test[p][0] != v} == {}
    assert entries("torch-cpu")["torch"][0] == test["torch"][0] + "+cpu"


@pytest.mark.parametrize("name", LISTS)
def test_what_packages_need_is_locked_too(name):
    """Every requirement of every installed package of the list, as the packages themselves state them."""
    environment = default_environment() | {"extra": ""}
    locked = entries(*(["docs", "test"] if name == "docs" else [name]), "torch", "torch-gpu")
    missing = set()
    for package in entries(name):
        try:
            needs = importlib.metadata.requires(package) or []
        except importlib.metadata.PackageNotFoundError:  # of another system, or of the API pages
            continue
        for need in map(Requirement, needs):
            if not need.marker or need.marker.evaluate(environment):
                version = locked.get(canonicalize_name(need.name), ("",))[0]
                if not version or not need.specifier.contains(version, prereleases=True):
                    missing.add(f"{package} needs {need}")
    assert missing == set()


def test_start_and_test_install_from_the_lists_alone():
    for script in ("start", "test", ".ci/run", "locked/install"):
        for line in (ROOT / script).read_text(encoding="utf-8").split("\n"):
            assert "pip install" not in line or "--require-hashes" in line, f"{script}: {line}"
    assert "locked/install app" in (ROOT / "start").read_text(encoding="utf-8")
    assert "locked/install test" in (ROOT / "test").read_text(encoding="utf-8")
