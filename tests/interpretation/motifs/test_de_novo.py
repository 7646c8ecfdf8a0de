"""De novo motifs: planted ones with weights set by hand, noise, strands, order, what JASPAR knows, files."""

import io
from dataclasses import replace

import numpy as np
import pytest
import tangermeme.io
import torch
from Bio import motifs as biopython
from memelite.io import read_meme
from torch import nn

from engine.data import jaspar
from engine.data.library import Library
from engine.data.motifs import STUDY
from engine.errors import CheckpointError, InputError
from engine.experiments import checkpoints
from engine.interpretation import stored
from engine.interpretation.motifs.counts import of_patterns
from engine.interpretation.motifs.de_novo import maps, matches, meme, patterns, seqlets, store
from engine.interpretation.motifs.de_novo.maps import ContributionMaps
from engine.sequence import Sequence, decode, encode, reverse_complement
from engine.statistics import Metric
from engine.store import load_json

FIRST, SECOND = "AGATAAGC", "TCACGTTG"


class Detector(nn.Module):
    """Adds 1.5 where a motif stands, 0.5 where one base is wrong; and a faint linear part."""

    def __init__(self, wanted: tuple[str, ...], window: int):
        super().__init__()
        one_hot = np.stack([encode(m)[None] == np.arange(4)[:, None] for m in wanted])
        self.filters = nn.Parameter(torch.tensor(one_hot, dtype=torch.float32))
        self.faint = nn.Parameter(torch.randn((4, window), generator=torch.Generator().manual_seed(0)) * 0.02)
        self.window, self.outputs = window, ("y",)

    def forward(self, x):
        found = nn.functional.conv1d(x, self.filters) - (self.filters.shape[2] - 1.5)
        return (found.relu().sum(dim=(1, 2)) + (x * self.faint).sum(dim=(1, 2)))[:, None]


@pytest.fixture(scope="module")
def planted_maps():
    """Maps of 48 sequences that hold one of two motifs on one of two strands, of their shuffles, and the sites."""
    rng = np.random.default_rng(1)
    codes = rng.integers(0, 4, (48, 60)).astype(np.uint8)
    sites = {}
    for row in range(48):
        motif = (FIRST, SECOND)[row % 2]
        start, strand = int(rng.integers(8, 44)), 1 if row % 4 < 2 else -1
        codes[row, start : start + 8] = encode(motif if strand == 1 else reverse_complement(motif))
        sites[row] = (motif, start, strand)
    model = Detector((FIRST, SECOND), 60).eval()
    sequences = [Sequence(f"s{i}", decode(c)) for i, c in enumerate(codes)]
    others = [maps.shuffled(s, i) for i, s in enumerate(sequences)]
    made = [np.array([maps.hypothetical(model, s, "y", steps=16) for s in group]) for group in (sequences, others)]
    rows = np.arange(48)
    control = ContributionMaps(rows, np.array([encode(s.bases) for s in others]), made[1])
    return ContributionMaps(rows, codes, made[0]), control, sites


def test_hypothetical_contributions_of_a_linear_model_are_its_centred_weights(linear_model, random_bases):
    model = linear_model(window=12)
    sequence = Sequence("a", random_bases(12))
    weights = model.weights[1].detach().numpy()
    both = (weights + weights[::-1, ::-1]) / 2
    found = maps.hypothetical(model, sequence, "output1", steps=2)
    np.testing.assert_allclose(found, both - both.mean(axis=0), atol=1e-6)
    one = ContributionMaps(np.zeros(1, int), encode(sequence.bases)[None], found[None])
    level = model(torch.full((1, 4, 12), 0.25))[0, 1]
    x = torch.nn.functional.one_hot(torch.tensor(encode(sequence.bases)).long(), 4).T[None].float()
    said = (model(x)[0, 1] + model(x.flip(1, 2))[0, 1]) / 2
    assert one.contributions.sum() == pytest.approx((said - level).item(), abs=1e-5)  # complete
    with pytest.raises(InputError, match="other than A, C, G, T"):
        ContributionMaps(np.zeros(1, int), encode("ACGN")[None], found[None])


