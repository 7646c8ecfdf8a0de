"""`--motif` means the same in every command that has it."""

import pytest

from engine.data import motif_files, motifs
from engine.data.motifs import Site

OF_STUDY, OF_JASPAR = motifs.STUDY["NRF1"].site, "CAAAGTCCA"  # HNF4A, MA0114.5
NAMES = (
    ("NRF1", OF_STUDY),
    ("nrf1", OF_STUDY),
    ("MA0506", "CTGCGCCTGCGC"),
    ("HNF4A", OF_JASPAR),
    ("hnf4a", OF_JASPAR),
    ("MA0114.5", OF_JASPAR),
    ("ttgaca", "TTGACA"),
    ("GATA", "GATA"),
)
WRITING = ("knock-in", "embed", "motif-effects")


@pytest.fixture
def ask(call, made_up, trained, one):
    """A command with a motif, as short as it gets; the library is made up."""
    words = {
        "knock-in": ("knock-in", one[0], "--model", "mine", "--stride", 150),
        "embed": ("embed", one[0], "--model", "mine", "--count", 2),
        "motif-effects": ("motif-effects", "mine", "--backgrounds", "real", "--count", 6),
        "motif-association": ("motif-association",),
    }
    return lambda command, motif: call(*words[command], "--motif", motif)


def written(run, command: str) -> str:
    """The bases that a command wrote, as its table or its remark has them."""
    assert run.code == 0, run
    if command == "motif-effects":
        return run.err.split()[-1]
    head, first, *_ = run.rows
    return first[head.index({"knock-in": "written", "embed": "bases"}[command])]


@pytest.mark.parametrize(("name", "bases"), NAMES)
def test_every_command_that_writes_a_motif_writes_the_same_bases(ask, name, bases):
    assert motifs.site(name).bases == bases
    assert [written(ask(command, name), command) for command in WRITING] == [bases] * 3


@pytest.mark.parametrize("name", ["nrf1", "HNF4A", "MA0114", "ttgaca", "CANNTG"])
def test_what_is_counted_goes_by_the_same_names(ask, name):
    run = ask("motif-association", name)
    assert run.code == 0, run
    assert {row[0] for row in run.rows[1:]} == set(motifs.named(name))


def test_an_unknown_name_is_the_same_error_everywhere(ask):
    errors = {ask(command, "GATA9").error() for command in (*WRITING, "motif-association")}
    (error,) = errors
    assert "unknown motif 'GATA9'; did you mean GATA6, " in error
    assert "the ids and factors of JASPAR 2024" in error and "the study's motifs, and bases" in error


@pytest.mark.parametrize("command", WRITING)
def test_a_consensus_of_several_sequences_cannot_be_written(ask, command):
    assert "'CANNTG' cannot be written into a sequence: N may be several bases" in ask(command, "CANNTG").error()


def test_every_command_describes_it_in_the_same_words(call):
    for command in (*WRITING, "motif-association"):
        assert "a motif of the study, a factor or id of JASPAR, or bases" in " ".join(
            call(command, "--help").out.replace("│", " ").split()
        )


def test_a_site_is_named_as_it_was_asked_for(ask):
    head, *rows = ask("embed", "HNF4A,MA0114.5,acg").rows
    assert list(dict.fromkeys(row[head.index("motif")] for row in rows)) == ["HNF4A", "MA0114.5", "ACG"]
    assert motifs.site("HNF4A") == Site("HNF4A MA0114.5", OF_JASPAR, (OF_JASPAR,))


# --- motifs of the user's own -----------------------------------------------------------------------

MINE = """>M1 GATA1
9 0 0 9 9 0
0 0 0 0 0 9
0 9 0 0 0 0
0 0 9 0 0 0
>M2 MYOWN
9 0 0 9 9 9
0 0 0 0 0 0
0 9 0 0 0 0
0 0 9 0 0 0
"""


@pytest.fixture
def mine(tmp_path):
    (tmp_path / "mine.pfm").write_text(MINE)
    return tmp_path / "mine.pfm"


@pytest.mark.parametrize(("name", "bases"), [("gata1", "AGTAAC"), ("MyOwn", "AGTAAA"), ("M1", "AGTAAC"), ("SP1", None)])
def test_the_motifs_of_a_file_come_first_everywhere(call, made_up, trained, one, mine, name, bases):
    words = {
        "knock-in": ("knock-in", one[0], "--model", "mine", "--stride", 150),
        "embed": ("embed", one[0], "--model", "mine", "--count", 2),
        "motif-effects": ("motif-effects", "mine", "--backgrounds", "real", "--count", 6),
    }
    for command in WRITING:
        run = call(*words[command], "--motif", name, "--motifs", mine)
        assert written(run, command) == (bases or motifs.site(name).bases)
    counted = call("motif-association", "--motif", name, "--motifs", mine)
    own = motif_files.read(MINE.encode(), "mine.pfm").matrices
    assert {row[0] for row in counted.rows[1:]} == set(motifs.named(name, own))


def test_without_a_name_all_motifs_of_a_file_are_asked(call, made_up, trained, mine):
    run = call("motif-effects", "mine", "--backgrounds", "real", "--count", 6, "--motifs", mine)
    assert {row[1] for row in run.rows[1:]} == {"GATA1 M1", "MYOWN M2"}
    assert {row[0] for row in call("motif-association", "--motifs", mine).rows[1:]} == {"GATA1 M1", "MYOWN M2"}


def test_a_motif_of_a_file_is_suggested(call, trained, one, mine):
    assert (
        "did you mean MYOWN" in call("knock-in", one[0], "--model", "mine", "--motif", "MYOW", "--motifs", mine).error()
    )
