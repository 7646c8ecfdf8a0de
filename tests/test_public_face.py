"""The public face of the engine: what `import engine` gives, and that it stays the same as where it is defined."""

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import engine

FOLDER = Path(engine.__file__).parent


@pytest.mark.parametrize("name", engine.PUBLIC)
def test_a_public_name_is_what_its_module_defines(name):
    module = importlib.import_module(engine.PUBLIC[name])
    assert getattr(engine, name) is getattr(module, name)
    assert getattr(engine, name).__module__ == engine.PUBLIC[name]


def test_the_list_for_readers_the_one_for_type_checkers_and_the_table_are_one():
    assert sorted(engine.__all__) == sorted(engine.PUBLIC)
    (block,) = (n for n in ast.parse((FOLDER / "__init__.py").read_text()).body if isinstance(n, ast.If))
    assert {alias.name: node.module for node in block.body for alias in node.names} == engine.PUBLIC
    assert set(engine.PUBLIC) <= set(dir(engine))


def test_no_public_name_is_that_of_a_module():
    modules = {f.stem for f in FOLDER.glob("*.py")} | {f.name for f in FOLDER.iterdir() if f.is_dir()}
    assert not modules & set(engine.PUBLIC)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'engine' has no attribute 'lode'"):
        engine.lode  # noqa: B018


def test_names_come_by_star_in_a_fresh_process():
    code = "from engine import *; print(len(read_fasta('>a\\nACGT')[0]), load.__name__)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=FOLDER.parent, timeout=120)
    assert done.stdout.split() == ["4", "load"], done.stderr
