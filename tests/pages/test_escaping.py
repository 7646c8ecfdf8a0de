"""No words from outside reach Streamlit's Markdown but through `pages.shared.plain`.

Read from the source of the pages: every call that shows Markdown, and every piece of its text that is not written
there. A piece is fine if it is `plain(...)`, a number (by its format or by what it is made of), a constant of the
program (in capitals), or one of `OWN`: names that hold the program's own words wherever they are used so.
"""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# what Streamlit reads as Markdown: the first argument of these, and these arguments of whatever is called
SHOWN = {
    *("markdown", "caption", "error", "warning", "info", "success", "title", "header", "subheader", "badge", "toast"),
    *(
        "write",
        "button",
        "download_button",
        "expander",
        "tabs",
        "spinner",
        "progress",
        "metric",
        "page_link",
        "popover",
    ),
    *("segmented_control", "pills", "radio", "selectbox", "multiselect", "slider", "number_input", "text_input"),
    *("text_area", "toggle", "checkbox", "file_uploader", "link_button", "select_slider", "status"),
}
TEXTS = {"label", "help", "text", "body"}
OPTIONS = {"segmented_control", "pills", "radio"}  # which show each of their options as Markdown
NUMBERS = {"len", "int", "sum", "min", "max", "signed", "interval", "in_words", "count", "plain", "size", "explained"}
OWN = {
    # numbers
    *(
        "facts['seed']",
        "facts['epochs']",
        "unknown[0]",
        "i",
        "n",
        "m.n",
        "start",
        "end",
        "pos",
        "window",
        "length",
        "done",
    ),
    *("total", "edits", "first", "width", "result.used[most]", "result.distinct[most]", "place_1", "place_2", "spread"),
    *(
        "highest[0]",
        "lowest[0]",
        "matrices.draws",
        "checkpoint.model.window",
        "chosen.correct_simplex",
        "line.x[point]",
    ),
    *(
        "gc",
        "apart",
        "best",
        "unknown",
        "most",
        "mean",
        "correlations",
        "agreement",
        "score",
        "chance",
        "above",
        "below",
        "values",
    ),
    # bases
    *("ref", "alt", "ref_1", "ref_2", "alt_1", "alt_2", "highest[1]", "highest[2]", "lowest[1]", "lowest[2]"),
    # words of the page, and of published sources that are committed beside it
    *(
        "list(parts)",
        "label",
        "help",
        "help_text",
        "text",
        "purpose",
        "verdict",
        "verdict.level",
        "verdict[0].upper()",
        "verdict[1:]",
    ),
    *("meaning", "page", "command", "why[0].upper()", "why[1:]", "distances[0].upper()", "distances[1:]", "readers"),
    *("about['sequences'][record.name]", "about['how']", "published_figures.MOTIFS.source", "missing[0].cite", "kind"),
    *(
        "published.REPRESENTATIONS.source",
        "satmut.DATA_SETS[name].cells",
        "k.upper()",
        "v",
        "str.upper",
        "short",
        "what",
    ),
    *(
        "_diluted(dossier)",
        "', '.join(LEVELS).capitalize()",
        "given",
        "document",
        "listed",
        "more",
        "of_which",
    ),
    *(
        "different",  # numbers, bases, and words that went through plain() where they were made
        "e",
        "r",
        "m.barcodes",
        "profile.window",
        "setting.sequence.bases[start - 1:end]",
        "measured.answer(variants, names)",
    ),
}


def shown(tree: ast.AST) -> list[ast.expr]:
    """Every expression that becomes Markdown."""
    texts: list[ast.expr] = []
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
            continue
        if call.func.attr in SHOWN and (call.func.attr != "title" or ast.unparse(call.func) == "st.title"):
            texts += call.args[:1] + [k.value for k in call.keywords if k.arg in TEXTS]
            if call.func.attr in OPTIONS:
                functions = [k.value for k in call.keywords if k.arg == "format_func"]
                texts += [f.body if isinstance(f, ast.Lambda) else f for f in functions]
    return texts


def pieces(text: ast.expr) -> list[str]:
    """The parts of a text that are neither written in the source nor safe."""
    if isinstance(text, ast.Constant):
        return []
    if isinstance(text, ast.JoinedStr):
        return [p for part in text.values for p in pieces(part)]
    if isinstance(text, ast.FormattedValue):
        return [] if text.format_spec is not None else pieces(text.value)
    if isinstance(text, ast.BinOp):
        return pieces(text.left) + pieces(text.right)
    if isinstance(text, ast.IfExp):
        return pieces(text.body) + pieces(text.orelse)
    if isinstance(text, ast.BoolOp):
        return [p for value in text.values for p in pieces(value)]
    if isinstance(text, ast.Compare | ast.UnaryOp):
        return []
    if isinstance(text, ast.List | ast.Tuple):
        return [p for value in text.elts for p in pieces(value)]
    if isinstance(text, ast.Call):
        name = ast.unparse(text.func).split(".")[-1]
        if name in NUMBERS or _constant(text.func):
            return []
        if name == "join" and text.args:
            (parts,) = text.args
            return pieces(parts.elt if isinstance(parts, ast.GeneratorExp | ast.ListComp) else parts)
    return [] if _constant(text) or ast.unparse(text) in OWN else [ast.unparse(text)]


def _constant(value: ast.expr) -> bool:
    """Whether it is a constant in capitals, something that one of these holds, or a method of one."""
    parts = ast.unparse(value).split("[")[0].split(".")
    return any(part.isupper() for part in parts)


def violations(source: str) -> list[tuple[int, str]]:
    return [(text.lineno, piece) for text in shown(ast.parse(source)) for piece in pieces(text)]


def test_words_from_outside_are_plain_on_every_page():
    files = [*sorted((ROOT / "pages").rglob("*.py")), ROOT / "app.py"]
    found = [f"{f.relative_to(ROOT)}:{line}: {piece}" for f in files for line, piece in violations(f.read_text())]
    assert not found, "not through plain():\n" + "\n".join(found)


@pytest.mark.parametrize(
    "source",
    [
        'st.markdown(f"**{sequence.name}**")',
        "st.caption(document.remark)",
        "st.error(str(error))",
        'place.button(f"Open {record.name}")',
        'st.badge("a", help=f"of {name}")',
        'st.segmented_control("a", names, format_func=lambda i: labels[i])',
        'st.markdown("  ".join(f"{e.description}" for e in edits))',
    ],
)
def test_one_that_is_not_is_found(source):
    assert len(violations(source)) == 1


@pytest.mark.parametrize(
    "source",
    [
        'st.markdown(f"**{plain(sequence.name)}** {len(x)} {gc:.0%}")',
        "st.error(plain(error))",
        'st.text_input("a", placeholder=name)',
        "st.caption(table.MEND[name])",
        "st.dataframe(name)",
    ],
)
def test_what_is_safe_is_not(source):
    assert violations(source) == []
