"""Activity profiles: every window is a prediction of its own, files say where it lies, peaks survive thinning."""

import csv
import io

import numpy as np
import pytest

from engine.errors import InputError
from engine.genome.scan import WINDOWS_AT_ONCE, bedgraph, peaks, profile_csv, scan, window_count
from engine.models.predict import predict
from engine.plots import scan as plot
from engine.plots.parts import theme
from engine.results import Profile
from engine.sequence import Region, Sequence, reverse_complement


@pytest.mark.parametrize(("length", "stride"), [(12, 5), (13, 5), (17, 5), (40, 7), (40, 1), (40, 100)])
def test_every_window_is_predicted_on_both_strands_and_the_last_ends_with_the_sequence(
    linear_model, random_bases, length, stride
):
    model, bases = linear_model(window=12), random_bases(length)
    profile = scan(model, Sequence("s", bases), stride, name="m")
    starts = sorted({*range(0, length - 12 + 1, stride), length - 12})
    assert profile.starts.tolist() == starts and window_count(length, 12, stride) == len(starts)
    assert (profile.centres - profile.starts == 6).all()
    cut = [Sequence(str(i), bases[i : i + 12]) for i in starts]
    np.testing.assert_allclose(profile.values, predict(model, cut).values, atol=1e-5)


def test_the_other_strand_has_the_same_profile_turned_round(linear_model, random_bases):
    model, bases = linear_model(window=12), random_bases(52)
    there = scan(model, Sequence("s", bases), 10)
    back = scan(model, Sequence("s", reverse_complement(bases)), 10)
    np.testing.assert_allclose(there.values, back.values[::-1], atol=1e-5)


def test_stopped_work_goes_on_where_it_was(linear_model, random_bases):
    model, sequence = linear_model(window=12), Sequence("s", random_bases(3 * WINDOWS_AT_ONCE))
    done, seen = [], []

    def stop(at, total):
        seen.append(at)
        if len(seen) == 2:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        scan(model, sequence, 1, done=done, progress=stop)
    resumed = scan(model, sequence, 1, done=done, progress=lambda at, total: seen.append(at))
    n = len(sequence) - 11
    assert seen == [WINDOWS_AT_ONCE, 2 * WINDOWS_AT_ONCE, n]
    np.testing.assert_array_equal(resumed.values, scan(model, sequence, 1).values)


def test_a_window_without_a_known_base_has_no_value(linear_model, random_bases):
    bases = random_bases(20) + "N" * 24 + random_bases(20, 1)
    profile = scan(linear_model(window=12), Sequence("s", bases), 4)
    empty = np.array([set(bases[s : s + 12]) == {"N"} for s in profile.starts])
    assert empty.sum() == 4
    np.testing.assert_array_equal(np.isnan(profile.values).all(axis=1), empty)
    assert len(bedgraph([profile]).splitlines()) == 2 * (1 + (~empty).sum())


def test_what_cannot_be_scanned_is_named(linear_model):
    with pytest.raises(InputError, match="'s' has 11 bases, fewer than the window of 12"):
        scan(linear_model(window=12), Sequence("s", "A" * 11))
    with pytest.raises(InputError, match="stride is 0"):
        scan(linear_model(window=12), Sequence("s", "A" * 20), 0)


@pytest.mark.parametrize("stride", [1, 4, 5, 25])
def test_bedgraph_intervals_touch_and_hold_their_windows_middle(linear_model, random_bases, stride):
    placed = Sequence("s", random_bases(61), Region("chr2", 1000, 1061))
    profile = scan(linear_model(window=12), placed, stride, name="m")
    tracks = bedgraph([profile]).split("track ")[1:]
    assert [t.split('"')[1] for t in tracks] == ["m output0", "m output1"]
    rows = [line.split("\t") for line in tracks[1].splitlines()[1:]]
    starts, ends = ([int(r[i]) for r in rows] for i in (1, 2))
    assert {r[0] for r in rows} == {"chr2"} and starts[1:] == ends[:-1]
    middles = profile.centres + 1000
    assert all(a <= m < b for a, b, m in zip(starts, ends, middles, strict=True))
    assert starts[0] >= 1000 and ends[-1] <= 1061
    np.testing.assert_allclose([float(r[3]) for r in rows], profile.values[:, 1], rtol=1e-5)


