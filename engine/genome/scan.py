"""Activity profile of a long sequence: the model's window moved along it.

A sequence is encoded once (one byte a base) and its windows are views of that, so ten million bases need ten
megabytes beside the result.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import torch

from engine import sheets
from engine.errors import InputError
from engine.genome import tracks
from engine.genome.tracks import GenomeTrack, Piece, genome_track
from engine.models.layers import SequenceModel
from engine.models.predict import BATCH_SIZE, predict_codes
from engine.results import Profile, Progress
from engine.sequence import UNKNOWN, Region, Sequence, encode

STRIDE, LONGEST_STRIDE = 25, 1_000_000
WINDOWS_AT_ONCE = 128  # windows computed between two calls of `progress`: about a second on one CPU core


def window_count(length: int, window: int, stride: int) -> int:
    """How many windows a sequence takes."""
    return -(-(length - window) // stride) + 1


def window_views(sequence: Sequence, window: int, stride: int) -> tuple[np.ndarray, np.ndarray]:
    """0-based starts of the windows that a scan predicts, and codes `(length - window + 1, window)` from every base on.

    The codes are a view that takes no room of its own.

    Raises:
        InputError: a sequence shorter than the window, or a stride below 1.
    """
    n = len(sequence)
    if stride < 1:
        raise InputError(f"the stride is {stride}; give 1 or more bases")
    if n < window:
        raise InputError(f"sequence '{sequence.name}' has {n} bases, fewer than the window of {window} that is moved")
    codes = encode(sequence.bases, sequence.name)
    starts = np.append(np.arange(0, n - window, stride), n - window)
    return starts, np.lib.stride_tricks.sliding_window_view(codes, window)


def scan(
    model: SequenceModel,
    sequence: Sequence,
    stride: int = STRIDE,
    *,
    name: str = "model",
    batch_size: int = BATCH_SIZE,
    device: torch.device | None = None,
    done: list[np.ndarray] | None = None,
    progress: Progress | None = None,
) -> Profile:
    """Predicted activity of every window of a sequence, both strands averaged.

    Args:
        sequence: at least one window of the model long.
        stride: bases between the starts of two windows; the last window ends with the sequence.
        done: what an earlier call with the same settings has computed; it is taken over and added to after each
            batch, so that work that `progress` stops goes on where it was.
        progress: called with (windows done, windows) after each batch.

    Raises:
        InputError: a sequence shorter than the model's window, or a stride below 1.
    """
    window, n = model.window, len(sequence)
    starts, views = window_views(sequence, window, stride)
    done = [] if done is None else done
    for first in range(len(done) * WINDOWS_AT_ONCE, len(starts), WINDOWS_AT_ONCE):
        part = views[starts[first : first + WINDOWS_AT_ONCE]]
        known = (part != UNKNOWN).any(axis=1)
        values = np.full((len(part), len(model.outputs)), np.nan, np.float32)
        if known.any():
            values[known] = predict_codes(model, part[known], batch_size=batch_size, device=device)
        done.append(values)
        if progress:
            progress(first + len(part), len(starts))
    return Profile(name, model.outputs, sequence.name, n, window, stride, starts, np.concatenate(done), sequence.region)


def peaks(profile: Profile, output: str, most: int = 10, view: tuple[int, int] | None = None) -> list[int]:
    """The highest local maxima of predicted activity of which no two windows overlap, the highest first, as rows.

    A local maximum is a window that no window within its own length exceeds.

    Args:
        view: 0-based half-open stretch in which a window's middle lies; all by default.
    """
    values = np.nan_to_num(profile.values[:, profile.outputs.index(output)], nan=-np.inf)
    beside = (profile.window - 1) // profile.stride
    around = np.lib.stride_tricks.sliding_window_view(np.pad(values, beside, constant_values=-np.inf), 2 * beside + 1)
    low, high = view or (0, profile.length)
    in_view = (profile.centres >= low) & (profile.centres < high)
    maxima = np.flatnonzero((values == around.max(axis=1)) & np.isfinite(values) & in_view)
    chosen: list[int] = []
    for row in maxima[np.argsort(-values[maxima], kind="stable")].tolist():
        if all(abs(int(profile.starts[row] - profile.starts[other])) >= profile.window for other in chosen):
            chosen.append(row)
        if len(chosen) == most:
            break
    return chosen


def _rows(profiles: list[Profile]) -> list[list[Profile]]:
    """Profiles of one sequence beside each other: those of several models share name, starts and place."""
    grouped: dict[tuple, list[Profile]] = {}
    for p in profiles:
        grouped.setdefault((p.name, p.region, p.length, p.window, p.stride), []).append(p)
    return list(grouped.values())


def profile_csv(profiles: list[Profile]) -> str:
    """CSV of profiles, one row a window: name, contig, its first, last and middle position (1-based), then one column
    `<model>.<output>` each. Without a region, positions count along the sequence and the contig is its name.

    Profiles of one sequence by several models stand beside each other; all must be by the same models.
    """
    out = io.StringIO()
    writer = sheets.Writer(out)
    for i, group in enumerate(_rows(profiles)):
        if i == 0:
            writer.writerow(csv_columns(group))
        writer.writerows(csv_rows(group))
    return out.getvalue()


def csv_columns(group: list[Profile]) -> list[str]:
    """The columns of `profile_csv`, of profiles of one sequence by several models."""
    return ["name", "chrom", "start", "end", "centre", *(f"{g.model}.{o}" for g in group for o in g.outputs)]


def csv_rows(group: list[Profile]) -> Iterator[list]:
    """The rows of `profile_csv`, of profiles of one sequence, or of the same part of it, by several models."""
    p = group[0]
    place = _place(p)
    values = np.concatenate([g.values for g in group], axis=1)
    for start, centre, row in zip(p.starts.tolist(), p.centres.tolist(), values, strict=True):
        numbers = ("" if np.isnan(v) else f"{v:.6g}" for v in row)
        window = place.part(start, start + p.window)
        yield [p.name, place.chrom, window.start + 1, window.end, place.place_of(centre) + 1, *numbers]


def joined(parts: list[Profile]) -> Profile:
    """Parts of one model's profile of one sequence, in order, as one."""
    values, starts = (np.concatenate([getattr(p, what) for p in parts]) for what in ("values", "starts"))
    return replace(parts[0], values=values, starts=starts)