def test_two_planted_motifs_are_found_where_they_stand_on_either_strand(planted_maps):
    given, control, sites = planted_maps
    found = patterns.discover(given, seqlets.call(given, control))
    assert len(found) == 2
    for pattern, motif in zip(sorted(found, key=lambda p: p.rows[0]), (FIRST, SECOND), strict=True):
        np.testing.assert_allclose(pattern.pfm.sum(axis=0), 1)
        text = store.consensus(pattern.pfm)
        if motif not in text:
            pattern, text = pattern.turned(), store.consensus(pattern.turned().pfm)
        inside = text.index(motif)
        right = pattern.width - inside - 8  # bases behind the motif
        places = {
            (row, start + (inside if strand == 1 else right), strand)
            for row, start, strand in zip(
                pattern.rows.tolist(), pattern.starts.tolist(), pattern.strands.tolist(), strict=True
            )
        }
        own = {(row, start, strand) for row, (of, start, strand) in sites.items() if of == motif}
        assert len(own) == 24 and places >= own
        assert len(places) <= 26  # a site with one base wrong counts for a third
        core = pattern.cwm[:, inside : inside + 8]
        np.testing.assert_array_equal(core.argmax(axis=0), encode(motif))
        assert np.abs(core).sum() > 5 * np.abs(np.delete(pattern.cwm, range(inside, inside + 8), axis=1)).sum()


def test_sites_of_both_strands_are_one_motif_and_turning_all_changes_nothing(planted_maps):
    given, control, _ = planted_maps
    turned = ContributionMaps(given.rows, 3 - given.codes[:, ::-1], given.hypothetical[:, ::-1, ::-1])
    other = ContributionMaps(control.rows, 3 - control.codes[:, ::-1], control.hypothetical[:, ::-1, ::-1])
    one = {frozenset(p.rows.tolist()) for p in patterns.discover(given, seqlets.call(given, control))}
    assert one == {frozenset(p.rows.tolist()) for p in patterns.discover(turned, seqlets.call(turned, other))}


def test_the_order_of_elements_changes_nothing(planted_maps):
    given, control, _ = planted_maps
    order = np.random.default_rng(5).permutation(48)
    mixed = ContributionMaps(given.rows[order], given.codes[order], given.hypothetical[order])
    found = store.of_maps(given, control)
    assert len(found.motifs) == 2 and store.of_maps(mixed, control).as_dict() == found.as_dict()


@pytest.mark.parametrize("seed", range(5))
def test_nothing_is_found_in_noise(seed):
    def noise(rng) -> ContributionMaps:
        codes = rng.integers(0, 4, (60, 80)).astype(np.uint8)
        values = rng.laplace(size=(60, 4, 80)).astype(np.float32)
        return ContributionMaps(np.arange(60), codes, values - values.mean(axis=1, keepdims=True))

    rng = np.random.default_rng(seed)
    given, control = noise(rng), noise(rng)
    found = store.of_maps(given, control)
    assert (found.motifs, found.seqlets, found.control, found.fdr) == ((), 0, 0, None)


def test_the_share_of_false_stretches_is_counted_on_the_control(planted_maps):
    given, control, _ = planted_maps
    values = control.hypothetical.copy()
    values[:10] = given.hypothetical[:10]  # ten shuffles with a planted motif each
    codes = np.concatenate([given.codes[:10], control.codes[10:]])
    quiet, louder = (seqlets.call(given, c) for c in (control, ContributionMaps(control.rows, codes, values)))
    assert len(quiet) >= 48 and len(louder) >= 48  # one site in each element
    assert louder.control >= 10 > quiet.control
    assert louder.fdr == pytest.approx((louder.control + 1) / len(louder)) and louder.fdr <= seqlets.LARGEST_FDR
    nothing = seqlets.call(given, given)  # as loud as the maps: any of them may be false
    assert len(nothing) == 0 and np.isnan(nothing.fdr)


def test_jaspar_names_a_matrix_that_sites_were_drawn_from_and_its_strand():
    rng = np.random.default_rng(3)
    for name in ("HNF1A", "NFE2_MARE", "ETS"):
        matrix = jaspar.load()[STUDY[name].matrix]
        drawn = [rng.multinomial(40, column / column.sum()) / 40 for column in matrix.probabilities.T]
        pfm = np.array(drawn).T
        (forward, backward), (study, _) = matches.known([pfm, pfm[::-1, ::-1]], [40, 40])
        assert matrix.id in [m.matrix for m in forward[:3]] and forward[0].q < 1e-3
        strands = [{m.matrix: m.strand for m in found}[matrix.id] for found in (forward, backward)]
        assert strands == ["+", "-"]
        assert matches.study_motif(study) == name
    flat = np.full((4, 9), 0.25) + rng.uniform(-0.02, 0.02, (4, 9))
    assert matches.study_motif(matches.known([flat / flat.sum(axis=0)], [40])[1][0]) is None


