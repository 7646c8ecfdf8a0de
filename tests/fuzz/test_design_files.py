"""Files of claims and of presets that somebody made up or changed: read, or refused with one line."""

from __future__ import annotations

import copy
import json

from hypothesis import given, settings
from hypothesis import strategies as st

from engine import integrity
from engine.design import orders, warnings
from engine.design.claims import Claim, Claims, Expected, Statement, Twin, decide, opened, sealed, tallies
from engine.errors import CisLensError

STEADY = settings(derandomize=True, deadline=None, database=None, max_examples=150)
ODD = (None, "", "K562", "é\u2028", -1, 0, 1e308, float("nan"), float("inf"), [], {}, [[0, 1]], {"K562": 0.0}, True)
TWIN = Twin("shuffled", "d_shuffled", "ACTG", "", (), {"K562": 0.1})
WHOLE = Claims(
    "", "0", "m", "w", "d", {"K562": 0.0, "HepG2": 0.1}, {"K562": 1.0, "HepG2": 2.0}, (),
    (
        Claim(
            "d", "ACGT", "given", 1, {"K562": 1.0}, (), (Expected("K562", 1.0, 0.5, 1.5, 1.0, 0.9),), (TWIN,),
            (
                Statement("shuffled", "K562", "d_shuffled", 1, 0.4, 1.0, "words"),
                Statement("between", "K562", "HepG2", 1, 0.4, 1.0, "words"),
            ),
            (), (), (), (), None, None, (), (),
        ),
    ),
)  # fmt: skip
MEASURED = {"d": {"K562": 1.0, "HepG2": 0.0}, "d_shuffled": {"K562": 0.0}}


def used(content: bytes) -> None:
    """Nothing but a refusal on one line comes out, or claims that can be decided and ordered."""
    try:
        claims = opened(content, "mine.json")
        tallies(decide(claims, MEASURED))
        order = orders.rows(claims, orders.Flanks("A", "C"), tuple(warnings.PRESETS.values()))
        assert orders.fasta(order) and orders.csv(order, claims)
    except CisLensError as error:
        assert "\n" not in str(error)


def places(node: object) -> list[tuple[dict | list, object]]:
    """Every value within, as what holds it and its key."""
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [pair for key, value in list(items) for pair in [(node, key), *places(value)]]


def test_the_claims_that_are_changed_below_are_read():
    assert opened(json.dumps(sealed(WHOLE)).encode(), "mine.json") == WHOLE


@STEADY
@given(st.data())
def test_claims_that_somebody_sealed_anew_are_used_or_refused(data):
    content = copy.deepcopy(sealed(WHOLE))
    for _ in range(data.draw(st.integers(1, 3))):
        node, key = data.draw(st.sampled_from(places(content)))
        node[key] = copy.deepcopy(data.draw(st.sampled_from(ODD)))
    if isinstance(content["claims"], list):
        content["claims"] = [integrity.sealed(c) if isinstance(c, dict) else c for c in content["claims"]]
    used(json.dumps(integrity.sealed(content)).encode())


@STEADY
@given(st.binary(max_size=60), st.integers(0, 2000))
def test_bytes_in_between_are_refused(piece, place):
    whole = json.dumps(sealed(WHOLE)).encode()
    used(whole[:place] + piece + whole[place:])


@STEADY
@given(st.data())
def test_presets_are_used_or_refused(data):
    content = json.loads(warnings.to_json())
    for _ in range(data.draw(st.integers(1, 3))):
        node, key = data.draw(st.sampled_from(places(content)))
        node[key] = copy.deepcopy(data.draw(st.sampled_from(ODD)))
    try:
        presets = warnings.from_json(json.dumps(content), "mine.json")
        assert warnings.cautions("ACGTNACGGGGGGGGGGTTTGAATTC", presets.values()) is not None
    except CisLensError as error:
        assert "\n" not in str(error) and "mine.json" in str(error)