def genome_tracks(profiles: list[Profile]) -> list[GenomeTrack]:
    """Profiles on the genome, one track for each model and output.

    A window's value stands for the bases closest to its middle; windows without a known base are left out. Where
    regions overlap, the mean of theirs is taken. Without a region, positions count along the sequence, whose name is
    the contig.
    """
    made = []
    for model, output in dict.fromkeys((p.model, o) for p in profiles for o in p.outputs):
        pieces = [
            Piece(_place(p), edges[:-1], edges[1:], p.values[:, p.outputs.index(output)])
            for p in profiles
            if p.model == model and output in p.outputs
            for edges in [_edges(p)]
        ]
        description = f"predicted activity in {output}, log2(RNA/DNA)"
        made.append(genome_track(f"{model} {output}", description, pieces))
    return made


def bedgraph(profiles: list[Profile]) -> str:
    """bedGraph of `genome_tracks`."""
    return tracks.bedgraph(genome_tracks(profiles))


def _place(profile: Profile) -> Region:
    return profile.region or Region("_".join(profile.name.split()) or "unnamed", 0, profile.length)


def _edges(profile: Profile) -> np.ndarray:
    """`(n + 1,)` borders of the intervals that the windows' values stand for: half way between their middles."""
    centres = profile.centres
    between = (centres[:-1] + centres[1:] + 1) // 2
    first = max(0, centres[0] - profile.stride // 2)
    return np.concatenate([[first], between, [min(profile.length, centres[-1] + (profile.stride + 1) // 2)]])
