"""What a newcomer gets from `make run` on a machine without a display."""

from __future__ import annotations

from pathlib import Path

import pytest

from kit import rehearsal
from tests.node.kits import sealed_node


@pytest.mark.slow
def test_off_screen_it_plays_the_scenario_and_leaves_its_proofs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A snapshot in, a dose given, vitals, the pack on paper: each step ticked, each file there."""
    monkeypatch.setenv("KIT_REAL_DATA", str(tmp_path / "none"))
    monkeypatch.setattr(rehearsal, "_photograph", lambda *_args: None)
    assert rehearsal.run_demo(tmp_path / "run", off_screen=True) == 0
    report = (tmp_path / "run" / "rapport.md").read_text("utf-8")
    assert "✗" not in report
    assert report.count("✓") >= 10
    pdf = tmp_path / "run" / "paquet-service.pdf"
    assert pdf.read_bytes().startswith(b"%PDF")
    assert str(pdf) in capsys.readouterr().out
    phrase = (tmp_path / "run" / "phrase.txt").read_text("utf-8")
    node = sealed_node(tmp_path / "run" / "home")
    assert "fault" not in node.handle({"id": 1, "call": "unlock", "args": {"phrase": phrase}})
