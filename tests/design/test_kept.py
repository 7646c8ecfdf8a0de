"""Locked stretches as people write them."""

import pytest

from engine.design import kept
from engine.errors import InputError


@pytest.mark.parametrize(
    ("text", "stretches"),
    [
        ("", ()),
        ("80-120", ((79, 120),)),
        ("150 – 160, 7; 80..120\n", ((6, 7), (79, 120), (149, 160))),
        ("1-10, 5-20, 21-30", ((0, 30),)),
        ("200", ((199, 200),)),
    ],
)
def test_stretches_are_read_from_one_with_both_ends_and_joined(text, stretches):
    assert kept.read(text, 200) == stretches
    assert kept.read(kept.in_words(stretches), 200) == stretches


def test_where_no_length_is_known_any_end_will_do():
    assert kept.read("5-7,900-1000") == ((4, 7), (899, 1000))
    for text in ("0-5", "7-5", "x"):
        with pytest.raises(InputError, match="is no stretch"):
            kept.read(text)


@pytest.mark.parametrize("text", ["0-5", "190-201", "120-80", "abc", "1-2-3", "-5", "1" * 30, "٣-٥"])
def test_what_is_no_stretch_of_the_sequence_is_refused(text):
    with pytest.raises(InputError):
        kept.read(text, 200)
