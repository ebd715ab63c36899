"""A real machine without a disk, and one that only plays its part on the control line."""

from __future__ import annotations

import json
import shutil
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scripts.image.qemu import Gone, Pc, command, running
from scripts.image.qemu_control import Control, ControlError

REAL = pytest.mark.skipif(
    shutil.which("qemu-system-x86_64") is None or shutil.which("setpriv") is None,
    reason="qemu-system-x86 is not installed",
)


# ----------------------------------------------------------------------- a machine that is played


def played(answers: Callable[[dict[str, Any]], list[dict[str, Any]]]) -> Control:
    """A control line on whose other end each command is answered by these objects."""
    ours, theirs = socket.socketpair()

    def play() -> None:
        with theirs, theirs.makefile("rwb") as line:
            line.write(b'{"QMP": {}}\r\n')
            line.flush()
            for told in line:
                for said in answers(json.loads(told)):
                    line.write(json.dumps(said).encode() + b"\r\n")
                line.flush()

    threading.Thread(target=play, daemon=True).start()
    return Control(ours)


@pytest.fixture
def told() -> list[dict[str, Any]]:
    return []


def test_what_happens_between_question_and_answer_is_kept(told: list[dict[str, Any]]) -> None:
    def answers(command_: dict[str, Any]) -> list[dict[str, Any]]:
        told.append(command_)
        return [{"event": "RESET", "data": {"guest": True}}, {"return": {}}]

    control = played(answers)
    control.greet()
    control.press("ctrl", "ret")
    assert control.happened("RESET") == [{"guest": True}] * 2
    keys = told[1]["arguments"]["keys"]
    assert [key["data"] for key in keys] == ["ctrl", "ret"]
    control.lines.close()


def test_what_the_firmware_did_is_told_from_what_the_system_did() -> None:
    """OVMF sets the hardware clock at each start; what comes after the kernel's start counts."""
    early = {"event": "RTC_CHANGE", "timestamp": {"seconds": 100, "microseconds": 5}}
    late = {"event": "RTC_CHANGE", "timestamp": {"seconds": 130}, "data": {"offset": 3600}}
    control = played(lambda _told: [early, late, {"return": {}}])
    control.greet()
    assert control.since("RTC_CHANGE", 130.0) == [{"offset": 3600}]
    assert len(control.happened("RTC_CHANGE")) == 2
    control.lines.close()


def test_a_text_is_typed_letter_by_letter(told: list[dict[str, Any]]) -> None:
    def answers(command_: dict[str, Any]) -> list[dict[str, Any]]:
        told.append(command_)
        return [{"return": {}}]

    control = played(answers)
    control.greet()
    control.type("ma 7")
    typed = [[key["data"] for key in one["arguments"]["keys"]] for one in told[1:]]
    assert typed == [["semicolon"], ["q"], ["spc"], ["shift", "7"]]
    control.lines.close()


def test_a_refused_command_says_why() -> None:
    control = played(
        lambda told: (
            [{"error": {"desc": "no such device"}}]
            if told["execute"] == "device_del"
            else [{"return": {}}]
        )
    )
    control.greet()
    with pytest.raises(ControlError, match="no such device"):
        control.pull("stick")
    control.lines.close()


def test_a_machine_that_ends_is_not_waited_for() -> None:
    ours, theirs = socket.socketpair()
    theirs.close()
    control = Control(ours)
    with pytest.raises(ControlError):
        control.greet()
    control.lines.close()


def test_a_control_line_that_says_rubbish_is_refused() -> None:
    ours, theirs = socket.socketpair()
    theirs.sendall(b"no json\r\n")
    control = Control(ours)
    with pytest.raises(ControlError, match="not a word"):
        control.greet()
    control.lines.close()
    theirs.close()


# ------------------------------------------------------------------------------- a real machine


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    """A disk with nothing on it."""
    path = tmp_path / "disk.img"
    path.write_bytes(bytes(1024 * 1024))
    return path


@REAL
@pytest.mark.slow
@pytest.mark.parametrize("usb", [False, True])
def test_a_machine_without_a_system_starts_shows_something_and_ends(
    disk: Path, tmp_path: Path, usb: bool
) -> None:
    """SeaBIOS finds nothing to start, and says so on the screen; no process is left behind."""
    pc = Pc(disk, firmware="bios", usb=usb, memory_mib=64, cpus=1, answers=True)
    with running(pc, tmp_path / "pc") as machine:
        _at, screen = machine.wait_screen("bios", lambda seen: not seen.uniform, 60)
        assert screen.size[0] >= 640
        if usb:
            machine.control.pull("stick")
        assert machine.lives()
    assert not machine.lives()
    assert (tmp_path / "pc" / "bios.png").read_bytes().startswith(b"\x89PNG")


@REAL
@pytest.mark.slow
def test_a_mark_that_never_comes_ends_the_wait(disk: Path, tmp_path: Path) -> None:
    """With the machine's patience over, or the machine gone."""
    pc = Pc(disk, firmware="bios", memory_mib=64, cpus=1)
    with running(pc, tmp_path / "pc") as machine:
        with pytest.raises(Gone, match="lock painted"):
            machine.wait_mark("lock painted", limit_s=0.05)
        machine.cut_power()
        with pytest.raises(Gone):
            machine.wait_mark("lock painted", limit_s=600)


@REAL
@pytest.mark.slow
def test_a_machine_that_cannot_start_says_why(tmp_path: Path) -> None:
    pc = Pc(tmp_path / "none.img", firmware="bios", memory_mib=64)
    with pytest.raises(Gone, match=r"none\.img"), running(pc, tmp_path / "pc"):
        pass


def test_the_processor_is_always_emulated(disk: Path, tmp_path: Path) -> None:
    """A machine's own virtualisation may be there and be broken."""
    words = command(Pc(disk, firmware="bios"), tmp_path, [3, 4, 5])
    assert words[words.index("-accel") + 1].startswith("tcg,")
    assert not any("kvm" in word for word in words)
    assert words[words.index("-nic") + 1] == "none"


def test_firmware_strings_go_through_files(disk: Path, tmp_path: Path) -> None:
    """A comma in a unit's text would end the option."""
    words = command(Pc(disk, firmware="bios", session="a,b"), tmp_path, [3, 4, 5])
    given = [words[place + 1] for place, word in enumerate(words) if word == "-smbios"]
    assert len(given) == 2
    assert all(Path(one.partition("path=")[2]).read_text("ascii") for one in given)


def test_each_stick_beside_its_own_can_be_told_by_its_number(disk: Path, tmp_path: Path) -> None:
    """A copy that goes onto the wrong stick overwrites it: the numbers must differ."""
    others = (tmp_path / "one.img", tmp_path / "two.img")
    pc = Pc(disk, drives=others)
    told = " ".join(command(pc, tmp_path, [3, 4, 5]))
    assert pc.serial(0) != pc.serial(1)
    for place, other in enumerate(others):
        assert f"file={other}" in told
        assert f"removable=on,serial={pc.serial(place)}" in told
