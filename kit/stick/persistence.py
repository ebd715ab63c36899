"""The encrypted persistence of the running stick: made at its first use, opened at each start.

Made step by step under another name, and named `kit-data` only when its words are known to be
somebody's (`keep`): a cut before leaves something that nobody can open and that is made again; what
once bore the name is never formatted, however damaged it looks. Not for: what lies in it. Source:
usb-image.md §2.3 and §5.4.
"""

from __future__ import annotations

import contextlib
import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from kit.core.errors import Corrupt, KitError, Misconfigured, NotPermitted, Unavailable
from kit.stick import commands, disks, gpt, layout, profiles
from kit.stick.commands import Run
from kit.stick.disks import SECTOR, Disk, Partition, Table
from kit.stick.layout import NEW_DATA
from kit.stick.machine import MAPPED, Machine, number
from kit.stick.probe import Span, probe

LEAST_DATA_BYTES = 8_000_000_000
"""usb-image.md §5.4: less is refused; 30 beds with their papers fill 2 GB, snapshots of peers and
one more release the rest."""
LEAST_IN_SMOKE_BYTES = 256 * 1024 * 1024
"""With the test's credential only: a virtual stick is small."""
TABLE_SECTORS = 34
"""Kept free at the end of the disk for the second table."""
SETTLE_S = 3
"""The kernel makes the device file at once; only somebody who looks into it is waited for."""
FOLDERS = {"NetworkManager": 0o700, profiles.KEPT_FOLDER: 0o700, "log": 0o755}
"""Besides the kit's own: NetworkManager ignores, and so forgets, what others than root may read."""
KIT_FOLDER = "app"
LUKS_MAGIC, LUKS_SECOND = b"LUKS\xba\xbe", b"SKUL\xba\xbe"
# Where the second header of LUKS2 may stand: a power of two from 16 KiB to 4 MiB.
SECOND_HEADERS = tuple(0x4000 << step for step in range(9))
DAMAGED_CODE = 4
"""e2fsck's exit code from which on errors are left, or nothing was done."""
OUT_OF_MEMORY, TAKEN = 3, 5
"""Two more of cryptsetup's exit codes."""

Tell = Callable[[int, int, str], None]
"""Progress: done, total, step. May raise to stop the work."""
STEPS = ("check", "probe", "partition", "format", "open", "file_system", "mount")


class Means(NamedTuple):
    """On what and by what: the machine, who carries out commands, the least room, chance."""

    machine: Machine
    run: Run
    least: int
    random: Callable[[int], bytes]


def my_disk(machine: Machine) -> Disk:
    """The disk that runs. Raises Unavailable `KEY-020` on a machine not started from a stick."""
    disk = disks.running_disk(machine)
    if disk is None:
        raise Unavailable("KEY-020")
    return disk


def state(machine: Machine) -> str:
    """`none` (no stick), `absent` (no persistence yet), `locked` or `open`."""
    disk = disks.running_disk(machine)
    if disk is None:
        return "none"
    if is_open(machine):
        return "open"
    try:
        labels = [one.label for one in disks.read_table(machine, disk.name).partitions]
    except KitError:
        return "locked"  # a table that cannot be read: opening says so, and nothing is made
    return "locked" if layout.DATA in labels else "absent"


def is_open(machine: Machine) -> bool:
    """Whether something is mounted where the kit's home lies."""
    return machine.persist in disks.mounted(machine).values()


def create(means: Means, phrase: bytearray, tell: Tell) -> None:
    """Make the persistence on the disk that runs, and open it; one that nobody kept is made anew.

    Raises Misconfigured `KEY-022` (there is one), Corrupt `KEY-021` (partition table), `KEY-024`
    (what the stick wrote is not what it reads), Unavailable `KEY-023` (too small: `bytes`,
    `least`), `KEY-025` (a step failed: `step`).
    """
    machine, run = means.machine, means.run
    told = _steps(tell)
    told()
    disk = my_disk(machine)
    table = disks.read_table(machine, disk.name)
    free = _free_span(means, disk, table)
    if is_open(machine):
        lock(means)
    told()
    probe(machine.device(disk.name), free, means.random)
    told()
    part = _new_partition(means, disk, table)
    device = machine.device(part.name)
    told()
    _must(run(commands.format_luks(device, phrase)).code, "format")
    told()
    _must(run(commands.open_luks(device, phrase, MAPPED)).code, "open")
    with _closed_after_a_fault(means):
        told()
        _must(run(commands.make_file_system(machine.mapped)).code, "file_system")
        told()
        _mount(means)
    tell(len(STEPS), len(STEPS), STEPS[-1])


