"""The command line: its JSON and exit codes are what scripts and later work rely on."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kit import cli

NEW = ("--hospital", "CH d'essai", "--ward", "CARD", "--world", "TEST:cli", "--json")
Kit = Callable[..., tuple[int, Any]]


@pytest.fixture
def kit(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> Kit:
    """Run a command on one home; its exit code and its JSON."""
    phrase = tmp_path / "phrase.txt"
    home = str(tmp_path / "home")

    def run(command: str, *options: str, sealed: bool = False) -> tuple[int, Any]:
        words = [command, "--home", home, *options]
        if not sealed:
            words += ["--phrase-file", str(phrase)]
        code = cli.main(words)
        said = capfdbinary.readouterr().out
        return code, json.loads(said) if said.strip() else None

    code, made = run("new", *NEW, sealed=True)
    assert code == 0
    phrase.write_text(made["phrase"])
    return run


def _nurse(kit: Kit) -> str:
    _code, made = kit("do", "person.enrol", '{"name": "Ana SILVA", "profession": "IDE"}')
    return str(made["ok"]["person"])


def test_new_prints_eight_words_once_and_refuses_a_folder_that_has_a_kit(kit: Kit) -> None:
    """A second `new` on the same home changes nothing and says so."""
    code, said = kit("new", *NEW, sealed=True)
    assert (code, said["fault"]) == (2, "CMD-008")


def test_every_command_and_query_is_described_with_its_fields(kit: Kit) -> None:
    """`--list` needs no kit and names each field."""
    code, commands = kit("do", "--list", sealed=True)
    assert code == 0
    give = next(c for c in commands if c["name"] == "administration.give")
    assert {"patient", "prescription", "due", "identified_by"} <= set(give["fields"])
    _code, queries = kit("query", "--list", sealed=True)
    assert {"ward.board", "patient.search", "round.slots"} <= {q["name"] for q in queries}


def test_an_act_needs_a_person_and_comes_back_with_its_entry(kit: Kit) -> None:
    """Refused without `--as`, recorded with it; by id or by name without accents."""
    ask = '{"patient": "P1"}'
    code, said = kit("do", "allergy.assert_none", ask)
    assert (code, said["refused"]) == (1, "permission.nobody")
    person = _nurse(kit)
    code, said = kit("do", "allergy.assert_none", ask, "--as", person)
    assert (code, said["refused"]) == (1, "allergy.patient_unknown")
    code, said = kit("do", "person.enrol", '{"name":"B","profession":"IDE"}', "--as", "ana silva")
    assert (code, said["refused"]) == (1, "permission.denied")


def test_wrong_use_is_told_apart_from_refusals_and_faults(kit: Kit, tmp_path: Path) -> None:
    """Exit codes: 1 a rule, 2 wrong use, 3 a fault."""
    assert kit("do", "vitals.invent", "{}")[0] == 2
    assert kit("do", "vitals.record", "{")[0] == 2
    assert kit("query", "ward.board", "service=CARD")[0] == 2
    assert kit("query", "ward.board", "ward=CARD")[0] == 0
    (tmp_path / "phrase.txt").write_text("un deux trois")
    code, said = kit("query", "ward.list")
    assert code == 3
    assert said["fault"].startswith("STO-03")


def test_verify_is_content_with_a_sound_kit(kit: Kit) -> None:
    """Pages, feeds and a rebuild agree."""
    _nurse(kit)
    code, report = kit("verify")
    assert (code, report["ok"], report["tables"]) == (0, True, [])
    assert report["events"] >= 3


def test_print_leaves_a_pdf_and_counts_its_pages(kit: Kit, tmp_path: Path) -> None:
    """`kit print` works on an empty ward too: cover, census, blanks."""
    out = tmp_path / "pack.pdf"
    code, said = kit("print", "ward-pack", "--ward", "CARD", "--out", str(out))
    assert code == 0
    assert out.read_bytes().startswith(b"%PDF")
    assert said["pages"] > 0


def test_a_printer_that_does_not_answer_is_said_and_takes_no_number(kit: Kit) -> None:
    """Nobody answers at this port; the sheet keeps its number for another printer."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening
        address = f"ipp://127.0.0.1:{taken.getsockname()[1]}/ipp/print"
        code, _said = kit("print", "blank:MEDA", "--ward", "CARD", "--printer", address)
    assert code in (cli.REFUSED, cli.FAULT)
    _code, rows = kit("query", "sheet.list", "ward=CARD")
    assert rows == []


@pytest.mark.slow
def test_a_node_without_a_window_holds_its_kit_until_it_is_told_to_end(
    kit: Kit, tmp_path: Path
) -> None:
    """It says that it is open, answers the command line, and seals the kit on SIGTERM."""
    phrase = tmp_path / "phrase.txt"
    with subprocess.Popen(
        [sys.executable, "-m", "kit.cli", "node", "--home", str(tmp_path / "home"),
         "--phrase-file", str(phrase), "--listen", "127.0.0.1:0", "--no-discovery"],
        stdout=subprocess.PIPE,
    ) as node:  # fmt: skip
        try:
            assert node.stdout is not None
            assert json.loads(node.stdout.readline())["open"] is True
            assert kit("query", "ward.list")[0] == 0
            assert kit("query", "no.such")[0] == 2
            assert [row["state"] for row in kit("peers")[1]] == ["self"]
            code, said = kit("verify")
            assert (code, said["fault"]) == (3, "STO-050")
        finally:
            node.terminate()
        assert node.wait(timeout=20) == 0
    assert kit("query", "ward.list")[0] == 0


@pytest.mark.slow
def test_the_console_script_never_shows_a_traceback(tmp_path: Path) -> None:
    """A missing home, a file in its place: one sentence, exit code 3."""
    (tmp_path / "file").write_text("x")
    (tmp_path / "phrase").write_text("a b c d e f g h")
    for home in (tmp_path / "none", tmp_path / "file"):
        done = subprocess.run(
            [sys.executable, "-m", "kit.cli", "query", "ward.list", "--home", str(home),
             "--phrase-file", str(tmp_path / "phrase")],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 3
        assert "Traceback" not in done.stderr
        assert json.loads(done.stdout)["fault"].startswith("STO-")