def test_csv_has_one_row_a_window_and_the_models_side_by_side(linear_model, random_bases):
    placed = Sequence("s", random_bases(40), Region("chr2", 1000, 1040))
    profiles = [scan(linear_model(window=12, seed=i), placed, 9, name=f"m{i}") for i in (0, 1)]
    rows = list(csv.DictReader(io.StringIO(profile_csv(profiles))))
    assert [(r["start"], r["end"], r["centre"]) for r in rows[:2]] == [
        ("1001", "1012", "1007"),
        ("1010", "1021", "1016"),
    ]
    assert rows[-1]["end"] == "1040"
    for p in profiles:
        np.testing.assert_allclose([float(r[f"{p.model}.output1"]) for r in rows], p.values[:, 1], rtol=1e-5)


# --- figure -----------------------------------------------------------------------------------------


def test_the_figure_shows_windows_in_view_and_names_their_starts(linear_model, random_bases):
    placed = Sequence("s", random_bases(100), Region("chr2", 1000, 1100, "GRCh38"))
    profile = scan(linear_model(window=12), placed, 5, name="m")
    (trace,) = plot.figure([profile], ("output1",), {"m": "m"}, view=(20, 50)).data
    rows = [i for i, c in enumerate(profile.centres) if 20 <= c < 50]
    assert list(trace.x) == [profile.centres[i] + 1001 for i in rows]
    assert [list(c) for c in trace.customdata] == [[profile.starts[i], profile.starts[i] + 12] for i in rows]
    np.testing.assert_array_equal(trace.y, profile.values[rows, 1])


def test_peaks_are_the_highest_local_maxima_that_do_not_overlap():
    values = np.array([[0, 5, 4, 1, 3, np.nan, 2, 9]], np.float32).T
    starts = np.arange(8) * 5
    profile = Profile("m", ("K562",), "s", 47, 12, 5, starts, values)
    # row 4 lies between the two and is lower than row 2, which overlaps both it and row 1
    assert peaks(profile, "K562") == [7, 1]
    assert peaks(profile, "K562", most=1) == [7]
    assert peaks(profile, "K562", view=(6, 30)) == [1]
    flat = Profile("m", ("K562",), "s", 47, 12, 5, starts, np.ones((8, 1), np.float32))
    assert peaks(flat, "K562") == [0, 3, 6]
    figure = plot.figure([profile], ("K562",), {"m": "m"}, peaks=("m", "K562", [7, 1]))
    numbers = figure.data[-1]
    assert list(numbers.text) == ["<b>1</b>", "<b>2</b>"] and list(numbers.x) == [42, 12] and list(numbers.y) == [9, 5]


def test_a_cell_type_has_a_colour_and_a_model_a_dash():
    profiles = [
        Profile(m, ("K562", "HepG2"), "s", 22, 12, 5, np.arange(3) * 5, np.ones((3, 2), np.float32)) for m in "ab"
    ]
    lines = plot.figure(profiles, ("K562", "HepG2"), {"a": "first", "b": "second"}).data
    assert [t.name for t in lines] == ["K562, first", "HepG2, first", "K562, second", "HepG2, second"]
    assert [t.line.color for t in lines] == [*theme.COLOURS[:2], *theme.COLOURS[:2]]
    assert [t.line.dash for t in lines] == ["solid", "solid", "dash", "dash"]


def test_thinning_keeps_every_peak():
    values = np.random.default_rng(0).normal(size=10_000)
    values[[17, 5000, 9999]] = 50, -50, 60
    values[2000:2500] = np.nan
    kept = plot.extremes(values, 300)
    assert len(kept) <= 300 and {17, 5000, 9999} <= set(kept)
    assert (np.diff(kept) > 0).all()
    assert plot.extremes(values[:300], 300).tolist() == list(range(300))