def keep(means: Means) -> None:
    """From now on it is somebody's: never made anew again. Raises Unavailable `KEY-026`."""
    machine, run = means.machine, means.run
    disk = my_disk(machine)
    table = disks.read_table(machine, disk.name)
    part = table.labelled(NEW_DATA)
    if part is None or not is_open(machine) or not machine.mapped.exists():
        if table.labelled(layout.DATA) is None:
            raise Unavailable("KEY-026")
        return
    os.sync()
    named = commands.name_partition(machine.device(disk.name), part.number, layout.DATA)
    _must(run(named).code, "partition")


def is_unproven(machine: Machine) -> bool:
    """Whether what is open was made here and not kept yet."""
    disk = disks.running_disk(machine)
    if disk is None or not is_open(machine) or not machine.mapped.exists():
        return False
    try:
        return disks.read_table(machine, disk.name).labelled(NEW_DATA) is not None
    except KitError:
        return False


def unlock(means: Means, phrase: bytearray, *, repair: bool = False) -> None:
    """Open and mount it. repair: mend the file system whatever is lost by it.

    Raises Unavailable `KEY-026` (there is none), NotPermitted `KEY-027` (wrong phrase), Corrupt
    `KEY-028` (its head is damaged), `KEY-029` (its file system is), Unavailable `KEY-031` (memory).
    """
    if is_open(means.machine):
        return
    device = means.machine.device(_data(means).name)
    if not is_luks(device):
        raise Corrupt("KEY-028")
    code = means.run(commands.open_luks(device, phrase, MAPPED)).code
    if code and not (code == TAKEN and means.machine.mapped.exists()):
        raise _not_opened(code)
    with _closed_after_a_fault(means):
        mend = commands.repair_file_system if repair else commands.check_file_system
        if means.run(mend(means.machine.mapped)).code >= DAMAGED_CODE:
            raise Corrupt("KEY-029")
        _mount(means)


def lock(means: Means) -> None:
    """Take it off and forget its key. Raises Unavailable `KEY-032` while somebody uses it."""
    machine, run = means.machine, means.run
    profiles.unbind(machine, run)
    if is_open(machine) and run(commands.unmount(machine.persist)).code:
        profiles.bind(machine, run)
        raise Unavailable("KEY-032")
    if machine.mapped.exists() and run(commands.close_luks(MAPPED)).code:
        raise Unavailable("KEY-032")


def change(means: Means, old: bytearray, new: bytearray) -> None:
    """Give it another phrase. Raises NotPermitted `KEY-027`, Unavailable `KEY-025`."""
    device = means.machine.device(_data(means).name)
    _check_phrase(means, device, old)
    _must(means.run(commands.change_phrase(device, old, new)).code, "change")


def add_recovery(means: Means, phrase: bytearray, recovery: bytearray) -> None:
    """Let a second phrase open it, in the place of any before. Raises as `change`."""
    device = means.machine.device(_data(means).name)
    _check_phrase(means, device, phrase)
    if means.run(commands.add_recovery(device, phrase, recovery)).code:
        # The slot is taken by an older envelope: that one opens nothing from now on.
        _must(means.run(commands.drop_recovery(device, phrase)).code, "recovery")
        _must(means.run(commands.add_recovery(device, phrase, recovery)).code, "recovery")


def work_without(means: Means) -> None:
    """A home in memory for this session alone, where the persistence is past mending for now."""
    my_disk(means.machine)
    if is_open(means.machine):
        raise Misconfigured("KEY-022")
    memory = commands.mount_memory(means.machine.persist)
    _must(means.run(memory).code, "mount")
    _settle_in(means)


def is_luks(device: Path) -> bool:
    """Whether one of the two headers of LUKS2 begins as it must."""
    try:
        with device.open("rb", buffering=0) as file:
            if file.read(len(LUKS_MAGIC)) == LUKS_MAGIC:
                return True
            return any(_at(file.fileno(), place) == LUKS_SECOND for place in SECOND_HEADERS)
    except OSError:
        return False


def _at(descriptor: int, place: int) -> bytes:
    return os.pread(descriptor, len(LUKS_SECOND), place)


def _free_span(means: Means, disk: Disk, table: Table) -> Span:
    """Where data may go, in bytes; refuses everything that must not be written on."""
    labels = [one.label for one in table.partitions]
    if layout.DATA in labels:
        raise Misconfigured("KEY-022")
    device = means.machine.device(disk.name)
    if not gpt.is_sound(device) or not _begins_as_an_image(table):
        raise Corrupt("KEY-021")
    if (begun := table.labelled(NEW_DATA)) is not None:
        span = Span(begun.start * SECTOR, (begun.start + begun.sectors) * SECTOR)
    else:
        ends = [(one.start + one.sectors) * SECTOR for one in table.partitions]
        missing = sum(part.size for part in _missing(table) if part.size)
        span = Span(max(ends) + missing, disk.bytes - TABLE_SECTORS * SECTOR)
    if span.size < means.least:
        raise Unavailable("KEY-023", bytes=max(span.size, 0), least=means.least)
    return span


