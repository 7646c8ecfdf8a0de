"""Claims kept, opened again and held against measurements: what is changed is found, what is refuted is said."""

import csv
import dataclasses
import io
import itertools
import json
import math

import pytest

from engine import integrity, store
from engine.design import orders
from engine.design.claims import (
    CHANCE,
    CONFIDENCE,
    Claim,
    Claims,
    Control,
    Expected,
    Motif,
    Share,
    Spacing,
    Statement,
    Twin,
    Verdict,
    checksum,
    decide,
    opened,
    sealed,
    tallies,
    text_of,
)
from engine.design.orders import Flanks
from engine.design.warnings import Preset
from engine.errors import InputError
from engine.fasta import read_fasta


def claim(name: str = "d1") -> Claim:
    return Claim(
        name,
        "ACGTACGT",
        "evolution",
        3,
        {"K562": 2.0, "HepG2": -0.5},
        ((0, 2),),
        (Expected("K562", 1.5, 1.1, 1.9, 2.25, 0.875), Expected("HepG2", -0.25, None, None, -0.5, 0.25)),
        (
            Twin("shuffled", f"{name}_shuffled", "ACTGACGT", "", (), {"K562": 0.5, "HepG2": 0.0}),
            Twin("knock-out", f"{name}_without_AP-1", "ACGTTTTT", "AP-1", ((4, 8),), {"K562": 0.2, "HepG2": 0.1}),
        ),
        (
            Statement("level", "K562", "", 1, 1.1, 1.5, "words"),
            Statement("shuffled", "K562", f"{name}_shuffled", 1, 0.4, 1.0, "words"),
            Statement("knock-out", "HepG2", f"{name}_without_AP-1", -1, -0.1, -0.35, "words"),
            Statement("between", "K562", "HepG2", 1, 1.5, 2.75, "words"),
        ),
        ("HepG2: nothing is claimed",),
        (Motif("AP-1", 1, 7, "+", 1e-5), Motif("SP1/KLF", 7, 8, "-", 1e-4)),
        (Spacing("AP-1", "SP1/KLF", 0, "→ ←"),),
        (Share("AP-1", 41, 100, 300, 2000),),
        14,
        True,
        ("unlike what the model learned from",),
        ("synthesis: 9 A in a row, from 1",),
    )


@pytest.fixture
def claims() -> Claims:
    control = Control("peak1", "GGGGCCCC", "nearest to the goal", {"K562": 1.4})
    mean, sd = {"K562": 0.375, "HepG2": 0.0}, {"K562": 0.5, "HepG2": 0.5}
    return Claims(
        "2026-01-02T03:04:05+00:00", "0.1.0", "m", "w" * 8, "data", mean, sd, (control,), (claim(), claim("d2"))
    )


# --- kept and opened ----------------------------------------------------------------------------------


def test_claims_are_read_back_as_they_were_written(claims, tmp_path):
    assert opened(text_of(claims).encode(), "claims.json") == claims
    assert opened(text_of(claims).encode(), "claims.json", checksum(claims).upper()) == claims
    file = tmp_path / "claims.json"
    store.write_json(file, sealed(claims))
    assert file.read_text() == text_of(claims)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c["claims"][1]["statements"][0].update(bound=0.1), "changed after it was written: d2;"),
        (lambda c: c["claims"][0].update(bases="ACGTACGA"), "changed after it was written: d1;"),
        (lambda c: c["claims"].pop(), "outside of its claims"),
        (lambda c: c["mean"].update(K562=0.0), "outside of its claims"),
        (lambda c: c["claims"].append(7), "changed"),
        (lambda c: c.update(claims="none"), "holds no claims"),
        (lambda c: c.pop("format"), "holds no claims"),
    ],
)
def test_whatever_is_changed_is_found(claims, change, message):
    content = sealed(claims)
    change(content)
    with pytest.raises(InputError, match=message):
        opened(json.dumps(content).encode(), "claims.json")


def test_a_forger_who_seals_anew_is_found_by_the_checksum_in_the_lab_book(claims):
    eased = dataclasses.replace(claims.claims[0].statements[0], bound=0.0)
    forged = dataclasses.replace(
        claims, claims=(dataclasses.replace(claims.claims[0], statements=(eased,)), claims.claims[1])
    )
    content = text_of(forged).encode()
    assert opened(content, "claims.json") == forged
    with pytest.raises(InputError, match="it is another file"):
        opened(content, "claims.json", checksum(claims))


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"\xff\xfe", b'{"format": 1, "claims": []}'])
def test_what_is_no_file_of_claims_is_refused(content):
    with pytest.raises(InputError, match=r"mine\.json"):
        opened(content, "mine.json")


def test_a_whole_file_with_other_fields_is_refused(claims):
    content = {k: v for k, v in sealed(claims).items() if k not in ("mean", integrity.SEAL)}
    with pytest.raises(InputError, match="of this version"):
        opened(json.dumps(integrity.sealed(content)).encode(), "claims.json")


