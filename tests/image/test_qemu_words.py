"""What a test machine says and is told: marks, lines, keys, firmware strings, reports, options."""

from __future__ import annotations

import argparse
import base64
import json
import socket
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.store.phrase import words
from scripts.image.qemu_boot import FAILED, OK, USAGE, add_boot
from scripts.image.qemu_keyboard import chord, chords
from scripts.image.qemu_lines import Lines, wait_for
from scripts.image.qemu_marks import read_mark
from scripts.image.qemu_shell import SESSION_UNIT, Shell, firmware_strings
from scripts.image.scenarios import Bench, Scenario, chosen, known, run_one
from scripts.image.scenarios_boot import EXCHANGE_PORT, strangers, without_signature
from scripts.image.scenarios_report import Report, read_report, summary, write_report


def test_a_mark_has_words_and_values() -> None:
    mark = read_mark("KIT-MARK lock painted uptime=61.5 mem=301", at_s=70.0)
    assert mark is not None
    assert (mark.name, mark.at_s) == ("lock painted", 70.0)
    assert mark.number("uptime") == 61.5
    assert mark.number("nothing") is None


def test_a_mark_is_found_behind_the_unfinished_line_of_another() -> None:
    mark = read_mark("[   12.3] usb 1-1: newKIT-MARK keeper up slot=a\r")
    assert mark is not None
    assert mark.name == "keeper up"
    assert mark.values == {"slot": "a"}


@pytest.mark.parametrize("line", ["", "KIT-MARK", "KIT-MARKS all", "KIT-MARK a=1", "kit-mark up"])
def test_what_is_no_mark_is_none(line: str) -> None:
    assert read_mark(line) is None


@given(st.text())
def test_no_line_breaks_the_reader(line: str) -> None:
    mark = read_mark(line)
    assert mark is None or mark.name


@given(st.lists(st.binary(max_size=40), max_size=20), st.integers(1, 50))
def test_lines_come_whole_however_they_were_cut(parts: list[bytes], cut: int) -> None:
    """A serial line hands over whatever has come; the reader puts lines together again."""
    clean = [part.replace(b"\n", b"").replace(b"\r", b"") for part in parts]
    stream = b"".join(part + b"\n" for part in clean)
    ours, theirs = socket.socketpair()
    reader = Lines(ours)
    read: list[str] = []
    for place in range(0, len(stream), cut):
        theirs.sendall(stream[place : place + cut])
        read += reader.take()
    theirs.close()
    read += reader.take()
    assert reader.ended
    assert read == [part.decode("utf-8", "replace") for part in clean]
    reader.close()


def test_waiting_ends_with_the_other_side() -> None:
    """A machine that is gone is not waited for until the end of all patience."""
    ours, theirs = socket.socketpair()
    reader = Lines(ours)
    theirs.close()
    assert not wait_for([reader], lambda: bool(reader.take()), limit_s=600)
    reader.close()


def test_waiting_has_an_end() -> None:
    ours, theirs = socket.socketpair()
    reader = Lines(ours)
    assert not wait_for([reader], lambda: bool(reader.take()), limit_s=0.01)
    theirs.close()
    reader.close()


def test_each_phrase_of_the_kit_can_be_typed() -> None:
    """Every letter of the word list has its key, and no two letters have the same."""
    letters = sorted(set("".join(words())) | {" "})
    keys = [chord(letter) for letter in letters]
    assert len(set(keys)) == len(letters)


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("aqzw", [("q",), ("a",), ("w",), ("z",)]),
        ("m,", [("semicolon",), ("m",)]),
        ("38,6", [("shift", "3"), ("shift", "8"), ("m",), ("shift", "6")]),
        ("é-_", [("2",), ("6",), ("8",)]),
        ("A.", [("shift", "q"), ("shift", "comma")]),
        ("@", [("alt_r", "0")]),
        ("\t\n", [("tab",), ("ret",)]),
    ],
)
def test_keys_are_where_they_are_in_france(text: str, keys: list[tuple[str, ...]]) -> None:
    assert chords(text) == keys