def test_the_meme_file_reads_back_by_other_programs(tmp_path):
    pfms = [jaspar.load()[STUDY[n].matrix].probabilities for n in ("GATA1", "HNF1A")]
    named = [
        meme.Motif(f"my model-{i}", "like ETS", pfm, sites)
        for i, (pfm, sites) in enumerate(zip(pfms, (40, 7), strict=True))
    ]
    text = meme.minimal(named)
    assert "E=" not in text  # nobody computed an E-value
    file = tmp_path / "motifs.meme"
    file.write_text(text)
    for read in (read_meme(file), tangermeme.io.read_meme(file)):
        assert list(read) == ["my_model-0 like_ETS", "my_model-1 like_ETS"]
        for pfm, back in zip(pfms, read.values(), strict=True):
            np.testing.assert_allclose(back, pfm, atol=1e-6)
    again = biopython.parse(io.StringIO(text), "minimal")
    assert [m.name for m in again] == ["my_model-0", "my_model-1"] and [m.num_occurrences for m in again] == [40, 7]
    np.testing.assert_allclose([again[1].counts[b] for b in "ACGT"], 7 * pfms[1], atol=0.5)  # it rounds to counts


def test_two_motifs_of_one_identifier_make_no_meme_file():
    flat = np.full((4, 5), 0.25)
    with pytest.raises(InputError, match="two motifs have the identifier 'a_1'"):
        meme.minimal([meme.Motif("a 1", "ETS", flat, 3), meme.Motif("a_1", "CTCF", flat, 3)])


def test_the_mean_contribution_counts_sites_and_draws_elements():
    rows = np.array([1, 1, 1, 5])
    flat = patterns.Pattern(np.full((4, 5), 0.25), np.zeros((4, 5)), rows, rows, rows, np.array([1.0, 1.0, 1.0, 0.0]))
    found = store.contribution(flat)
    assert (found.value, found.n) == (0.75, 4)
    assert (found.low, found.high) == (0.0, 1.0)  # a draw of one element alone is one in two


def test_the_share_of_sites_with_a_pattern_reads_both_strands_and_beyond_the_edges():
    bases = ["ACGATACTTTTTTTTTTTTT", "TTTTTTTTTTTTTTTTTATC", "TTTTTTTTTTTTTTTTGATA"]
    given = ContributionMaps(
        np.array([4, 6, 9]), np.array([encode(b) for b in bases]), np.zeros((3, 4, 20), np.float32)
    )
    starts = np.array([-2, 16, 5])  # two sites reach beyond their elements; GATA of the third is too far from its site
    flat = patterns.Pattern(np.zeros((4, 6)), np.zeros((4, 6)), given.rows, starts, np.ones(3), np.zeros(3))
    assert store.holding(flat, given, ("GATA",)) == pytest.approx(2 / 3)
    assert store.holding(flat, given, ("CGATA",)) == pytest.approx(1 / 3)


def test_what_was_found_again_and_what_is_only_like_it_is_said_in_words():
    given = (("GATA1", 0.9, 20), (None, None, 9), ("GATA1", 0.5, 10), ("SP1_GCbox", 0.49, 100), ("FOXA", 0.7, 10),
             ("HNF4A_DR1", 0.0, 18), ("GATA1", 0.2, 10))  # fmt: skip
    flat = np.full((5, 4), 0.25)
    motifs = [
        store.Motif("NNNNN", flat, flat, n, n, Metric(0.5, 0.4, 0.6, n), (),
                    (matches.Match("MA", f"J{i}", 1e-6, 1e-4, "+"),), s, s and 1e-4, share)
        for i, (s, share, n) in enumerate(given)
    ]  # fmt: skip
    result = store.Discovery(300, 200, 20, 0.1, sum(n for *_, n in given), tuple(motifs))
    assert store.of_study(result)["GATA1"] == [0, 2] and store.relatives(result)["GATA1"] == [6]
    assert store.of_study(result)["HNF4A_DR1"] == [] and store.relatives(result)["HNF4A_DR1"] == [5]
    assert [store.holding_sites(m) for m in result.motifs] == [18, 0, 5, 49, 7, 0, 2]
    said = store.in_words(result, "K562")
    assert said.startswith("2 of the study's 14 motifs were found again (at least 50% of")
    assert "K562 1 of 5 (GATA1); of those it counts for both cell types 0 of 4; and of the other ones FOXA." in said
    assert "like SP1_GCbox 49% of 100 (J3), like GATA1 20% of 10 (J6), like HNF4A_DR1 0% of 18 (J5). 1 of the 7" in said


