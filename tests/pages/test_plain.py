"""Words from outside are shown letter by letter."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import DataError, InputError
from pages.shared.plain import plain


@pytest.mark.parametrize("name", ["joint_legnet", "chr1:100-200 G>A", "NM_000.1", "a.b-c (2) 50%", "-5 bases; 'x'"])
def test_ordinary_names_stay_as_they_are(name):
    assert plain(name) == name


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("![b](x.png)", r"!\[b\](x.png)"),
        ("<img src=x>", r"\<img src=x>"),
        ("**a** `b` $c$ ~d~", r"\*\*a\*\* \`b\` \$c\$ \~d\~"),
        ("_a_b_", r"\_a_b\_"),
        (":red[x]", r"\:red\[x\]"),
        ("&lt;", r"\&lt;"),
        ("a\r\n# b\tc\u2028d", "a # b c d"),
        ("# a", r"\# a"),
        ("1. a", r"1\. a"),
        ("1) a", r"1\) a"),
        ("- a", r"\- a"),
        ("> a", r"\> a"),
        ("a\u202eb", "a\ufffdb"),
    ],
)
def test_signs_of_markdown_lose_their_meaning(given, shown):
    assert plain(given) == shown


@pytest.mark.parametrize(
    "name", [":material/home:", ":100:", "a -> b", "--", "http://host/x", "HTTPS://host", "www.host.org", "a@host.org"]
)
def test_what_streamlit_looks_for_after_the_parsing_is_parted_by_a_sign_that_is_not_seen(name):
    assert "\u2060" in plain(name)
    assert plain(name).replace("\u2060", "").replace("\\", "") == name


def test_the_address_of_a_public_file_can_be_copied_from_the_error_that_names_it():
    assert "https://host/file.gz" in plain(DataError("download https://host/file.gz"))
    assert "https://host/file.gz" not in plain(InputError("'https://host/file.gz' is no sequence"))


@settings(derandomize=True, deadline=None, database=None, max_examples=300)
@given(st.text(alphabet=st.sampled_from("ab1 _*[]()<>!`$~|&\\:#-+.@/\n\t\u202ehttp"), max_size=30))
def test_no_sign_of_markdown_is_left_without_its_backslash(name):
    """By hand: walk the text; a backslash takes the meaning of the next sign."""
    shown, i = plain(name), 0
    assert "\n" not in shown and "\t" not in shown
    while i < len(shown):
        if shown[i] == "\\":
            i += 2
            continue
        assert shown[i] not in "`*[]<$~|&"
        i += 1
