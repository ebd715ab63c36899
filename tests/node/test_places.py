"""Sticks are found in the system's own list of mounts, and nothing else is offered as one."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.node.places import mounted, places, removable

MOUNTS = """\
sysfs /sys sysfs rw 0 0
/dev/nvme0n1p2 / ext4 rw 0 0
/dev/nvme0n1p1 /boot vfat rw 0 0
/dev/sdb1 {stick} vfat rw 0 0
/dev/sdc1 /media/kit/CLE\\040DU\\040SERVICE vfat rw 0 0
short
"""


@pytest.fixture
def system(tmp_path: Path) -> tuple[Path, Path, Path]:
    """A list of mounts, the system's disks, and a stick mounted in an unusual place."""
    stick = tmp_path / "stick"
    stick.mkdir()
    mounts, blocks = tmp_path / "mounts", tmp_path / "block"
    mounts.write_text(MOUNTS.format(stick=stick))
    for disk, flag in (("sdb", "1"), ("nvme0n1", "0")):
        (blocks / disk).mkdir(parents=True)
        (blocks / disk / "removable").write_text(f"{flag}\n")
    return mounts, blocks, stick


def test_a_stick_is_offered_with_its_name_and_its_room(system: tuple[Path, Path, Path]) -> None:
    """One that can be pulled out wherever it is mounted, and one where desktops mount them."""
    mounts, blocks, stick = system
    found = {row["path"]: row for row in places(mounts, blocks)}
    assert set(found) == {str(stick), "/media/kit/CLE DU SERVICE"}
    assert found[str(stick)]["free"] > 0
    assert found["/media/kit/CLE DU SERVICE"] == {
        "path": "/media/kit/CLE DU SERVICE", "label": "CLE DU SERVICE", "free": None,
    }  # fmt: skip


def test_the_kits_own_disk_is_not_offered(system: tuple[Path, Path, Path]) -> None:
    """Entries carried onto the same disk would be carried nowhere."""
    _mounts, blocks, _stick = system
    assert removable("/dev/sdb1", blocks)
    assert not removable("/dev/nvme0n1p2", blocks)
    assert not removable("/dev/mapper/unknown", blocks)


def test_a_system_without_such_a_list_offers_nothing(tmp_path: Path) -> None:
    assert places(tmp_path / "none", tmp_path) == []


@given(st.text())
def test_any_list_is_read_without_a_fault(text: str) -> None:
    for device, folder in mounted(text):
        assert device.startswith("/dev/")
        assert isinstance(folder, str)
