"""What stands on what: imports point downwards, in one direction, at the top of the file.

A heavy package of others may be imported inside a function that few callers need, with the reason beside it.

Every violation is named with its file and line.
"""

import ast
import graphlib
import io
import itertools
import tokenize
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

WINGS = ("disentangle", "design", "campaigns", "dynamics", "circuits")  # none knows another
# From the ground up. A module may import what stands on lower floors, and others of its own floor.
FLOORS = (
    (
        *("errors", "builds", "sequence", "device", "results", "places", "store", "integrity", "statistics", "text"),
        *("limits", "sheets", "fasta", "fasta_text", "fasta_stream", "intervals", "cluster"),
    ),
    ("data", "losses"),
    ("models", "editor"),
    ("genome", "experiments"),
    ("evaluation", "mpra", "search"),
    ("training",),
    ("interpretation",),
    WINGS,
    ("replication",),
    ("plots",),
    ("report",),
    ("systems",),
    ("cli", "__main__"),
)
# Narrower than their floor: all that these may import of the engine.
ONLY = {
    "plots": {"plots", "results", "statistics", "sequence", "errors"},
    "losses": {"losses", "errors"},
    "errors": set(),
}
# Slow to import, or not among the requirements: these may be imported inside a function under a comment that says why.
HEAVY = {
    *("torch", "pandas", "scipy", "sklearn", "matplotlib", "plotly", "numba", "umap", "ray"),
    *("memelite", "openpyxl", "pybigtools", "pyjaspar", "tangermeme"),
}
# Where modules are loaded by a name out of a table.
BY_NAME = {"engine", "engine.cli"}
FLOOR = {part: level for level, parts in enumerate(FLOORS) for part in parts}


def sources(root: Path) -> dict[str, Path]:
    """Every module of the engine and the app by its dotted name."""
    files = [*root.glob("engine/**/*.py"), *root.glob("pages/**/*.py"), *root.glob("app.py")]
    return {name(f.relative_to(root)): f for f in files if "__pycache__" not in f.parts}