def test_sets_are_joined_where_they_rest_on_the_same(claims):
    other = dataclasses.replace(claims, claims=(claim("d3"),))
    together = claims.with_claims(other)
    assert [c.name for c in together.claims] == ["d1", "d2", "d3"] and together.controls == claims.controls
    with pytest.raises(InputError, match="different models"):
        claims.with_claims(dataclasses.replace(other, weights="other"))


# --- decided ------------------------------------------------------------------------------------------


def test_each_kind_of_statement_is_decided_by_its_own_difference(claims):
    measured = {
        "d1": {"K562": 1.0, "HepG2": -0.5},
        "d1_shuffled": {"K562": 0.5},
        "d1_without_AP-1": {"HepG2": -0.45},
        "d2": {"K562": 1.2},
    }
    verdicts = decide(claims, measured)
    of_d1, of_d2 = verdicts[:4], verdicts[4:]
    # level 1.0 < 1.1; shuffled 0.5 >= 0.4; knock-out -0.05 > -0.1; between (1 - .375)/.5 - (-.5)/.5 = 2.25 >= 1.5
    assert [v.measured for v in of_d1] == pytest.approx([1.0, 0.5, -0.05, 2.25])
    assert [v.holds for v in of_d1] == [False, True, False, True]
    assert [v.holds for v in of_d2] == [True, None, None, None] and math.isnan(of_d2[1].measured)


def test_a_difference_of_exactly_the_bound_holds(claims):
    for direction in (1, -1):
        statement = Statement("level", "K562", "", direction, 0.5, 1.0, "")
        assert Verdict("d", statement, 0.5).holds
        assert not Verdict("d", statement, 0.5 - 0.01 * direction).holds


@pytest.mark.parametrize("n", [1, 2, 10, 60])
def test_so_many_of_a_set_have_to_hold_that_fewer_are_improbable(n):
    statement = Statement("shuffled", "K562", "t", 1, 0.0, 1.0, "")
    verdicts = tuple(Verdict("d", statement, 1.0) for _ in range(n))
    (tally,) = tallies((*verdicts, Verdict("d", statement, float("nan"))))
    assert (tally.made, tally.decided, tally.held) == (n + 1, n, n) and not tally.refuted

    def fewer_than(k: int) -> float:
        return sum(math.comb(n, i) * CONFIDENCE**i * (1 - CONFIDENCE) ** (n - i) for i in range(k))

    assert fewer_than(tally.least) <= CHANCE < fewer_than(tally.least + 1)
    failed = tuple(Verdict("d", statement, -1.0) for _ in range(n))
    assert tallies(failed)[0].refuted == (tally.least > 0)


# --- ordered --------------------------------------------------------------------------------------------


def test_the_order_lists_every_design_with_its_twins_and_the_controls(claims):
    preset = Preset("p", sites={"x": "TTAC"})
    order = orders.rows(claims, Flanks("TT", "GG"), (preset,))
    assert [(r.name, r.role, r.of) for r in order[:3]] == [
        ("d1", "design", ""),
        ("d1_shuffled", "shuffled twin", "d1"),
        ("d1_without_AP-1", "knock-out twin", "d1"),
    ]
    assert [r.name for r in order[3:]] == ["d2", "d2_shuffled", "d2_without_AP-1", "peak1"]
    assert order[0].oligo == "TT" + "ACGTACGT" + "GG"
    assert order[0].warnings == ("p: x (TTAC) at 1",)  # where flank and design meet
    assert order[-1].role == "natural control" and order[-1].warnings == ()
    assert [(s.name, s.bases) for s in read_fasta(orders.fasta(order))] == [(r.name, r.oligo) for r in order]
    rows = list(csv.DictReader(io.StringIO(orders.csv(order, claims))))
    assert [r["oligo"] for r in rows] == [r.oligo for r in order]
    assert rows[0]["K562 predicted"] == "1.5" and rows[1]["K562 predicted"] == "0.5"
    assert rows[-1]["K562 predicted"] == "" and rows[-1]["K562 measured in the library"] == "1.4"
    assert rows[-1]["HepG2 measured in the library"] == "" and rows[0]["GC"] == f"{6 / 12:.3f}"


def test_flanks_are_typed_or_those_of_the_assay():
    assert orders.flanks("acg,") == Flanks("ACG", "")
    assert orders.flanks("lentiMPRA") == Flanks("AGGACCGGATCAACT", "CATTGCGTGAACCGA")
    for text, reason in (("ACGT", "are no flanks"), ("A,C,G", "are no flanks"), ("AX,", "left flank")):
        with pytest.raises(InputError, match=reason):
            orders.flanks(text)


def test_names_and_numbers_of_a_claim_are_whole(claims):
    assert len({r.name for r in orders.rows(claims)}) == 7
    assert all(a != b for a, b in itertools.pairwise(r.bases for r in orders.rows(claims)[:3]))
