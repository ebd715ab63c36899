"""Other drives: which may be named, how they are mounted, that nothing else becomes writable."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from kit.core.errors import KitError, Refused
from kit.stick import disks, mounts
from tests.stick.machines import MIB, Bench, needs_tools

pytestmark = needs_tools
FOREIGN = "nodev,nosuid,noexec,uid=1000,gid=1000,fmask=0177,dmask=0077,iocharset=utf8"


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """A stick that runs, the PC's own disk, an exchange drive."""
    bench = Bench(tmp_path)
    bench.stick()
    bench.disk("sdz", 8 * MIB)
    bench.fat("sdz")
    bench.disk("sdb", 8 * MIB, usb=True, serial="USB42")
    bench.fat("sdb")
    return bench


def opened(bench: Bench, device: str, *, writable: bool = False) -> object:
    """The folder of a drive, or the refusal's code."""
    try:
        said = mounts.open_drive(bench.machine, bench.run, device, writable=writable)
    except KitError as fault:
        return fault.code
    return said.code if isinstance(said, Refused) else said["path"]


@pytest.mark.parametrize("device", ["sda", "sda2", "sda7", "sdz", "sdz1", "dm-0", "sdq", "sdb9"])
@pytest.mark.parametrize("writable", [False, True])
def test_only_a_drive_that_can_be_taken_out_may_be_named(
    bench: Bench, device: str, writable: bool
) -> None:
    """Neither the running stick nor the PC's disks, whatever is asked."""
    bench.ran.clear()
    assert opened(bench, device, writable=writable) == "KEY-030"
    assert bench.ran == []


@pytest.mark.parametrize(
    ("kind", "writable", "options"),
    [
        ("vfat", False, f"ro,{FOREIGN}"),
        ("vfat", True, f"rw,{FOREIGN},flush"),
        ("exfat", True, f"rw,{FOREIGN},noatime"),
        ("ntfs3", False, f"ro,{FOREIGN}"),
        ("ext4", False, "ro,nodev,nosuid,noexec,noload"),
    ],
)
def test_nothing_on_a_drive_runs_and_a_journal_is_left_alone(
    kind: str, writable: bool, options: str
) -> None:
    """Pinned: these words are what keeps a foreign drive harmless, and evidence untouched."""
    assert mounts.options_of(kind, 1000, writable=writable) == options


def test_a_drive_to_read_stays_read_only(bench: Bench) -> None:
    """No flag is changed for an import."""
    bench.ran.clear()
    assert opened(bench, "sdb") == str(bench.machine.media / "sdb1")
    (mount,) = bench.ran
    assert mount.words[:4] == ("mount", "-t", "vfat", "-o")
    assert mount.words[4].startswith("ro,")


def test_a_drive_to_write_goes_back_to_read_only(bench: Bench) -> None:
    """Itself and its partition, both ways; and no other device."""
    bench.ran.clear()
    assert opened(bench, "sdb", writable=True) == str(bench.machine.media / "sdb1")
    assert (bench.machine.run / "open/sdb").exists()
    assert opened(bench, "sdb") == "KEY-037"
    mounts.close_drive(bench.machine, bench.run, "sdb")
    flags = [
        (one.words[1], Path(one.words[2]).name) for one in bench.ran if "blockdev" in one.words
    ]
    assert flags == [
        ("--setrw", "sdb"),
        ("--setrw", "sdb1"),
        ("--setro", "sdb1"),
        ("--setro", "sdb"),
    ]
    assert not list(bench.machine.media.iterdir())
    assert not (bench.machine.run / "open/sdb").exists()


def test_a_drive_that_will_not_mount_goes_back_too(bench: Bench) -> None:
    """A refusal in words, nothing left writable."""
    bench.fail["mount"] = 32
    assert opened(bench, "sdb", writable=True) == "KEY-036"
    assert [one.words[1] for one in bench.ran if "blockdev" in one.words].count("--setro") == 2


def test_a_drive_in_use_is_not_pulled_from_under_its_user(bench: Bench) -> None:
    """It says so, and stays."""
    opened(bench, "sdb")
    bench.fail["umount"] = 32
    with pytest.raises(KitError) as raised:
        mounts.close_drive(bench.machine, bench.run)
    assert raised.value.code == "KEY-037"


@pytest.mark.parametrize(
    ("at", "magic", "kind"),
    [
        (3, b"EXFAT   ", "exfat"),
        (3, b"NTFS    ", "ntfs3"),
        (0x36, b"FAT16   ", "vfat"),
        (0x52, b"FAT32   ", "vfat"),
        (0x438, b"\x53\xef", "ext4"),
        (3, b"-FVE-FS-", ""),
        (0, b"LUKS\xba\xbe", ""),
        (0, b"", ""),
    ],
)
def test_a_kind_is_told_by_its_first_bytes(
    tmp_path: Path, at: int, magic: bytes, kind: str
) -> None:
    """Those that are taken; a locked or empty drive is none of them."""
    device = tmp_path / "device"
    device.write_bytes(bytes(at) + magic + bytes(4096))
    assert mounts.kind_of(device) == kind