def _begins_as_an_image(table: Table) -> bool:
    """Whether the partitions are those of a kit's stick, in their order and without another."""
    known = [part.label for part in layout.SYSTEM_PARTS] + [NEW_DATA]
    found = [one.label for one in table.partitions]
    return found == known[: len(found)] and len(found) >= len(layout.IMAGE_PARTS)


def _missing(table: Table) -> list[layout.Part]:
    there = {one.label for one in table.partitions} | {
        layout.DATA if one.label == NEW_DATA else one.label for one in table.partitions
    }
    return [part for part in layout.PARTS if part.label not in there]


def _new_partition(means: Means, disk: Disk, table: Table) -> Partition:
    """The place of the persistence, made where it is not there; the kernel knows it."""
    run, device = means.run, means.machine.device(disk.name)
    if missing := _missing(table):
        _must(run(commands.move_backup_table(device)).code, "partition")
        lines = [_line(part) for part in missing]
        _must(run(commands.append(device, lines)).code, "partition")
        _take_own_names(means, device, table)
    _must(run(commands.tell_kernel(device)).code, "partition")
    run(commands.settle(SETTLE_S))
    made = disks.read_table(means.machine, disk.name).labelled(NEW_DATA)
    if made is None or not gpt.is_sound(device):
        raise Corrupt("KEY-021")
    _same_place(means.machine, disk, made)
    return made


def _take_own_names(means: Means, device: Path, table: Table) -> None:
    """Sticks of one image bear the same PARTUUIDs: two of them in one PC would be mixed up.

    GRUB asks the table itself at each start, so that a cut between two of these harms nothing.
    """
    for part in table.partitions:
        if part.label in layout.UUID_VARIABLES:
            own = str(uuid.UUID(bytes=means.random(16), version=4))
            _must(means.run(commands.rename_partition(device, part.number, own)).code, "partition")


def _line(part: layout.Part) -> str:
    label = NEW_DATA if part.label == layout.DATA else part.label
    size = f"size={part.size // SECTOR}, " if part.size else ""
    return f'{size}type={part.type_guid}, name="{label}"'


def _same_place(machine: Machine, disk: Disk, part: Partition) -> None:
    """The kernel's partition of this number is the table's: else another one would be formatted."""
    folder = machine.sys / "block" / disk.name / part.name
    if (number(folder / "start"), number(folder / "size")) != (part.start, part.sectors):
        raise Unavailable("KEY-025", step="partition")


def _data(means: Means) -> Partition:
    disk = my_disk(means.machine)
    part = disks.read_table(means.machine, disk.name).labelled(layout.DATA)
    if part is None:
        raise Unavailable("KEY-026")
    _same_place(means.machine, disk, part)
    return part


def _mount(means: Means) -> None:
    machine = means.machine
    options = f"{commands.OWN_FILES},noatime"
    mounted = commands.mount(machine.mapped, machine.persist, "ext4", options)
    _must(means.run(mounted).code, "mount")
    _settle_in(means)


def _settle_in(means: Means) -> None:
    """The folders of what was just mounted, and the networks that it keeps."""
    machine = means.machine
    for name, mode in FOLDERS.items():
        place = machine.persist / name
        place.mkdir(mode=mode, exist_ok=True)
        place.chmod(mode)  # made by an older version with another
    home = machine.persist / KIT_FOLDER
    home.mkdir(mode=0o700, exist_ok=True)
    os.chown(home, machine.owner, machine.owner)
    profiles.bind(machine, means.run)


def _check_phrase(means: Means, device: Path, phrase: bytearray) -> None:
    if code := means.run(commands.try_luks(device, phrase)).code:
        raise _not_opened(code)


def _not_opened(code: int) -> KitError:
    if code == commands.WRONG_KEY:
        return NotPermitted("KEY-027")
    return Unavailable("KEY-031") if code == OUT_OF_MEMORY else Corrupt("KEY-028")


@contextlib.contextmanager
def _closed_after_a_fault(means: Means) -> Iterator[None]:
    try:
        yield
    except BaseException:
        with contextlib.suppress(KitError):
            profiles.unbind(means.machine, means.run)
            if is_open(means.machine):
                means.run(commands.unmount(means.machine.persist))
            means.run(commands.close_luks(MAPPED))
        raise


def _must(code: int, step: str) -> None:
    if code:
        raise Unavailable("KEY-025", step=step)


def _steps(tell: Tell) -> Callable[[], None]:
    names = iter(enumerate(STEPS))

    def told() -> None:
        done, step = next(names)
        tell(done, len(STEPS), step)

    return told
