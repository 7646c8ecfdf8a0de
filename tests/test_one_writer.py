"""Files are written by `engine.store` alone: no other line of the engine or the app opens, makes or moves one.

What breaks off between two writes then leaves the old file or the new one, for every file that there is or will be.
"""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# Functions whose name alone says that they write, and which of their arguments is the file (None: what they belong to).
WRITES: dict[str, int | None] = {
    **dict.fromkeys(("write_text", "write_bytes", "touch", "symlink_to", "hardlink_to"), None),
    **dict.fromkeys(("savez", "savez_compressed", "savetxt", "to_csv", "to_excel", "to_parquet"), 0),
    **dict.fromkeys(
        ("to_html", "to_pickle", "write_image", "write_html", "memmap", "mkstemp", "NamedTemporaryFile"), 0
    ),
    **dict.fromkeys(("save_file", "copyfile", "copy2", "copytree", "move", "copyfileobj", "renames"), 1),
    **dict.fromkeys(("mkdir", "makedirs"), None),
}
# The same where the name says it only together with the module.
MODULE_WRITES = {
    **{"np.save": 0, "torch.save": 1, "json.dump": 1, "pickle.dump": 1, "shutil.copy": 1, "pooch.retrieve": 0},
    **{"os.replace": 1, "os.link": 1, "os.symlink": 1, "tempfile.mkdtemp": 0, "tempfile.TemporaryFile": 0},
}
OPENS = ("open", "ZipFile", "GzipFile", "BgzfWriter", "TarFile")
# What may write without the store, by file and call, and why.
ALLOWED = {
    ("engine/experiments/commits.py", "shutil.copytree"): "folders of a network, put together aside",
    ("engine/experiments/commits.py", "shutil.copyfile"): "files of a network, put together aside",
    ("engine/cli/__init__.py", "os.open"): "the device that takes everything",
    ("engine/genome/bigwig.py", "pybigtools.open"): "a file in a temporary folder, as the library takes nothing else",
    ("engine/interpretation/motifs/__init__.py", "tempfile.TemporaryFile"): "tries whether a folder can be written",
    ("engine/interpretation/motifs/__init__.py", "tempfile.mkdtemp"): "a temporary folder, which goes with the process",
    ("engine/training/loop.py", "file.parent.mkdir"): "an empty folder",
    ("engine/cli/interpret_tables.py", "Path(folder).mkdir"): "an empty folder, which the user named",
}


def writes(text: str) -> list[tuple[str, int]]:
    """`(call, line)` of everything that writes a file and is not handed one by `replacing` or writes into memory."""
    tree = ast.parse(text)
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    alone = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    files = {call: file for call in calls if (file := written(call, call in alone))}
    for node in ast.walk(tree):
        for name in handed(node):
            files = {call: file for call, file in files.items() if file != name or call not in set(ast.walk(node))}
    return [(ast.unparse(call.func), call.lineno) for call in files]


def handed(node: ast.AST) -> list[str]:
    """The names that a function has for buffers in memory, or a `with` for what `replacing` hands it."""
    if isinstance(node, ast.With):
        given = [(item.context_expr, item.optional_vars) for item in node.items]
        makers = ("replacing", "file_writer")
    elif isinstance(node, ast.FunctionDef | ast.Module):
        given = [(n.value, n.targets[0]) for n in ast.walk(node) if isinstance(n, ast.Assign)]
        makers = ("BytesIO", "StringIO")
    else:
        return []
    calls = [(made, name) for made, name in given if isinstance(made, ast.Call) and isinstance(name, ast.Name)]
    return [name.id for made, name in calls if ast.unparse(made.func).split(".")[-1] in makers]


def written(call: ast.Call, alone: bool) -> str | None:
    """What a call, whose value may be dropped (`alone`), writes to, as it stands in the code; None: nothing."""
    whole = ast.unparse(call.func)
    name = whole.split(".")[-1]
    owner = whole.removesuffix(name).rstrip(".")
    arguments = [ast.unparse(a) for a in call.args]
    named = {k.arg: ast.unparse(k.value) for k in call.keywords}
    if owner == "store":
        return None
    if whole in MODULE_WRITES:
        return [*arguments, "?", "?"][MODULE_WRITES[whole]]
    if name in OPENS:
        # a method `open` of a path has its mode first; so have those of modules and classes second
        first = name == "open" and owner not in ("", "gzip", "io", "os", "bz2", "lzma", "codecs", "bgzf", "zipfile")
        mode = named.get("mode") or [*arguments, "'r'", "'r'"][0 if first else 1]
        constant = mode.strip("'\"") if mode[:1] in "'\"" else "w"  # a mode that is computed may write
        return (owner if first else [*arguments, "?"][0]) if set(constant) & set("wax+") else None
    if name in ("replace", "rename"):  # of a path; those of a string or a table are of no use without their value
        return owner if alone and len(arguments) == 1 and not named else None
    if name not in WRITES:
        return None
    place = WRITES[name]
    if place is None:
        return owner or "?"
    file = named.get("path_or_buf") or named.get("file") or (arguments[place : place + 1] or [None])[0]
    return file if file or not name.startswith("to_") else None  # without a file, to_csv gives text


def test_nothing_but_the_store_writes_files():
    found, used = [], set()
    for file in sorted([*ROOT.glob("engine/**/*.py"), *ROOT.glob("pages/**/*.py"), ROOT / "app.py"]):
        where = file.relative_to(ROOT).as_posix()
        if where == "engine/store.py":
            continue
        for call, line in writes(file.read_text(encoding="utf-8")):
            used.add((where, call))
            if (where, call) not in ALLOWED:
                found.append(f"{where}:{line}: {call} writes a file; use engine.store")
    assert not found, "\n".join(found)
    assert not set(ALLOWED) - used, "no longer needed"


@pytest.mark.parametrize(
    "code",
    [
        "open(f, 'w')",
        "open(f, mode='ab')",
        "open(f, how)",
        "path.open('x')",
        "gzip.open(f, 'wt')",
        "zipfile.ZipFile(f, 'w')",
        "f.write_text('')",
        "np.savez_compressed(f, a=1)",
        "torch.save(x, f)",
        "shutil.copy(a, b)",
        "table.to_csv(f, index=False)",
        "table.to_csv(path_or_buf=f)",
        "json.dump(x, handle)",
        "partial.replace(f)",
        "os.replace(a, b)",
        "f.rename(g)",
        "with store.replacing(f) as a:\n    b.write_bytes(x)",
    ],
)
def test_a_write_is_found(code):
    assert len(writes(code)) == 1


@pytest.mark.parametrize(
    "code",
    [
        "open(f)",
        "open(f, 'rb')",
        "gzip.open(f, 'rt')",
        "path.open()",
        "kept = column.replace(names)",
        "text.replace('a', 'b')",
        "dataclasses.replace(x, a=1)",
        "table.to_csv(index=False)",
        "table.rename(columns={})",
        "store.write_bytes(f, x)",
        "with store.replacing(f) as partial, partial.open('wb') as h:\n    torch.save(x, partial)",
        "out = io.BytesIO()\nzipfile.ZipFile(out, 'w')",
    ],
)
def test_what_reads_or_goes_through_the_store_is_none(code):
    assert writes(code) == []
