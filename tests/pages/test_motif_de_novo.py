"""Motifs found in the maps, on the page: table, logos, files, an element opened in the Explorer, what is missing."""

import numpy as np
import pytest

from engine.experiments import checkpoints
from engine.experiments.labels import label
from engine.interpretation import stored
from engine.interpretation.motifs.de_novo import store
from engine.interpretation.stored import as_json
from engine.store import write_json

VIEW = "Found in the maps"


def motif(consensus: str, study: str | None, q: float, sites: int, share: float = 0.75, best: str = "GATA1") -> dict:
    pfm = np.full((len(consensus), 4), 0.1)
    pfm[range(len(consensus)), ["ACGT".index(b) for b in consensus.upper()]] = 0.7
    return {
        "consensus": consensus, "pfm": pfm.tolist(), "cwm": (pfm / 10).tolist(), "sites": sites, "elements": sites,
        "contribution": {"value": 0.5, "low": 0.4, "high": 0.6, "n": sites},
        "examples": [{"row": 3, "start": 10, "end": 16, "strand": "-", "contribution": 0.9}],
        "matches": [{"matrix": "MA0035.5", "name": best, "p": q / 100, "q": q, "strand": "+"}],
        "study": study, "study_q": q if study else None, "study_share": share if study else None,
    }  # fmt: skip


def put(name: str, motifs: list[dict]) -> None:
    """What the command would leave."""
    described = checkpoints.read_description(name)
    of_output = {
        "elements": 50, "seqlets": 40 if motifs else 0, "control": 5, "fdr": 0.15 if motifs else None,
        "used": sum(m["sites"] for m in motifs), "motifs": motifs,
    }  # fmt: skip
    outputs = {o: of_output for o in described["outputs"][:2]}
    of_it = {"key": name, "weights": described["weights_sha256"], "settings": as_json(store.settings())}
    write_json(stored.model_file(name, store.WHAT), of_it | {"outputs": outputs})


@pytest.fixture
def found(study):
    cre = motif("GTGACGTCA", "USF_Ebox", 1e-4, 10, 0.2, "CREM")
    put("joint_legnet", [motif("AGATAA", "GATA1", 1e-4, 20), motif("GGtACC", None, 0.5, 12), cre])
    put("B1_baseline_mse", [])


def test_without_results_the_command_is_named(app, study):
    screen = app("motifs", motifs_view=VIEW)
    assert not screen.failures
    assert "python -m engine interpret --what de-novo" in screen.values("info")[0]


def test_motifs_are_shown_with_what_they_are(app, found):
    screen = app("motifs", motifs_view=VIEW)
    assert not screen.failures and not screen.values("error") and not screen.values("warning")
    table = screen.at.dataframe[0].value
    assert table["consensus"].tolist() == ["AGATAA", "GGtACC", "GTGACGTCA"]
    assert table["study"].tolist() == ["GATA1", "", "like USF_Ebox"]
    assert "above 0 by construction" in screen.at.dataframe[0].proto.columns
    assert table["share"][0] == 75 and np.isnan(table["share"][1])
    assert table["logo"].str.startswith("data:image/svg+xml;base64,").all() and table["logo"].nunique() == 3
    assert table["contribution"][0] == "0.500 [0.400, 0.600]"
    assert "50 held-out elements from the most active quarter in K562" in screen.words
    assert "40 stretches" in screen.words and "about 15% may be false. 42 of them are in the 3 motifs" in screen.words
    assert "1 of the study's 14 motifs were found again" in screen.words and "K562 1 of 5 (GATA1)" in screen.words
    assert "like USF_Ebox 20% of 10 (CREM). 1 of the 3 motifs here is neither" in screen.words
    assert "GATA1: AGATAA" in screen.values("subheader")
    heat, words = screen.figure("motifs-found-models")["data"]
    numbers = np.array(screen.numbers(heat["z"]), float)
    row = heat["y"].index(f"{label('joint_legnet')}, K562")
    cells = [heat["x"].index("GATA1"), heat["x"].index("USF_Ebox")]
    assert numbers[row, cells].tolist() == [30, 4]  # 15 of 20 sites and 2 of 10 in 50 elements hold the pattern
    told = dict(zip(zip(words["x"], words["y"], strict=True), words["text"], strict=True))
    assert [told[m, heat["y"][row]] for m in ("GATA1", "USF_Ebox")] == ["30.00", "(4.00)"]
    assert np.isfinite(numbers).sum() == 4  # K562 and HepG2


def test_motifs_of_one_name_are_told_apart_in_the_file_for_other_programs(app, study, downloads):
    put("joint_legnet", [motif(c, "GATA1", 1e-4, 20) for c in ("AGATAA", "AGATAG")])
    assert not app("motifs", motifs_view=VIEW).failures
    lines = downloads["cislens-found-joint_legnet-K562.meme"].splitlines()
    named = [line for line in lines if line.startswith("MOTIF")]
    assert named == ["MOTIF joint_legnet-K562-1 GATA1", "MOTIF joint_legnet-K562-2 GATA1"]


def test_another_motif_is_chosen_and_its_element_opened(app, found, library):
    screen = app("motifs", motifs_view=VIEW).pick_row("motifs-found-joint_legnet", 1)
    assert "GGtACC: GGtACC" in screen.values("subheader")  # nothing known is like it
    screen.pick_row("motifs-found-examples", 0)
    assert not screen.failures
    assert screen.document.bases == library.sequence(3).bases
    assert screen.document.remark == "GGtACC found in the maps of joint_legnet for K562 at 11–16 (- strand)"


def test_a_relative_goes_by_its_name_in_jaspar(app, found):
    screen = app("motifs", motifs_view=VIEW).pick_row("motifs-found-joint_legnet", 2)
    assert "CREM: GTGACGTCA" in screen.values("subheader")


def test_a_model_without_motifs_says_so_and_a_stale_result_is_named(app, found, save_model):
    screen = app("motifs", motifs_view=VIEW, motifs_found_model="B1_baseline_mse")
    assert not screen.failures and "so there is no motif" in screen.words
    save_model("B1_baseline_mse", seed=9, outputs=("K562",))
    screen = app("motifs", motifs_view=VIEW)
    assert "interpret B1_baseline_mse --what de-novo" in screen.values("warning")[0]
