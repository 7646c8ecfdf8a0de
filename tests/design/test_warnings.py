"""Warnings on sequences that are to be ordered: places found by hand and by another way, presets of a user's own."""

import json
import random
import re

import pytest

from engine.design.warnings import PRESETS, Preset, cautions, from_json, to_json
from engine.errors import InputError
from engine.sequence import reverse_complement


def words(bases: str, preset: Preset) -> list[str]:
    return [c.words for c in cautions(bases, [preset])]


def test_a_run_warns_from_one_base_more_than_allowed():
    preset = Preset("p", homopolymer=4)
    assert words("ACGT" + "G" * 4 + "T", preset) == []
    assert words("ACT" + "G" * 5 + "TAAAAAA", preset) == ["5 G in a row, from 4", "6 A in a row, from 10"]
    assert words("GGGNGG", preset) == []


def test_gc_is_taken_over_the_sequence_or_over_every_window():
    assert words("GGCCAATT", Preset("p", gc=(0.5, 0.5))) == []
    assert words("GGCCAATT", Preset("p", gc=(0.5, 0.5), gc_window=4)) == [
        "100% G and C in 1-4, above 50%",
        "0% G and C in 5-8, below 50%",
    ]
    assert words("GGGT", Preset("p", gc=(0.2, 0.7), gc_window=50)) == ["75% G and C of the sequence, above 70%"]
    assert words("NNGN", Preset("p", gc=(0.2, 0.7))) == ["100% G and C of the sequence, above 70%"]
    assert words("NNNN", Preset("p", gc=(0.2, 0.7))) == []


def test_sites_are_found_on_both_strands_and_a_palindrome_once():
    preset = Preset("p", sites={"EcoRI": "GAATTC", "BsaI": "GGTCTC"})
    bases = "AGAATTCA" + "GGTCTC" + "T" + reverse_complement("GGTCTC")
    found = cautions(bases, [preset])
    assert [(c.start, c.end, c.words) for c in found] == [
        (1, 7, "EcoRI (GAATTC) at 2"),
        (8, 14, "BsaI (GGTCTC) at 9"),
        (15, 21, "BsaI (GGTCTC) at 16, other strand"),
    ]
    assert cautions("GAATTN", [preset]) == () and cautions("GA", [preset]) == ()


def test_iupac_sites_are_those_of_a_regular_expression():
    draw = random.Random(0)
    means = {"R": "[AG]", "N": "[ACGT]", "W": "[AT]"}
    for _ in range(20):
        bases = "".join(draw.choices("ACGT", k=300))
        site = "GRWN" + draw.choice("ACGT")
        expected = set()
        for pattern in (site, reverse_complement(site)):
            text = "".join(means.get(b, {"Y": "[CT]"}.get(b, b)) for b in pattern)
            expected |= {m.start() for m in re.finditer(f"(?={text})", bases)}
        assert {c.start for c in cautions(bases, [Preset("p", sites={"x": site})])} == expected


def test_presets_are_read_back_as_they_were_written():
    assert from_json(to_json()) == PRESETS
    mine = from_json(b'{"presets": [{"name": "mine", "gc": [0.3, 1], "sites": {"x": "gaattc"}}]}')
    assert mine == {"mine": Preset("mine", gc=(0.3, 1.0), sites={"x": "GAATTC"})}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("{", "holds no presets"),
        ("[]", "holds no presets"),
        ('{"presets": [{"name": "a", "colour": 1}]}', "colour"),
        ('{"presets": [{"name": "a"}, {"name": "a"}]}', "there twice"),
        ('{"presets": [{"name": " "}]}', "is empty"),
        ('{"presets": [{"name": "a", "gc": [0.9, 0.1]}]}', "swap"),
        ('{"presets": [{"name": "a", "gc": [0.1, 0.2, 0.3]}]}', "gc"),
        ('{"presets": [{"name": "a", "homopolymer": 0}]}', "homopolymer"),
        ('{"presets": [{"name": "a", "sites": {"x": "GAXTTC"}}]}', "is no DNA"),
        ('{"presets": [{"name": "a", "sites": {"x": "NNN"}}]}', "not N alone"),
        (json.dumps({"presets": [{"name": "a", "sites": {"x": "A" * 51}}]}), "more than 50"),
        (json.dumps({"presets": [{"name": str(i)} for i in range(51)]}), "more than 50"),
    ],
)
def test_what_is_no_file_of_presets_is_refused_on_one_line(content, reason):
    with pytest.raises(InputError, match=reason) as error:
        from_json(content, "mine.json")
    assert "mine.json" in str(error.value) and "\n" not in str(error.value)
