"""What the PC's clock is worth: whether it runs in local time, whether it may be believed.

Ward PCs run Windows, which keeps local time in the hardware clock; read as UTC it puts the kit one
or two hours ahead. The hardware clock itself is never written: the PC may be evidence. Not for:
which clock decides anything (none does). Source: usb-image.md §5.6.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from kit.core.clock import DAY, ZONE, instant
from kit.stick.disks import other_partitions
from kit.stick.machine import Machine, number

FURTHEST = 20 * 365 * DAY
"""So far after its making a version is not believed to be in use any more."""
SLACK = DAY
"""A hardware clock in local time may seem to lie before a build of the same day."""
_NAME_AT, _NAME_END = 3, 11
NTFS, BITLOCKER = b"NTFS    ", b"-FVE-FS-"
WINDOWS = "Windows Boot Manager".encode("utf-16-le")


def is_windows(boot_sector: bytes) -> bool:
    """Whether a partition begins as those that Windows makes."""
    return boot_sector[_NAME_AT:_NAME_END] in (NTFS, BITLOCKER)


def rtc_is_local(sectors: Iterable[bytes], boot_entries: Iterable[bytes]) -> bool:
    """The guess: a PC on which Windows can be seen keeps local time.

    sectors: the first of each partition of the PC; boot_entries: the firmware's, as bytes.
    """
    return any(map(is_windows, sectors)) or any(WINDOWS in one for one in boot_entries)


def from_local(at_ms: int) -> int:
    """The true instant of a clock that was read as UTC and stands in the hospital's local time.

    In the hour that comes twice in autumn, the first of the two.
    """
    shown = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at_ms)
    return instant(shown.replace(tzinfo=ZONE))


def may_be_local(now: int, build: int) -> bool:
    """False where a clock read as local time would lie before the build, and as UTC does not."""
    return not from_local(now) < build <= now


def is_believed(now: int, build: int, rtc: int = 0) -> bool:
    """Whether this time can be right. rtc: the hardware clock, UTC ms, 0 = there is none to read.

    With a dead battery the system starts at the day of its own making or later, which looks right;
    the hardware clock shows what happened.
    """
    if not build <= now <= build + FURTHEST:
        return False
    return rtc == 0 or rtc >= build - SLACK


def may_set(at_ms: int, build: int) -> bool:
    """Whether a person's date is one that can be."""
    return build <= at_ms <= build + FURTHEST


def hardware_clock(machine: Machine) -> int:
    """The hardware clock, UTC ms as it stands; 0 where there is none."""
    return number(machine.sys / "class/rtc/rtc0/since_epoch") * 1000


def boot_sectors(machine: Machine) -> list[bytes]:
    """The first sector of every partition of the PC, only looked at."""
    return [_begin(machine.device(name), 512) for name in other_partitions(machine)]


def boot_entries(machine: Machine) -> list[bytes]:
    """The firmware's boot entries, only looked at."""
    folder = machine.sys / "firmware/efi/efivars"
    return [_begin(path, 4096) for path in sorted(folder.glob("Boot[0-9A-F]*"))]


def _begin(path: Path, size: int) -> bytes:
    try:
        with path.open("rb", buffering=0) as file:
            return file.read(size)
    except OSError:
        return b""