def test_a_foreign_format_is_refused_in_words(bench: Bench) -> None:
    """And ext4, whose owners are strangers, is read only."""
    for name, magic, at in (("sdc", b"-FVE-FS-", 3), ("sdd", b"\x53\xef", 0x438)):
        bench.disk(name, 8 * MIB, usb=True)
        with bench.partition(name, 1, 2048, 4096).open("r+b") as file:
            file.seek(at)
            file.write(magic)
    assert opened(bench, "sdc") == "KEY-035"
    assert opened(bench, "sdd", writable=True) == "KEY-039"
    assert opened(bench, "sdd") == str(bench.machine.media / "sdd1")


def test_drives_are_listed_with_what_a_person_needs_to_know_them(bench: Bench) -> None:
    """Model, size, number, name; the running stick and the PC's disk are not there."""
    twin = bench.disk("sdc", 1100 * MIB, usb=True, serial="TWIN")
    bench.write_table(twin)
    bench.see("sdc")
    rows = mounts.listed(bench.machine)
    assert [(one["device"], one["serial"], one["label"], one["kit"]) for one in rows] == [
        ("sdb", "USB42", "ECHANGE", None),
        ("sdc", "TWIN", "", {"version": "", "slots": {"a": ""}}),
    ]


def test_a_drive_without_a_number_has_one_made_of_name_and_size(bench: Bench) -> None:
    """So that there is always something to type that no other drive has."""
    bench.disk("sde", 8 * MIB, usb=True)
    assert disks.the_drive(bench.machine, "sde").serial == f"sde-{8 * MIB}"


def a_twin(bench: Bench) -> None:
    """A second stick of the same release, which carries the same labels."""
    bench.write_table(bench.disk("sdc", 1100 * MIB, usb=True))
    bench.see("sdc")


def no_slaves(bench: Bench) -> None:
    """The verified root's disks cannot be told."""
    for one in (bench.root / "sys/block/dm-0/slaves").iterdir():
        one.unlink()


def two_disks(bench: Bench) -> None:
    """Data and tree of the root on different disks: the race of two twins."""
    a_twin(bench)
    link = bench.root / "sys/block/dm-0/slaves/sda4"
    link.unlink()
    link.with_name("sdc4").symlink_to(bench.root / "sys/class/block/sdc4")


def another_name(bench: Bench) -> None:
    """A mapping of somebody else's."""
    (bench.root / "sys/block/dm-0/dm/name").write_text("rootfs")


@pytest.mark.parametrize(
    ("change", "name"),
    [(a_twin, "sda"), (no_slaves, ""), (two_disks, ""), (another_name, "")],
)
def test_the_running_disk_is_the_one_under_the_verified_root_or_none(
    bench: Bench, change: Callable[[Bench], None], name: str
) -> None:
    """No label decides; where the kernel's chain is not clear, nothing is written at all."""
    change(bench)
    found = disks.running_disk(bench.machine)
    assert (found.name if found else "") == name


@pytest.mark.req("HZ-302")
@pytest.mark.parametrize(
    ("disk", "part"),
    [
        ("sda", "sda7"), ("sdaa", "sdaa7"), ("vda", "vda7"), ("xvdb", "xvdb7"),
        ("nvme0n1", "nvme0n1p7"), ("nvme1n12", "nvme1n12p7"), ("mmcblk0", "mmcblk0p7"),
    ],
)  # fmt: skip
def test_partitions_are_named_as_the_kernel_names_them(disk: str, part: str) -> None:
    assert disks.partition_name(disk, 7) == part


@pytest.mark.req("HZ-302")
@pytest.mark.parametrize(
    ("name", "internal"),
    [("nvme0n1", "disk"), ("mmcblk0", "MMC"), ("vda", "disk"), ("sda", "disk")],
)
def test_a_laptops_own_disk_is_the_running_one_and_no_drive(
    tmp_path: Path, name: str, internal: str
) -> None:
    bench = Bench(tmp_path)
    bench.stick(name=name, internal=internal)
    found = disks.running_disk(bench.machine)
    assert found is not None
    assert (found.name, found.removable) == (name, False)
    assert disks.drives(bench.machine) == []
    parts = [one.name for one in disks.read_table(bench.machine, name).partitions]
    assert parts == disks.parts_of(bench.machine, name)
