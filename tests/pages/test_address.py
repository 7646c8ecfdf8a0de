"""The address of a page holds what was chosen on it, brings it back, and takes nothing that the page does not."""

import ast
import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from engine.editor.document import Document
from engine.editor.session import Bench
from engine.errors import InputError
from engine.sequence import Sequence
from pages.shared import choices
from pages.shared.choices import FLAG, NUMBER, SEVERAL, STRETCH, TEXT, WHOLE, Choice

PAGES = Path(__file__).resolve().parents[2] / "pages"


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        (TEXT, "rs12740374 G>T", "rs12740374 G>T"),
        (SEVERAL, ["joint_legnet", "mine"], "joint_legnet~mine"),
        (SEVERAL, [], ""),
        (FLAG, True, "yes"),
        (FLAG, False, "no"),
        (WHOLE, 25, "25"),
        (NUMBER, 0.05, "0.05"),
        (STRETCH, (20, 90), "20-90"),
    ],
)
def test_a_value_comes_back_from_its_text(kind, value, text):
    choice = Choice("word", "key", kind)
    assert choice.as_text(value) == text
    assert choice.read(text) == value


@pytest.mark.parametrize(
    ("choice", "text"),
    [
        (Choice("flag", "k", FLAG), "true"),
        (Choice("count", "k", WHOLE), "1.5"),
        (Choice("count", "k", WHOLE, within=(1, 9)), "10"),
        (Choice("q", "k", NUMBER, within=(0, 1)), "nan"),
        (Choice("stretch", "k", STRETCH), "90-20"),
        (Choice("stretch", "k", STRETCH, within=(1, 50)), "20-90"),
        (Choice("build", "k", TEXT, among=("GRCh37",)), "hg99"),
        (Choice("variants", "k", TEXT), "A" * 2001),
        (Choice("models", "k", SEVERAL), "~".join("m" * 61)),
    ],
)
def test_what_a_page_does_not_take_is_refused(choice, text):
    with pytest.raises(InputError):
        choice.read(text)


@pytest.mark.parametrize(
    ("kind", "value"), [(SEVERAL, ["a~b"]), (SEVERAL, ["a", 1]), (SEVERAL, None), (TEXT, "x" * 2001), (WHOLE, True)]
)
def test_what_no_address_holds_stays_out(kind, value):
    assert Choice("word", "key", kind).as_text(value) is None


