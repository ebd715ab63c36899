"""What may be written to, what may not, and that a stick which lies is found out."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from kit.stick import layout
from scripts.image import tools, write

STICK = {
    "name": "sdb",
    "path": "/dev/sdb",
    "type": "disk",
    "rm": True,
    "hotplug": True,
    "ro": False,
    "size": 31_000_000_000,
    "model": "Ultra Fit",
    "serial": "4C530001",
    "tran": "usb",
    "mountpoints": [None],
    "children": [{"name": "sdb1", "path": "/dev/sdb1", "mountpoints": [None]}],
}
LEAST = layout.SMALLEST_STICK


def described(**changes: object) -> write.Device:
    return write.describe(json.dumps({"blockdevices": [STICK | changes]}))


def test_a_free_stick_named_by_its_number_may_be_written() -> None:
    assert write.refusal(described(), "4C530001", LEAST) == ""


def test_a_usb_disk_that_does_not_call_itself_removable_counts() -> None:
    assert described(rm=False).removable
    assert not described(rm=False, tran="sata").removable
    assert not described(rm=False, hotplug=False).removable


@pytest.mark.req("HZ-215")
@pytest.mark.parametrize(
    ("changes", "serial", "why"),
    [
        ({"rm": False, "hotplug": False, "tran": "nvme"}, "4C530001", "not removable"),
        ({"children": [{"mountpoints": ["/media/x"]}]}, "4C530001", "mounted at /media/x"),
        ({"mountpoints": ["/mnt"]}, "4C530001", "mounted at /mnt"),
        ({"size": 4_000_000_000}, "4C530001", "too small"),
        ({"ro": True}, "4C530001", "write-protected"),
        ({"type": "part"}, "4C530001", "whole disk"),
        ({"serial": None}, "", "no serial"),
        ({}, "", "another serial"),
        ({}, "4C530002", "another serial"),
    ],
)
def test_anything_else_is_refused(changes: dict[str, object], serial: str, why: str) -> None:
    assert why in write.refusal(described(**changes), serial, LEAST)


def test_model_and_size_are_shown() -> None:
    shown = described().shown()
    assert "Ultra Fit" in shown
    assert "31.0 GB" in shown
    assert "4C530001" in shown


def test_nothing_is_written_after_a_refusal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image, target = tmp_path / "kit.img", tmp_path / "sdb"
    image.write_bytes(b"new" * 100)
    target.write_bytes(b"patients")
    said = json.dumps({"blockdevices": [STICK | {"path": str(target)}]}).encode()
    monkeypatch.setattr(tools, "run", lambda *_a, **_k: said)
    with pytest.raises(tools.Fault, match="nothing was written"):
        write.write(image, str(target), "wrong", lambda *_: None)
    assert target.read_bytes() == b"patients"


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    image, target = tmp_path / "kit.img", tmp_path / "sdb"
    image.write_bytes(os.urandom(3 * write.BLOCK + 11))
    target.write_bytes(bytes(4 * write.BLOCK))
    seen: list[tuple[int, int]] = []
    write.copy(image, target, lambda done, total: seen.append((done, total)))
    size = image.stat().st_size
    assert target.read_bytes()[:size] == image.read_bytes()
    assert seen[-1] == (2 * size, 2 * size)


def test_a_stick_that_forgets_is_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    image, target = tmp_path / "kit.img", tmp_path / "sdb"
    image.write_bytes(b"a" * 10_000)
    target.write_bytes(bytes(10_000))
    real = os.write

    def forgets(handle: int, data: bytes) -> int:
        return real(handle, bytes(data[:-1]) + b"?")

    monkeypatch.setattr("os.write", forgets)
    with pytest.raises(tools.Fault, match="does not give back"):
        write.copy(image, target, lambda *_: None)
