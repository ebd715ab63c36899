"""A machine made of files: a stick, other drives, the PC's own disk, and real tools on all of them.

The disk is a file that real sfdisk, cryptsetup, mkfs and e2fsck work on; what needs the kernel
(device mapper, mounts, partitions of a file) is played here and recorded. Not for: real disks; the
image's own test boots those.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from kit.stick import commands, layout
from kit.stick.commands import Command, Done
from kit.stick.machine import MAPPED, Machine
from kit.stick.persistence import Means

MIB = 1024 * 1024
TOOLS = ("sfdisk", "cryptsetup", "mkfs.ext4", "e2fsck", "dumpe2fs")
SYSTEM = {**commands.ENVIRONMENT}
SMALL = (
    layout.Part(1, layout.BIOS, layout.BIOS_BOOT, 1 * MIB),
    layout.Part(2, layout.ESP, layout.ESP_TYPE, 4 * MIB),
    layout.Part(3, "root-a", layout.ROOT_TYPE, 4 * MIB),
    layout.Part(4, "root-a-verity", layout.ROOT_VERITY_TYPE, 1 * MIB),
)
"""The partitions of a distributed image, small."""
DIGIT_NAMES = ("nvme", "mmcblk")
BUILD = 1_795_305_600

needs_tools = pytest.mark.skipif(
    any(shutil.which(tool, path=SYSTEM["PATH"]) is None for tool in TOOLS),
    reason="sfdisk, cryptsetup, e2fsprogs",
)


def cheap(words: tuple[str, ...]) -> list[str]:
    """The same command with a key derivation that costs a test nothing."""
    dear = ("262144", "4")
    return [{"262144": "64", "4": "4"}.get(one, one) if one in dear else one for one in words]


class Bench:
    """One machine; `ran` is every command in order, `fail` makes one of them end badly."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.machine = Machine(root, owner=os.getuid())
        self.ran: list[Command] = []
        self.fail: dict[str, int] = {}
        self._mounts: dict[str, Path] = {}
        self._next = 0
        for folder in ("dev/mapper", "sys/block", "sys/class/block", "proc/self", "persist"):
            (root / folder).mkdir(parents=True)
        release = root / "usr/lib/os-release"
        release.parent.mkdir(parents=True)
        release.touch()
        os.utime(release, (BUILD, BUILD))
        (root / "proc/cmdline").write_text("kit.slot=a roothash=abcd quiet\n")
        self._write_mounts()

    def power_cut(self) -> None:
        """Off and on again: nothing is mounted or open, what lies in memory is gone."""
        for place in list(self._mounts.values()):
            self._take_off(place)
        self.machine.mapped.unlink(missing_ok=True)
        shutil.rmtree(self.machine.run, ignore_errors=True)

    def volume(self, device: str) -> Path:
        """The files on a file system, whether it is mounted or not."""
        folder = self.root / "volumes" / device
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def means(self, least: int = 16 * MIB) -> Means:
        """What the acts work with."""
        return Means(self.machine, self.run, least, os.urandom)

    # ------------------------------------------------------------------ making it

    def disk(
        self, name: str, size: int, *, usb: bool = False, serial: str = "", card: str = ""
    ) -> Path:
        """A disk of zeros, and what the kernel says of it. card: its word for a memory card."""
        path = self.machine.device(name)
        with path.open("wb") as file:
            file.truncate(size)
        place = "devices/usb1/1-1" if usb else "devices/pci0/ata1"
        folder = self.root / "sys" / place / name / "block" / name
        folder.mkdir(parents=True)
        (folder / "size").write_text(str(size // 512))
        (folder / "removable").write_text("1" if usb else "0")
        (folder / "device").mkdir()
        (folder / "device/model").write_text("Test stick" if usb else "Test disk")
        if card:
            (folder / "device/type").write_text(card)
        (folder / "serial").write_text(serial)
        self._number(folder)
        (self.root / "sys/block" / name).symlink_to(folder)
        (self.root / "sys/class/block" / name).symlink_to(folder)
        return path

    def partition(self, disk: str, place: int, start: int, sectors: int) -> Path:
        """What the kernel says of a partition; its device file is the stretch itself, in a file."""
        name = self.part(disk, place)
        folder = Path(os.path.realpath(self.root / "sys/block" / disk)) / name
        if not folder.exists():
            folder.mkdir()
            (folder / "partition").write_text(str(place))
            self._number(folder)
            (self.root / "sys/class/block" / name).symlink_to(folder)
            with self.machine.device(name).open("wb") as file:
                file.truncate(sectors * 512)
        (folder / "start").write_text(str(start))
        (folder / "size").write_text(str(sectors))
        return self.machine.device(name)

    def part(self, disk: str, place: int) -> str:
        """The kernel's name of a partition: behind a digit comes a `p`."""
        return f"{disk}{'p' if disk.startswith(DIGIT_NAMES) else ''}{place}"

    def stick(self, size: int = 1100 * MIB, name: str = "sda", *, internal: str = "") -> Path:
        """What the machine runs from: a fresh image on a larger disk, a stick's or a laptop's own.

        internal: the kernel's word for a laptop's disk (`disk`, or `MMC` where it is soldered in).
        """
        path = self.disk(
            name, size, usb=not internal, serial="STICK1", card=internal.removeprefix("disk")
        )
        self.write_table(path)
        self.see(name)
        self.verify_root(name)
        return path

    def verify_root(self, name: str) -> None:
        """The verified root of the running system lies on this disk."""
        dm = self.root / "sys/block/dm-0"
        (dm / "dm").mkdir(parents=True)
        (dm / "dm/name").write_text("root")
        (dm / "dm/uuid").write_text("CRYPT-VERITY-abcd-root")
        (dm / "slaves").mkdir()
        for place in (3, 4):
            part = self.part(name, place)
            (dm / "slaves" / part).symlink_to(self.root / "sys/class/block" / part)

    def write_table(self, path: Path, parts: tuple[layout.Part, ...] = SMALL) -> None:
        """An image's table, with its copy at the image's own end."""
        whole = path.stat().st_size
        end = layout.disk_bytes(parts)
        os.truncate(path, end)
        uuids = {part.label: f"0000000{part.number}-0000-4000-8000-000000000000" for part in parts}
        text = layout.script(parts, "00000000-0000-4000-8000-000000000001", uuids)
        self._tool(["sfdisk", "--quiet", str(path)], text.encode())
        os.truncate(path, whole)

    def see(self, disk: str) -> None:
        """What `partx` does: the kernel takes the table as it stands."""
        done = self._tool(["sfdisk", "--json", str(self.machine.device(disk))])
        for row in json.loads(done.said)["partitiontable"].get("partitions", []):
            place = int(row["node"].rpartition(disk)[2].removeprefix("p"))
            self.partition(disk, place, row["start"], row["size"])

    def fat(self, disk: str, label: str = "ECHANGE") -> None:
        """A first partition that begins as FAT32 does."""
        begin = bytearray(512)
        begin[0x52:0x5A] = b"FAT32   "
        begin[0x47:0x52] = label.encode().ljust(11)
        device = self.partition(disk, 1, 2048, 4096)
        with device.open("r+b") as file:
            file.write(begin)

    def mount(self, device: str, place: Path) -> None:
        """Mounted: /proc says so, and the folder holds what the file system does."""
        if place.exists() and not place.is_symlink():
            place.rename(self._under(place))
        place.symlink_to(self.volume(device))
        self._mounts[device] = place
        self._write_mounts()

    def _under(self, place: Path) -> Path:
        """Where the folder itself waits while something is mounted on it."""
        folder = self.root / "under"
        folder.mkdir(exist_ok=True)
        return folder / place.name

    def _take_off(self, place: Path) -> None:
        place.unlink()
        self._under(place).rename(place)
        self._mounts = {k: v for k, v in self._mounts.items() if v != place}
        self._write_mounts()

    # ------------------------------------------------------------------ carrying out

    def run(self, command: Command) -> Done:
        """The real tool on files where that can be, else a played kernel."""
        self.ran.append(command)
        tool = command.words[0]
        for part, code in self.fail.items():
            if part in command.words:
                return Done(code, b"")
        played = getattr(self, f"_{tool.replace('.', '_')}", None)
        if played is not None:
            done: Done = played(command)
            return done
        real = Command(
            tuple(cheap(command.words)), command.secrets, command.script, command.seconds
        )
        return commands.run(real)

    def names(self) -> list[str]:
        """What ran, by the first two words."""
        return [" ".join(one.words[:2]) for one in self.ran]

    def written_devices(self) -> set[str]:
        """Every device that a command could have written."""
        reading = {"--json", "--test-passphrase"}
        paths = (
            word
            for one in self.ran
            if not reading & set(one.words)
            and not any(word.startswith("ro,") for word in one.words)
            for word in one.words
            if word.startswith(str(self.root / "dev"))
        )
        return {Path(path).name for path in paths}

    def _cryptsetup(self, command: Command) -> Done:
        words = command.words
        if words[1] == "close":
            self.machine.mapped.unlink(missing_ok=True)
            return Done(0, b"")
        opens = words[1] == "open" and "--test-passphrase" not in words
        if opens:  # the key is really tried; the mapping is a file of its own beside it
            words = (*words[:2], "--test-passphrase", *words[2:-1])
        done = commands.run(Command(tuple(cheap(words)), command.secrets))
        if opens and done.code == 0:
            self.machine.mapped.symlink_to(self._plain(Path(words[-1])))
        return done

    def _plain(self, device: Path) -> Path:
        """What lies inside the encrypted partition."""
        plain = device.with_name(f"{device.name}.{MAPPED}")
        if not plain.exists():
            with plain.open("wb") as file:
                file.truncate(device.stat().st_size - 16 * MIB)
        return plain

    def _mount(self, command: Command) -> Done:
        words = command.words
        if words[1] == "--bind":
            self._lay_over(Path(words[2]), Path(words[3]))
        elif words[-1].startswith(str(self.root)) and not any("remount" in one for one in words):
            self.mount(Path(words[-2]).name, Path(words[-1]))
        return Done(0, b"")

    def _lay_over(self, folder: Path, place: Path) -> None:
        """A folder seen at a second place, as long as it is mounted there."""
        place.rename(self._under(place))
        place.symlink_to(folder.resolve())
        self._mounts[f"{MAPPED}/{folder.name}"] = place
        self._write_mounts()

    def _umount(self, command: Command) -> Done:
        self._take_off(Path(command.words[-1]))
        return Done(0, b"")

    def _mkfs_ext4(self, command: Command) -> Done:
        shutil.rmtree(self.volume(MAPPED))
        return commands.run(command)

    def _partx(self, command: Command) -> Done:
        self.see(Path(command.words[-1]).name)
        return Done(0, b"")

    def _dmsetup(self, _command: Command) -> Done:
        return Done(0, b"0 8192 verity V\n")

    def _blockdev(self, _command: Command) -> Done:
        return Done(0, b"")

    def _udevadm(self, _command: Command) -> Done:
        return Done(0, b"")

    def _nmcli(self, _command: Command) -> Done:
        return Done(0, b"")

    def _systemctl(self, _command: Command) -> Done:
        return Done(0, b"")

    # ------------------------------------------------------------------ inside

    def _number(self, folder: Path) -> None:
        self._next += 1
        (folder / "dev").write_text(f"8:{self._next}")

    def _write_mounts(self) -> None:
        lines = []
        for device, place in self._mounts.items():
            folder = self.root / "sys/class/block" / device
            number = (folder / "dev").read_text() if folder.exists() else "253:9"
            lines.append(f"30 1 {number} / {place} rw - x /dev/{device} rw")
        (self.root / "proc/self/mountinfo").write_text("\n".join(lines) + "\n")

    def _tool(self, words: list[str], script: bytes = b"") -> Done:
        done = subprocess.run(
            words, input=script, capture_output=True, check=True, env=SYSTEM, timeout=60
        )
        return Done(done.returncode, done.stdout)