def test_every_choice_is_one_of_the_page_and_has_a_word_of_its_own():
    """The keys of the table stand in the source of the pages, as they are or as what they are put together of."""
    files = [f for f in PAGES.rglob("*.py") if f != PAGES / "shared" / "choices.py"]
    trees = [ast.parse(f.read_text(encoding="utf-8")) for f in files]
    nodes = [n for tree in trees for n in ast.walk(tree)]
    written = {n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    pieces = [[v.value if isinstance(v, ast.Constant) else None for v in n.values] for n in nodes if
              isinstance(n, ast.JoinedStr)]  # fmt: skip
    made = [re.compile(".+".join(re.escape(p) if p else "" for p in one)) for one in pieces if any(one)]
    for page, declared in choices.PAGES.items():
        assert (PAGES / f"{page}.py").is_file()
        words = [c.word for c in declared]
        assert len(words) == len(set(words)) and all(re.fullmatch("[a-z_0-9]+", w) for w in words)
        for choice in (*declared, *choices.EXPLORER):
            assert choice.name in written or any(m.fullmatch(choice.name) for m in made), choice.name


def page() -> None:
    """Stands for the Benchmark: two of its widgets, and one whose key is made while it runs."""
    import streamlit as st

    from pages.shared import address

    address.read("benchmark")
    st.segmented_control("Cell", ["K562", "HepG2"], default="K562", required=True, key="bench_cell")
    st.toggle("Untrained", value=True, key="bench_untrained")
    st.selectbox("Element", ["A", "B"], key=address.made("element", "element-of-5"))
    address.write()


@pytest.fixture
def screen():
    """The page opened by an address."""

    def opened(**link: str) -> AppTest:
        at = AppTest.from_function(page)
        at.query_params |= link
        return at.run()

    return opened


def address(at: AppTest) -> dict[str, str]:
    return {word: text if isinstance(text, str) else text[0] for word, text in at.query_params.items()}


def test_a_choice_stands_in_the_address_and_what_was_not_chosen_does_not(screen):
    at = screen()
    assert address(at) == {}
    at.toggle(key="bench_untrained").set_value(False).run()
    assert address(at) == {"untrained": "no"}
    at.selectbox(key="element-of-5").select("B").run()
    assert address(at) == {"untrained": "no", "element": "B"}
    at.toggle(key="bench_untrained").set_value(True).run()
    assert address(at) == {"element": "B"}


def test_a_link_brings_the_choices_back_and_is_taken_once(screen):
    link = {"untrained": "no", "cell": "HepG2", "element": "B", "utm": "mail"}
    at = screen(**link)
    assert not at.exception and not at.warning
    assert at.session_state["bench_cell"] == "HepG2"
    assert at.toggle(key="bench_untrained").value is False
    assert at.selectbox(key="element-of-5").value == "B"
    assert address(at) == link
    at.selectbox(key="element-of-5").select("A")
    at.toggle(key="bench_untrained").set_value(True).run()
    assert at.selectbox(key="element-of-5").value == "A" and at.toggle(key="bench_untrained").value is True
    assert address(at) == {"untrained": "yes", "cell": "HepG2", "element": "A", "utm": "mail"}


def test_what_is_wrong_with_a_link_is_said_while_the_address_holds_it(screen):
    at = screen(untrained="perhaps", cell="HepG2")
    assert ["untrained" in w.value and "perhaps" in w.value for w in at.warning] == [True]
    assert at.toggle(key="bench_untrained").value is True
    assert at.session_state["bench_cell"] == "HepG2"
    assert address(at) == {"cell": "HepG2"}
    assert not at.run().warning


def long_text() -> None:
    """Stands for Variants with a long list."""
    import streamlit as st

    from pages.shared import address

    address.read("variants")
    st.text_area("Variants", key="variants_typed")
    address.write()


def test_what_is_too_long_for_an_address_is_told(screen):
    at = AppTest.from_function(long_text).run()
    at.text_area(key="variants_typed").input("chr1:5 A>C").run()
    assert address(at) == {"variants": "chr1:5 A>C"} and not at.caption
    at.text_area(key="variants_typed").input("chr1:5 A>C\n" * 200).run()
    assert address(at) == {} and "variants" in at.caption[0].value


def test_a_choice_that_the_widget_does_not_know_is_left_to_the_widget(screen):
    at = screen(cell="Jurkat", element="Z")
    assert not at.exception
    assert at.selectbox(key="element-of-5").value == "A"


def on_sequence() -> None:
    """Stands for a page that works on the open sequence."""
    import streamlit as st

    from pages.shared import address, bench

    address.read("in_silico")
    st.write(bench.document().bases if bench.document() else "nothing is open")
    address.write()


def test_a_page_about_the_open_sequence_has_it_in_its_address():
    at = AppTest.from_function(on_sequence).run()
    assert at.markdown[0].value == "nothing is open" and address(at) == {}
    at.session_state["bench"] = Bench((Document(Sequence("mine", "ACGT" * 50)).substituted(0, "C"),))
    at.run()
    elsewhere = AppTest.from_function(on_sequence)
    elsewhere.query_params |= address(at)
    assert elsewhere.run().markdown[0].value == "C" + ("ACGT" * 50)[1:]
    assert address(elsewhere) == address(at)
    broken = AppTest.from_function(on_sequence)
    broken.query_params["s"] = "broken"
    assert "link" in broken.run().error[0].value and not broken.exception