def test_a_letter_without_a_key_is_refused() -> None:
    with pytest.raises(ValueError, match="no key"):
        chord("漢")


def test_firmware_strings_carry_the_switch_and_nothing_else_unasked() -> None:
    assert firmware_strings() == ["io.systemd.credential:kit.smoke=oui"]


def test_units_of_the_tests_come_as_credentials() -> None:
    """The shell is a unit of its own; a bare session replaces the command of the kit's."""
    strings = firmware_strings(answers=True, session="/usr/bin/cage -- window")
    named = dict(
        text.removeprefix("io.systemd.credential.binary:").split("=", 1) for text in strings
    )
    unit = base64.b64decode(named["systemd.extra-unit.kit-answers.service"]).decode()
    dropin = base64.b64decode(named[f"systemd.unit-dropin.{SESSION_UNIT}"]).decode()
    assert "TTYPath=/dev/ttyS1" in unit
    assert dropin.splitlines() == ["[Service]", "ExecStart=", "ExecStart=/usr/bin/cage -- window"]


def test_a_command_inside_gives_its_code_and_its_words() -> None:
    ours, theirs = socket.socketpair()
    shell = Shell(ours)
    theirs.sendall(b"noise KIT-SHELL\n")
    assert shell.ready()
    theirs.sendall(b"one\r\ntwo\r\n\r\nKIT-END-1 3\r\n")
    assert shell.run("false", limit_s=5) == (3, "one\ntwo")
    assert b"KIT-END-1" not in theirs.recv(4096)
    with pytest.raises(TimeoutError):
        shell.run("true", limit_s=0.01)
    theirs.close()
    shell.lines.close()


# ---------------------------------------------------------------------------------- the report


def test_the_report_has_exactly_its_form(tmp_path: Path) -> None:
    path = tmp_path / "docs" / "image-smoke.json"
    report = Report("ab" * 32, "2026-11-28", seconds={"boot": 91.26}, bytes={"image": 7})
    report.expect(["second", "first"])
    report.checks["first"] = True
    write_report(path, report)
    assert json.loads(path.read_bytes()) == {
        "image_sha256": "ab" * 32,
        "date": "2026-11-28",
        "checks": {"first": True, "second": False},
        "seconds": {"boot": 91.3},
        "bytes": {"image": 7},
    }


def test_a_report_goes_on_for_the_same_image_only(tmp_path: Path) -> None:
    """Nothing that was seen of one image is ever said of another."""
    path = tmp_path / "report.json"
    write_report(path, Report("old", "2026-11-27", checks={"seen": True}))
    assert read_report(path, "old", "2026-11-28").checks == {"seen": True}
    assert read_report(path, "new", "2026-11-28").checks == {}
    path.write_text("{ cut")
    assert read_report(path, "old", "2026-11-28").checks == {}


def test_the_summary_names_what_failed() -> None:
    assert summary({"b": False, "a": True, "c": False}).splitlines() == [
        "1 passed, 2 failed", "  failed: b", "  failed: c",
    ]  # fmt: skip


def test_a_scenario_that_stops_leaves_its_checks_false(tmp_path: Path) -> None:
    """What was seen before stays; what was not reached is false; nothing is raised."""

    def stops(bench: Bench) -> None:
        bench.check("seen", seen=True)
        raise TimeoutError("a mark")

    said: list[str] = []
    bench = Bench(tmp_path / "img", tmp_path, Report("x", "d"), say=said.append)
    run_one(Scenario("stops", ("seen", "missed"), stops), bench)
    assert bench.report.checks == {"seen": True, "missed": False}
    assert any("TimeoutError" in line for line in said)


def test_a_check_said_twice_holds_when_both_held(tmp_path: Path) -> None:
    bench = Bench(tmp_path, tmp_path, Report("x", "d"), say=lambda _text: None)
    for seen in (True, False, True):
        bench.check("same", seen)
    assert not bench.seen["same"]


