"""What may be written to, what may not, and that a stick which lies is found out."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest

from kit.stick import layout
from scripts.image import device, tools, write

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
    "children": [{"name": "sdb1", "path": "/dev/sdb1", "type": "part", "mountpoints": [None]}],
}
LEAST = layout.SMALLEST_STICK


def described(**changes: object) -> device.Device:
    return device.describe(json.dumps({"blockdevices": [STICK | changes]}))


def test_a_free_stick_named_by_its_number_may_be_written() -> None:
    assert device.refusal(described(), "4C530001", LEAST) is None


def test_a_usb_disk_that_does_not_call_itself_removable_counts() -> None:
    assert described(rm=False).removable
    assert not described(rm=False, tran="sata").removable
    assert not described(rm=False, hotplug=False).removable


@pytest.mark.req("HZ-215")
@pytest.mark.parametrize(
    ("changes", "serial", "why"),
    [
        ({"rm": False, "hotplug": False, "tran": "nvme"}, "4C530001", "IMG-032"),
        (
            {"children": [{"type": "part", "mountpoints": ["/media/x"]}]},
            "4C530001",
            "umount /media/x",
        ),
        ({"mountpoints": ["/mnt"]}, "4C530001", "umount /mnt"),
        ({"size": 4_000_000_000}, "4C530001", "IMG-038"),
        ({"ro": True}, "4C530001", "IMG-036"),
        ({"type": "part"}, "4C530001", "IMG-030"),
        ({"serial": None}, "", "IMG-039"),
        ({}, "", "--yes-erase 4C530001"),
        ({}, "4C530002", "--yes-erase 4C530001"),
        ({"log-sec": 4096}, "4C530001", "secteurs de 4096"),
        ({"mountpoints": ["[SWAP]"]}, "4C530001", "IMG-033"),
    ],
)
def test_anything_else_is_refused(changes: dict[str, object], serial: str, why: str) -> None:
    said = str(device.refusal(described(**changes), serial, LEAST))
    assert why in said
    assert "Rien n’a été écrit" in said
    assert "Ultra Fit" in said


def test_model_and_size_are_shown() -> None:
    shown = described().shown()
    assert "Ultra Fit" in shown
    assert "31,0 Go" in shown
    assert "4C530001" in shown


LAPTOP = STICK | {
    "name": "nvme0n1",
    "path": "/dev/nvme0n1",
    "rm": False,
    "hotplug": False,
    "tran": "nvme",
    "size": 256_000_000_000,
    "model": "PM9A1",
    "serial": "S64GNX0T",
    "log-sec": 512,
    "children": [
        {
            "path": "/dev/nvme0n1p1", "type": "part", "size": 272_629_760, "fstype": "vfat",
            "label": None, "partlabel": "EFI system partition", "mountpoints": [None],
        },
        {
            "path": "/dev/nvme0n1p3", "type": "part", "size": 255_000_000_000,
            "fstype": "BitLocker", "label": "", "partlabel": "Basic data\x1b[2J partition",
            "mountpoints": [None],
        },
    ],
}  # fmt: skip


def laptop(**changes: object) -> device.Device:
    return device.describe(json.dumps({"blockdevices": [LAPTOP | changes]}))


def child(**changes: object) -> dict[str, object]:
    return {"children": [{"path": "/dev/nvme0n1p3", "type": "part"} | changes]}


@pytest.mark.req("HZ-300")
def test_an_internal_disk_is_written_only_where_that_was_asked_for() -> None:
    assert "--laptop" in str(device.refusal(laptop(), "S64GNX0T", LEAST))
    assert device.refusal(laptop(), "S64GNX0T", LEAST, laptop=True) is None


@pytest.mark.req("HZ-300")
@pytest.mark.parametrize(
    ("changes", "why"),
    [
        (child(mountpoints=["/home"]), "umount /home"),
        (child(mountpoints=["[SWAP]"]), "IMG-033"),
        (child(children=[{"path": "/dev/mapper/vg-root", "type": "lvm"}]), "vg-root (lvm)"),
        (child(children=[{"path": "/dev/md0", "type": "raid1"}]), "/dev/md0 (raid1)"),
        (child(children=[{"path": "/dev/dm-0", "type": "crypt"}]), "/dev/dm-0 (crypt)"),
        ({"log-sec": 4096}, "secteurs de 4096"),
        ({"type": "part"}, "IMG-030"),
        ({"serial": ""}, "IMG-039"),
        ({"serial": "S64GNX0T1"}, "IMG-041"),
        ({"size": 4_000_000_000}, "IMG-038"),
        ({"ro": True}, "IMG-036"),
    ],
)
def test_a_laptops_disk_that_is_anybodys_is_refused(changes: dict[str, object], why: str) -> None:
    assert why in str(device.refusal(laptop(**changes), "S64GNX0T", LEAST, laptop=True))


@pytest.mark.req("HZ-300")
def test_the_disk_that_runs_is_found_through_what_lies_over_it(tmp_path: Path) -> None:
    """An encrypted volume on the third partition of an NVMe disk: the disk is the one that runs."""
    sys = tmp_path / "sys"
    part, mapped = sys / "devices/nvme0n1/nvme0n1p3", sys / "devices/virtual/dm-1"
    for folder in (part, mapped / "slaves", sys / "dev/block"):
        folder.mkdir(parents=True)
    (part / "partition").write_text("3")
    (mapped / "slaves/nvme0n1p3").symlink_to(part)
    (sys / "dev/block/253:1").symlink_to(mapped)
    assert {"dm-1", "nvme0n1"} == device.disks_under("253:1", sys)
    assert device.disks_under("8:1", sys) == set()
    here = Path("/").stat().st_dev
    (sys / f"dev/block/{os.major(here)}:{os.minor(here)}").symlink_to(mapped)
    assert device.is_running(laptop(), sys)
    assert not device.is_running(described(), sys)
    why = device.refusal(laptop(), "S64GNX0T", LEAST, laptop=True, running=True)
    assert "IMG-031" in str(why)


@pytest.mark.req("HZ-301")
def test_a_soldered_card_is_an_internal_disk_and_an_sd_card_is_not() -> None:
    """`lsblk` calls both pluggable; the kernel tells them apart."""
    said = json.dumps({"blockdevices": [LAPTOP | {
        "name": "mmcblk0", "path": "/dev/mmcblk0", "tran": "mmc", "hotplug": True,
    }]})  # fmt: skip
    assert not device.describe(said, "MMC").removable
    assert device.describe(said, "SD").removable


class Bench:
    """A laptop's disk as a file, and what is said of it, one answer after the other."""

    def __init__(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *answers: object) -> None:
        self.image, self.target = tmp_path / "kit.img", tmp_path / "nvme0n1"
        self.image.write_bytes(b"new" * 100)
        self.target.write_bytes(b"patients of the laptop")
        self.asked: list[str] = []
        looks = iter(answers or [{}] * 9)

        def run(command: list[str], **_how: object) -> bytes:
            changes = next(looks) if command[0] == "lsblk" else {}
            entry = LAPTOP | {"path": str(self.target)} | dict(changes)  # type: ignore[call-overload]
            return json.dumps({"blockdevices": [entry]}).encode()

        monkeypatch.setattr(tools, "run", run)
        monkeypatch.setattr(write, "new_identity", lambda *_: None)

    def write(self, answer: str | None, serial: str = "") -> str:
        def ask(question: str) -> str:
            assert self.untouched()
            self.asked.append(question)
            if answer is None:
                raise EOFError
            return answer

        return write.write(self.image, str(self.target), serial, lambda *_: None, ask)

    def untouched(self) -> bool:
        return self.target.read_bytes() == b"patients of the laptop"


