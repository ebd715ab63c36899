"""This stick's ESP: read-only but for moments, and the sealed kit that a prepared stick carries.

The seed is handed out as a copy in memory, for the kit's own user; the original is erased only
once the kit lives in the persistence. Not for: slots and updates (`slots`, `apply`).
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from kit.core.errors import KitError, Unavailable
from kit.stick import boot, commands, disks, layout, table
from kit.stick.commands import OWN_FILES, Run
from kit.stick.machine import Machine, read

SLOT_NAMES = ("slots.a", "slots.b")
LEFT_BEHIND = ("ballast", "lock", "node.sock")
"""What a home has but a seed does not: it is made anew in its place."""
LARGEST_SEED = 64 * 1024 * 1024
"""Bytes; a fleet's directory of 200 kits takes less than one MiB."""


def mount_esp(machine: Machine, run: Run) -> bool:
    """Mount the ESP of the running disk, and no other's; whether it is there."""
    if machine.esp in disks.mounted(machine).values():
        return True
    disk = disks.running_disk(machine)
    if disk is None:
        return False
    try:
        part = disks.read_table(machine, disk.name).labelled(layout.ESP)
    except KitError:
        return False
    if part is None:
        return False
    machine.esp.mkdir(mode=0o700, parents=True, exist_ok=True)
    options = f"ro,{OWN_FILES},umask=0077"
    return run(commands.mount(machine.device(part.name), machine.esp, "vfat", options)).code == 0


@contextlib.contextmanager
def writable(machine: Machine, run: Run) -> Iterator[Path]:
    """The ESP for the time of one change. Raises Unavailable `KEY-025`."""
    if run(commands.remount(machine.esp, "rw")).code:
        raise Unavailable("KEY-025", step="esp")
    try:
        yield machine.esp
    finally:
        os.sync()
        run(commands.remount(machine.esp, "ro"))


def tell_grub(machine: Machine, run: Run) -> None:
    """Bring the partitions' names in GRUB's block up to the table's, where they differ.

    A first start draws them anew. GRUB asks the table and needs its block only where that fails;
    so a stick that cannot be written just now is no fault.
    """
    disk = disks.running_disk(machine)
    folder = boot.EspFolder(machine.esp, lambda: writable(machine, run))
    with contextlib.suppress(KitError, OSError):
        found = boot.environment(folder)
        if disk is None or found is None or not mount_esp(machine, run):
            return
        with table.Disk(machine.device(disk.name)) as opened:
            names = {one.label: one.uuid for one in opened.table.extents}
        variables = layout.UUID_VARIABLES.items()
        now = {variable: names[label] for label, variable in variables if label in names}
        if not now.items() <= found.items():
            folder.write_env(found | now)


def configured(machine: Machine, name: str) -> str:
    """A value of kit.conf (`layout=fr`); empty where it is not set."""
    for line in read(machine.esp / layout.KIT_CONF).splitlines():
        key, _, value = line.partition("=")
        if key.strip() == name:
            return value.strip().strip('"')
    return ""


def configure(machine: Machine, run: Run, name: str, value: str) -> bool:
    """Write a value into kit.conf, beside the old file and renamed; whether it is there now.

    Other lines stay. No fault: what was chosen holds until the next start at least.
    """
    folder = boot.EspFolder(machine.esp, lambda: writable(machine, run))
    if not mount_esp(machine, run):
        return False
    lines = read(machine.esp / layout.KIT_CONF).splitlines()
    kept = [line for line in lines if line.partition("=")[0].strip() != name]
    with contextlib.suppress(KitError, OSError):
        text = "\n".join([*kept, f"{name}={value}"]) + "\n"
        folder.write(layout.KIT_CONF, [text.encode()])
    return configured(machine, name) == value


def version_in(machine: Machine, slot: str) -> str:
    """The version that a slot holds; empty where it holds none."""
    return version_of(read(machine.esp / layout.slot_file(slot, layout.SLOT_CFG)))


def version_of(slot_cfg: str) -> str:
    """The version that a `slot.cfg` names, if it looks like one."""
    for line in slot_cfg.splitlines():
        word, _, value = line.removeprefix("set ").partition("=")
        if word == layout.VERSION and re.fullmatch(r"[0-9A-Za-z.+-]{1,32}", value.strip()):
            return value.strip()
    return ""


def has_seed(machine: Machine) -> bool:
    """Whether this stick was prepared with a kit that does not live in the persistence yet."""
    return any((machine.esp / layout.SEED / name).is_file() for name in SLOT_NAMES)


def open_seed(machine: Machine) -> Path:
    """A copy of the sealed kit in memory. Raises Unavailable `KEY-034`."""
    seed = machine.esp / layout.SEED
    if not has_seed(machine):
        raise Unavailable("KEY-034")
    shutil.rmtree(machine.seed, ignore_errors=True)
    machine.seed.mkdir(mode=0o700, parents=True)
    os.chown(machine.seed, machine.owner, machine.owner)
    left = LARGEST_SEED
    for path in sorted(seed.rglob("*")):
        copy = machine.seed / path.relative_to(seed)
        if path.name in LEFT_BEHIND or path.is_symlink():
            continue
        if path.is_dir():
            copy.mkdir(mode=0o700, exist_ok=True)
        else:
            left -= path.stat().st_size
            if left < 0:
                raise Unavailable("KEY-034")
            shutil.copyfile(path, copy)
            copy.chmod(0o600)
        os.chown(copy, machine.owner, machine.owner)
    return machine.seed


def erase_seed(machine: Machine, run: Run) -> None:
    """Overwrite and remove the sealed kit on the ESP, as far as flash memory overwrites at all."""
    with writable(machine, run) as esp:
        seed = esp / layout.SEED
        for path in sorted(seed.rglob("*"), reverse=True):
            if path.is_dir() and not path.is_symlink():
                path.rmdir()
                continue
            if path.is_file() and not path.is_symlink():
                _overwrite(path)
            path.unlink()
        with contextlib.suppress(FileNotFoundError):
            seed.rmdir()
    shutil.rmtree(machine.seed, ignore_errors=True)


def _overwrite(path: Path) -> None:
    with path.open("r+b", buffering=0) as file:
        size = os.fstat(file.fileno()).st_size
        file.write(bytes(size))
        os.fsync(file.fileno())