# ------------------------------------------------------------------------------- the sub-command


def run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    add_boot(parser.add_subparsers(required=True))
    options = parser.parse_args(["boot", *words])
    code = options.run(options)
    assert isinstance(code, int)
    return code


def test_scenarios_are_listed_with_their_checks(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("nothing.img", "--scenario", "list") == OK
    shown = capsys.readouterr().out
    assert all(name in shown for one in known().values() for name in (one.name, *one.checks))


def test_no_check_belongs_to_two_scenarios() -> None:
    """A name in the report says one thing."""
    names = [name for one in known().values() for name in one.checks]
    assert len(names) == len(set(names))


def test_the_short_run_is_a_part_of_the_long_one() -> None:
    assert {one.name for one in chosen(["quick"])} < {one.name for one in chosen(["all"])}


def test_an_unknown_scenario_or_image_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scripts.image.qemu_boot.missing_tools", list)
    assert run(str(tmp_path / "none.img"), "--scenario", "dance") == USAGE
    assert "dance" in capsys.readouterr().err
    assert run(str(tmp_path / "none.img")) == USAGE
    assert "IMG-025" in capsys.readouterr().err


def test_a_missing_tool_is_named_with_its_package(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scripts.image.qemu_boot.missing_tools", lambda: ["mtools", "ovmf"])
    assert run(str(tmp_path / "kit.img")) == USAGE
    assert "apt-get install mtools ovmf" in capsys.readouterr().err


def test_the_report_is_written_and_a_failure_is_the_exit_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image, path = tmp_path / "kit.img", tmp_path / "report.json"
    image.write_bytes(b"image")

    def half(bench: Bench) -> None:
        bench.check("one", seen=True)

    only = Scenario("half", ("one", "two"), half)
    monkeypatch.setattr("scripts.image.qemu_boot.missing_tools", list)
    monkeypatch.setattr("scripts.image.qemu_boot.known", lambda: {"half": only})
    monkeypatch.setattr("scripts.image.qemu_boot.chosen", lambda _names: [only])
    monkeypatch.setattr("signal.signal", lambda *_args: None)
    assert run(str(image), "--report", str(path), "--out", str(tmp_path / "out")) == FAILED
    written = json.loads(path.read_bytes())
    assert written["checks"] == {"one": True, "two": False}
    assert written["bytes"]["image"] == 5


# ---------------------------------------------------------------------------- what checks rely on


def test_a_socket_that_no_list_allows_is_seen() -> None:
    allowed = f"""udp UNCONN 0 0 0.0.0.0:5353 0.0.0.0:*
udp   UNCONN 0      0      [fe80::1]%eth0:546    [::]:*
tcp   LISTEN 0      128    127.0.0.1:631     0.0.0.0:*
tcp   LISTEN 0      128    [::1]:631     [::]:*
tcp   LISTEN 0      100    *:{EXCHANGE_PORT}     *:*"""
    assert list(strangers(allowed)) == []
    strange = "tcp LISTEN 0 128 0.0.0.0:22 0.0.0.0:*"
    assert list(strangers(f"{allowed}\n{strange}\nrubbish")) == [strange, "rubbish"]


def test_the_port_of_the_exchange_is_the_nodes() -> None:
    from kit.node.network import PORT

    assert PORT == EXCHANGE_PORT


def test_a_loader_loses_its_signature_and_nothing_else() -> None:
    """Eight bytes of the directory are zero, the rest is what it was."""
    header = 0x80
    program = bytearray(range(256)) * 4
    program[0x3C:0x40] = header.to_bytes(4, "little")
    program[header : header + 4] = b"PE\0\0"
    bare = without_signature(bytes(program))
    changed = [place for place, byte in enumerate(bare) if byte != program[place]]
    assert set(changed) <= set(range(header + 24 + 144, header + 24 + 152))
    assert bare[header + 24 + 144 : header + 24 + 152] == bytes(8)
    with pytest.raises(ValueError, match="not an EFI"):
        without_signature(b"\x7fELF" + bytes(100))
