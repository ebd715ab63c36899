"""The command line: the form of the issue, refusals in one line, nothing half-way."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from scripts import build_usb_image as script
from scripts.image import commands, recipe, tools

BUILD = "--out kit.img --size 16G --fleet d --sign k --snapshot 2026-11-28".split()


def test_the_form_of_the_issue_builds() -> None:
    asked = script.parser().parse_args(script.with_default(BUILD))
    assert asked.run is commands.build
    options = commands.options_of(asked)
    assert options.size == 16 << 30
    assert options.snapshot == "2026-11-28"
    assert options.profile == "standard"
    assert (asked.fleet, asked.sign) == (Path("d"), Path("k"))


@pytest.mark.parametrize("act", ["plan", "verify", "write", "boot", "fleet", "weigh", "key"])
def test_every_act_has_its_word(act: str) -> None:
    assert script.with_default([act, "x"])[0] == act
    with pytest.raises(SystemExit) as ended:
        script.parser().parse_args([act, "--help"])
    assert ended.value.code == 0


@pytest.mark.parametrize(
    ("text", "size"), [("8000M", 8000 << 20), ("16g", 16 << 30), ("16GB", 16 << 30), ("512", 512)]
)
def test_a_size_is_read(text: str, size: int) -> None:
    assert commands.size_of(text) == size


@pytest.mark.parametrize("text", ["", "big", "-1", "1.5G", "16T"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        commands.size_of(text)


def test_the_moment_is_never_the_clocks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    plain = recipe.Options(tmp_path, tmp_path)
    assert recipe.moment(plain._replace(snapshot="2026-11-28")) == 1_795_824_000
    assert recipe.moment(plain._replace(epoch=7)) == 7
    assert recipe.moment(plain) == recipe.moment(plain)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "9")
    assert recipe.moment(plain) == 9


def test_a_plan_touches_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["plan", "--out", str(tmp_path / "kit.img"), "--cache", str(tmp_path / "cache")]
    assert script.main(words) == 0
    said = capsys.readouterr().out
    assert "kit-esp" in said
    assert "compression" in said
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def as_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tools, "missing", lambda _names: [])
    monkeypatch.setattr("os.geteuid", lambda: 0)


@pytest.mark.usefixtures("as_root")
@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--size", "100M"], "IMG-010"),
        (["--fleet", "/nowhere/fleet"], "IMG-019"),
        (["--app", "/nowhere"], "IMG-011"),
        (["--out", "/"], "IMG-012"),
        (["--sign", "/nowhere/key"], "IMG-013"),
    ],
)
def test_what_would_fail_late_fails_at_once(
    words: list[str], why: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["--out", str(tmp_path / "kit.img"), "--cache", str(tmp_path / "cache"), *words]
    assert script.main(given) == 1
    assert why in capsys.readouterr().err
    assert not (tmp_path / "kit.img").exists()


def test_a_missing_tool_is_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tools, "_path", lambda: "/nowhere")
    assert script.main(["--out", str(tmp_path / "kit.img")]) == 2
    (said,) = capsys.readouterr().err.splitlines()
    assert all(name in said for name in recipe.NEEDED)
    assert "sudo apt-get install apt cryptsetup-bin dosfstools" in said
    assert list(tmp_path.iterdir()) == []


def test_a_key_is_made_once_and_for_its_owner(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = tmp_path / "release.key"
    assert script.main(["key", str(key)]) == 0
    assert key.stat().st_mode & 0o777 == 0o600
    text = key.read_text()
    assert text.strip() not in capsys.readouterr().out
    assert script.main(["key", str(key)]) == 1
    assert key.read_text() == text