def name(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def imports(tree: ast.AST, module: str, known: dict[str, Path]) -> list[tuple[str, int]]:
    """`(module, line)` of everything that is imported; `from a import b` is a.b where that is a module."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(alias.name, node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            package = module.split(".")[: -node.level] if node.level else []
            base = ".".join([*package, *([node.module] if node.module else [])])
            for alias in node.names:
                full = f"{base}.{alias.name}"
                found.append((full if full in known else base, node.lineno))
    return found


def inside_functions(tree: ast.AST, text: str) -> dict[ast.Import | ast.ImportFrom, bool]:
    """The imports inside functions, and whether a comment stands beside each or on the line above."""
    comments = {t.start[0] for t in tokenize.generate_tokens(io.StringIO(text).readline) if t.type == tokenize.COMMENT}
    functions = (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))
    nodes = (n for f in functions for n in ast.walk(f) if isinstance(n, ast.Import | ast.ImportFrom))
    return {node: bool(comments & {node.lineno - 1, node.lineno}) for node in nodes}


def by_name(tree: ast.AST) -> list[int]:
    """The lines that import a module by a name that is only known when they run."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [c.lineno for c in calls if ast.unparse(c.func).split(".")[-1] in ("import_module", "__import__")]


def part(module: str) -> str:
    """The part of the engine that a module belongs to: engine.data.sources is of `data`.

    The result types of a wing stand on the ground with all others, so that plots may know them.
    """
    own, inner = [*module.split("."), "", ""][1:3]
    return inner if own in WINGS and inner == "results" else own


def violations(root: Path) -> list[str]:
    """Everything that breaks the rules, each with file and line."""
    known = sources(root)
    found, graph = [], {}
    for module, file in known.items():
        text = file.read_text()
        tree = ast.parse(text)
        where = file.relative_to(root)
        graph[module] = set()
        for node, reason in inside_functions(tree, text).items():
            packages = {target.split(".")[0] for target, _ in imports(node, module, known)}
            if not packages <= HEAVY:
                found.append(f"{where}:{node.lineno}: an import inside a function")
            elif not reason:
                found.append(f"{where}:{node.lineno}: an import inside a function without its reason in a comment")
        if module not in BY_NAME:
            found += [f"{where}:{line}: an import by name" for line in by_name(tree)]
        own = part(module)
        in_engine = module.split(".")[0] == "engine"
        if in_engine and own and own not in FLOOR:
            found.append(f"{where}:1: engine.{own} stands on no floor; give it one in tests/test_layering.py")
            continue
        for target, line in imports(tree, module, known):
            if target in known and target != module:
                graph[module].add(target)
            top = target.split(".")[0]
            if in_engine and top in ("streamlit", "pages", "app"):
                found.append(f"{where}:{line}: the engine imports {top}")
            other = part(target)
            if not in_engine or top != "engine" or not own or other not in FLOOR:
                continue
            if FLOOR[other] > FLOOR[own]:
                found.append(f"{where}:{line}: engine.{own} imports engine.{other}, which stands above it")
            elif own in WINGS and other in WINGS and other != own:
                found.append(f"{where}:{line}: engine.{own} imports engine.{other}, another wing")
            elif own in ONLY and other not in ONLY[own]:
                found.append(f"{where}:{line}: engine.{own} imports engine.{other}, of which it may know nothing")
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        cycle = error.args[1]
        for module, importer in itertools.pairwise(cycle):
            tree = ast.parse(known[importer].read_text())
            line = next(line for target, line in imports(tree, importer, known) if target == module)
            found.append(
                f"{known[importer].relative_to(root)}:{line}: part of a circle of imports: {' <- '.join(cycle)}"
            )
    return found


def test_imports_point_downwards_and_stand_at_the_top():
    assert len(sources(ROOT)) > 25
    found = violations(ROOT)
    assert not found, "\n" + "\n".join(found)


@pytest.mark.parametrize(
    ("file", "text", "reason"),
    [
        (
            "engine/data/a.py",
            "\nfrom engine.models import b",
            "a.py:2: engine.data imports engine.models, which stands",
        ),
        ("engine/sequence.py", "import engine.models.legnet", "sequence.py:1: engine.sequence imports engine.models"),
        ("engine/models/a.py", "from engine.training import b", "a.py:1: engine.models imports engine.training"),
        ("engine/losses/a.py", "\n\nfrom engine.data import sources", "a.py:3: engine.losses imports engine.data, of"),
        ("engine/losses/a.py", "from engine.store import x", "a.py:1: engine.losses imports engine.store, of"),
        ("engine/plots/a.py", "from engine.models import predict", "a.py:1: engine.plots imports engine.models, of"),
        ("engine/plots/a.py", "from engine.data.splits import K", "a.py:1: engine.plots imports engine.data, of which"),
        ("engine/plots/a.py", "from engine.circuits import data", "a.py:1: engine.plots imports engine.circuits, of"),
        (
            "engine/circuits/results.py",
            "from engine.circuits import data",
            "results.py:1: engine.results imports engine.circuits, which",
        ),
        ("engine/models/a.py", "from ..training.loop import x", "a.py:1: engine.models imports engine.training"),
        (
            "engine/design/a.py",
            "from engine.circuits import x",
            "a.py:1: engine.design imports engine.circuits, an",
        ),
        ("engine/data/a.py", "import streamlit as st", "a.py:1: the engine imports streamlit"),
        ("engine/cli/a.py", "x = 1\nfrom pages.shared import work", "cli/a.py:2: the engine imports pages"),
        ("engine/models/a.py", "def f():\n    import json", "a.py:2: an import inside a function"),
        ("engine/models/a.py", "def f():\n    # slow\n    import json", "a.py:3: an import inside a function"),
        ("engine/models/a.py", "def f():\n    import torch", "a.py:2: an import inside a function without its"),
        ("engine/models/a.py", "# slow\n\ndef f():\n    import torch", "a.py:4: an import inside a function with"),
        ("engine/cli/a.py", "def f():\n    # slow\n    from engine import store", "a.py:3: an import inside a"),
        ("engine/models/a.py", "import importlib\nimportlib.import_module('json')", "a.py:2: an import by name"),
        ("pages/a.py", "__import__('json')", "pages/a.py:1: an import by name"),
        ("pages/a.py", "def f():\n    from engine import x", "pages/a.py:2: an import inside a function"),
        ("engine/new.py", "", "engine/new.py:1: engine.new stands on no floor"),
    ],
)
def test_a_violation_is_found_and_named_with_its_line(file, text, reason, tmp_path):
    for module in ("models/predict", "training/loop", "store", "circuits/data"):
        (tmp_path / f"engine/{module}.py").parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / f"engine/{module}.py").write_text("")
    (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / file).write_text(text)
    found = violations(tmp_path)
    assert len(found) == 1
    assert reason in found[0]


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("engine/models/a.py", "import numpy\nfrom engine import sequence\nfrom engine.models.layers import x"),
        ("engine/training/a.py", "from engine.evaluation import x"),
        ("engine/models/a.py", "def f():\n    # takes a second\n    from scipy import stats\n    return stats"),
        ("engine/models/a.py", "def f():\n    import torch.nn  # takes a second\n    return torch"),
        ("engine/__init__.py", "import importlib\nimportlib.import_module('engine.sequence')"),
        ("engine/cli/__init__.py", "import importlib\nimportlib.import_module('engine.cli.data')"),
        ("engine/losses/a.py", "from engine.losses.ordinal import centres"),
        ("engine/models/a.py", "from engine.losses.ordinal import centres"),
        ("engine/plots/a.py", "import plotly\nfrom engine.plots.parts import theme\nfrom engine.results import Track"),
        ("engine/plots/a.py", "from engine.circuits.results import x\nfrom engine.circuits import results"),
        ("engine/design/a.py", "from engine.interpretation.in_silico import windowed"),
        ("pages/a.py", "import streamlit\nfrom engine import cli\nfrom pages.shared import work"),
        ("app.py", "import streamlit"),
    ],
)
def test_what_is_allowed_is_no_violation(file, text, tmp_path):
    for path, content in (("engine/circuits/results.py", ""), (file, text)):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(content)
    assert violations(tmp_path) == []


def test_a_circle_of_imports_is_named_with_its_lines(tmp_path):
    folder = tmp_path / "engine" / "data"
    folder.mkdir(parents=True)
    (folder / "a.py").write_text("\nfrom engine.data import b\n")
    (folder / "b.py").write_text("from engine.data.c import x\n")
    (folder / "c.py").write_text("x = 1\n\n\nimport engine.data.a\n")
    found = violations(tmp_path)
    assert len(found) == 3
    assert {f.split(": ")[0] for f in found} == {"engine/data/a.py:2", "engine/data/b.py:1", "engine/data/c.py:4"}
    assert all("part of a circle of imports" in f for f in found)
