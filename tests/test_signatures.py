"""No function of the engine takes more than eight parameters: what belongs together travels as one value.

`self` and `cls` are not counted. The functions of `engine/cli` are exempt where they are commands, whose parameters are
the options of the command line.
"""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MOST = 8


def parameters(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    """The names of all parameters but `self` and `cls`."""
    given = function.args
    every = [*given.posonlyargs, *given.args, given.vararg, *given.kwonlyargs, given.kwarg]
    return [a.arg for a in every if a is not None and a.arg not in ("self", "cls")]


def too_long(root: Path) -> list[str]:
    """Every function with too many parameters, each with file and line."""
    violations = []
    for file in sorted(root.glob("engine/**/*.py")):
        where = file.relative_to(root)
        for node in ast.walk(ast.parse(file.read_text())):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            if where.parts[1] == "cli" and node.name.endswith("_command"):
                continue
            if (count := len(parameters(node))) > MOST:
                violations.append(f"{where}:{node.lineno}: {node.name} takes {count} parameters, more than {MOST}")
    return violations


def test_no_function_takes_more_than_eight_parameters():
    violations = too_long(ROOT)
    assert not violations, "\n" + "\n".join(violations)


@pytest.mark.parametrize(
    ("file", "text", "named"),
    [
        ("data/a.py", "def f(a, b, c, d, e, f, g, h): ...", []),
        ("data/a.py", "\ndef f(a, b, /, c, d, *, e, f, g, h, i): ...", ["a.py:2: f takes 9 parameters, more than 8"]),
        ("data/a.py", "async def f(a, b, c, d, e, f, g, *h, **i): ...", ["a.py:1: f takes 9 parameters, more than 8"]),
        ("data/a.py", "class A:\n    def f(self, a, b, c, d, e, f, g, h): ...", []),
        ("cli/a.py", "def f_command(a, b, c, d, e, f, g, h, i): ...", []),
        ("cli/a.py", "def helper(a, b, c, d, e, f, g, h, i): ...", ["a.py:1: helper takes 9 parameters, more than 8"]),
    ],
)
def test_a_long_signature_is_named_with_its_line(file, text, named, tmp_path):
    path = tmp_path / "engine" / file
    path.parent.mkdir(parents=True)
    path.write_text(text)
    assert too_long(tmp_path) == [f"engine/{path.parent.name}/{words}" for words in named]