def test_chance_alone_finds_no_motif_again():
    widest = 2 * patterns.HALF + 1 + 2 * store.SLACK
    places = np.random.default_rng(0).integers(0, 4, (5000, widest)).astype(np.uint8)
    shares = {m.name: (of_patterns(places, m.patterns) > 0).mean() for m in STUDY.values()}
    assert shares["ETS"] == pytest.approx(1 - (1 - 1 / 128) ** (2 * (widest - 3)), abs=0.02)  # GGAW, by hand
    assert max(shares.values()) < store.LEAST_SHARE


def test_it_is_kept_goes_on_where_it_stopped_and_is_stale_with_other_weights(
    planted, save_model, models_folder, tmp_path, monkeypatch
):
    monkeypatch.setenv("CISLENS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(maps, "COUNT", 6)
    monkeypatch.setattr(maps, "PART", 2)
    save_model("toy", outputs=("HepG2", "WTC11"))
    checkpoint, of, made = checkpoints.load("toy"), Library(*planted), []
    explain = maps.hypothetical
    monkeypatch.setattr(maps, "hypothetical", lambda *a, **k: made.append(1) or explain(*a, **k))

    def stop(done, total):
        assert total == 6
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.compute(checkpoint, of, stop)
    assert len(made) == 8 and store.read("toy") is None
    assert store.compute(checkpoint, of) is True
    assert len(made) == 12  # what was there is not made again
    assert store.compute(checkpoint, of) is False
    kept = store.read("toy")
    assert list(kept) == ["HepG2"] and kept["HepG2"].elements == 6
    assert {o: part.as_dict() for o, part in kept.items()} == load_json(stored.model_file("toy", store.WHAT))["outputs"]
    rows = maps.elements(of, "HepG2", 6)
    activity = of.table.column("HepG2")
    assert activity[rows].min() >= np.quantile(activity[of.split.test], 0.75) and set(rows) <= set(of.split.test)
    save_model("toy", seed=4, outputs=("HepG2", "WTC11"))
    with pytest.raises(CheckpointError, match="interpret toy --what de-novo"):
        store.read("toy")
    with pytest.raises(InputError, match="elements of high activity in HepG2, 900 are needed"):
        maps.elements(of, "HepG2", 900)


def test_maps_kept_in_files_of_another_size_are_not_taken_for_these(
    planted, save_model, models_folder, tmp_path, monkeypatch
):
    monkeypatch.setenv("CISLENS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(maps, "COUNT", 6)
    monkeypatch.setattr(maps, "PART", 4)
    save_model("toy", outputs=("HepG2",))
    checkpoint, of = checkpoints.load("toy"), Library(*planted)
    once = maps.compute(checkpoint, of, "HepG2")
    monkeypatch.setattr(maps, "PART", 2)
    for one, other in zip(once, maps.compute(checkpoint, of, "HepG2"), strict=True):
        np.testing.assert_array_equal(one.codes, other.codes)
        np.testing.assert_array_equal(one.hypothetical, other.hypothetical)


@pytest.mark.parametrize(
    "module, name",
    [(patterns, n) for n in ("FLANK", "FLOOR", "BINS", "HALF", "SHIFT", "ROUNDS", "NARROWEST", "LEAST_ELEMENTS")]
    + [(matches, "SITES"), (matches, "LARGEST_Q"), (maps, "STEPS"), (seqlets, "ENOUGH"), (store, "SLACK")],
)
def test_a_result_is_stale_once_a_number_of_its_recipe_changes(module, name, monkeypatch):
    before = store.settings()
    monkeypatch.setattr(module, name, getattr(module, name) * 2)
    assert store.settings() != before


def test_a_result_is_stale_once_a_motif_of_the_study_changes_but_not_by_what_alters_nothing(monkeypatch):
    before = store.settings()
    monkeypatch.setattr(maps, "PART", 7)
    monkeypatch.setattr(store, "LEAST_SHARE", 0.4)  # only what is read is judged by it
    assert store.settings() == before
    monkeypatch.setitem(STUDY, "FOXA", replace(STUDY["FOXA"], patterns=("TGTTTAC",)))
    assert store.settings() != before