@pytest.mark.req("HZ-300")
def test_what_would_be_lost_is_shown_before_the_number_is_typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bench = Bench(tmp_path, monkeypatch)
    bench.write(" S64GNX0T\n")
    shown = capsys.readouterr().out
    assert "PM9A1, 256,0 Go, numéro de série S64GNX0T" in shown
    assert "0,3 Go, vfat «\u00a0EFI system partition\u00a0»" in shown
    assert "255,0 Go, BitLocker «\u00a0Basic data" in shown
    assert "\x1b" not in shown
    assert len(bench.asked) == 1
    assert bench.target.read_bytes().startswith(bench.image.read_bytes())


@pytest.mark.req("HZ-300")
@pytest.mark.parametrize("answer", ["", "S64GNX0", "S64GNX0TT", "oui", None])
def test_any_other_answer_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str | None
) -> None:
    """The number on the command line does not replace the one that is typed."""
    bench = Bench(tmp_path, monkeypatch)
    with pytest.raises(tools.Fault, match="Rien n’a été écrit"):
        bench.write(answer, serial="S64GNX0T")
    assert bench.untouched()


@pytest.mark.req("HZ-300")
def test_nobody_is_asked_about_a_disk_that_is_refused_anyway(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = Bench(tmp_path, monkeypatch, child(mountpoints=["/"]))
    with pytest.raises(tools.Fault, match="umount /"):
        bench.write("S64GNX0T")
    other = Bench(tmp_path, monkeypatch)
    with pytest.raises(tools.Fault, match="IMG-041"):
        other.write("S64GNX0T", serial="S64GNX0X")
    assert (bench.asked, other.asked) == ([], [])


@pytest.mark.req("HZ-300")
def test_a_disk_that_changed_while_the_person_typed_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = Bench(tmp_path, monkeypatch, {}, child(mountpoints=["/mnt"]))
    with pytest.raises(tools.Fault, match="IMG-043"):
        bench.write("S64GNX0T")
    assert bench.untouched()


@pytest.mark.req("HZ-300")
def test_a_disk_that_the_kernel_keeps_for_somebody_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ZFS or a second disk of btrfs: no list shows a mount, the exclusive opening fails."""

    def busy(*_a: object, **_k: object) -> int:
        raise OSError(errno.EBUSY, "busy")

    bench = Bench(tmp_path, monkeypatch)
    monkeypatch.setattr("os.open", busy)
    with pytest.raises(tools.Fault, match="IMG-042"):
        bench.write("S64GNX0T")
    assert bench.asked == []


def test_nothing_is_written_after_a_refusal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image, target = tmp_path / "kit.img", tmp_path / "sdb"
    image.write_bytes(b"new" * 100)
    target.write_bytes(b"patients")
    said = json.dumps({"blockdevices": [STICK | {"path": str(target)}]}).encode()
    monkeypatch.setattr(tools, "run", lambda *_a, **_k: said)
    with pytest.raises(tools.Fault, match="Rien n’a été écrit"):
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
    with pytest.raises(tools.Fault, match="IMG-046"):
        write.copy(image, target, lambda *_: None)
