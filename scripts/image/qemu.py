"""A test machine: an ordinary PC in QEMU with the kit's stick in it, and what it says.

The processor is always emulated (`tcg`): a machine's own virtualisation may be there and be
broken, and a measure must not depend on it. Waiting is for a mark, an event or a picture, with an
end; nothing sleeps. A machine ends with the process that started it. Not for: what is to be seen
(`scenarios`).
"""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from scripts.image.qemu_control import Control, ControlError
from scripts.image.qemu_lines import Lines, wait_for
from scripts.image.qemu_marks import Mark, read_mark
from scripts.image.qemu_screen import Screen
from scripts.image.qemu_shell import Shell, firmware_strings

BOOT_S = 420.0
"""The longest a boot may take under emulation on a loaded machine."""
LOOK_EVERY_S = 0.5
"""How often the screen is looked at when a picture is waited for."""
STOP_S = 120.0
FIRMWARE = Path("/usr/share/OVMF")
STICK, BUS = "stick", "bus"

Firmware = Literal["uefi", "secboot", "bios"]
_CODE = {"uefi": "OVMF_CODE_4M.fd", "secboot": "OVMF_CODE_4M.ms.fd"}
_VARS = {"uefi": "OVMF_VARS_4M.fd", "secboot": "OVMF_VARS_4M.ms.fd"}


@dataclass(frozen=True)
class Pc:
    """What machine is to be started."""

    disk: Path
    firmware: Firmware = "uefi"
    usb: bool = False
    """A USB stick on xhci, as in reality; else virtio, which is ten seconds faster."""
    memory_mib: int = 2048
    cpus: int = 2
    victims: tuple[Path, ...] = ()
    """Disks that were in the PC before."""
    drives: tuple[Path, ...] = ()
    """Sticks that are plugged in besides the one that it starts from."""
    wire: socket.socket | None = None
    """The end of a network cable; without it the PC has no network card."""
    card: int = 1
    """Last byte of the network card's address."""
    answers: bool = False
    """Whether commands can be run inside (`qemu_shell`)."""
    session: str = ""
    """What the session starts in place of the kit."""

    def serial(self, place: int) -> str:
        """The number that the stick `drives[place]` tells."""
        return f"ESSAI-{self.card}-{place}"


class Gone(Exception):
    """The machine did not come as far as was waited for; `args[0]` says what for."""


@dataclass
class Said:
    """What a machine has said on its serial line."""

    lines: list[str] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)

    def take(self, lines: list[str], at_s: float) -> None:
        """Keep lines, and the marks in them."""
        self.lines += lines
        self.marks += [mark for line in lines if (mark := read_mark(line, at_s)) is not None]

    def find(self, name: str, since: int = 0) -> Mark | None:
        """The first mark whose words begin so, from the mark number `since` on."""
        return next((mark for mark in self.marks[since:] if mark.name.startswith(name)), None)


class Machine:
    """A machine that runs. Use `running`, which ends it."""

    def __init__(self, pc: Pc, folder: Path) -> None:
        self.pc, self.folder = pc, folder
        self.said = Said()
        folder.mkdir(parents=True, exist_ok=True)
        ours, theirs = zip(*(socket.socketpair() for _line in range(3)), strict=True)
        passed = [one.fileno() for one in [*theirs, *([pc.wire] if pc.wire else [])]]
        with (folder / "qemu.log").open("wb") as log:
            self._process = subprocess.Popen(
                command(pc, folder, passed[:3]), stdin=subprocess.DEVNULL, stdout=log,
                stderr=subprocess.STDOUT, pass_fds=passed,
            )  # fmt: skip
        for one in theirs:
            one.close()
        self.control = Control(ours[0])
        self.serial = Lines(ours[1])
        self.shell = Shell(ours[2])
        self._log = (folder / "serial.log").open("w", encoding="utf-8")
        self.started = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _fault: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self.cut_power()
        for lines in (self.control.lines, self.serial, self.shell.lines):
            lines.close()
        self._log.close()

    def start(self) -> None:
        """Press the button: the machine was standing still until now, and its clock too."""
        self.control.greet()
        self.started = time.monotonic()
        self.control.command("cont")

    @property
    def uptime_s(self) -> float:
        """Seconds since the button was pressed."""
        return time.monotonic() - self.started

    # -- waiting ----------------------------------------------------------------------------

    def hear(self) -> None:
        """Take what the machine has said until now."""
        lines = self.serial.take()
        if lines:
            self._log.write("".join(f"{line}\n" for line in lines))
            self._log.flush()
        self.said.take(lines, self.uptime_s)
        self.control.hear()

    def wait(self, what: str, done: Callable[[], bool], limit_s: float) -> None:
        """Until `done`, which is asked whenever the machine says something. Raises Gone.

        A machine that has switched itself off is not waited for.
        """
        seen = False

        def heard() -> bool:
            nonlocal seen
            self.hear()
            seen = done()
            return seen or bool(self.control.happened("SHUTDOWN"))

        sources = [self.serial, self.control.lines]
        if self.pc.answers:
            sources.append(self.shell.lines)
        wait_for(sources, heard, limit_s)
        if not seen:
            raise Gone(what)

    def wait_mark(self, name: str, limit_s: float = BOOT_S, since: int = 0) -> Mark:
        """Until the machine has made that mark; the mark. Raises Gone."""
        self.wait(name, lambda: self.said.find(name, since) is not None, limit_s)
        found = self.said.find(name, since)
        assert found is not None  # noqa: S101 - waited for just now
        return found

    def wait_shell(self, limit_s: float = BOOT_S) -> None:
        """Until commands can be run inside. Raises Gone."""
        self.wait("shell", self.shell.ready, limit_s)

    def wait_event(self, event: str, limit_s: float) -> float:
        """Until the control line tells of this; the seconds waited. Raises Gone."""
        began = time.monotonic()
        self.wait(event, lambda: bool(self.control.happened(event)), limit_s)
        return time.monotonic() - began

    def wait_screen(
        self, what: str, seen: Callable[[Screen], bool], limit_s: float = BOOT_S,
        every_s: float = LOOK_EVERY_S,
    ) -> tuple[float, Screen]:  # fmt: skip
        """Look until the screen shows it; the machine's uptime then, and the picture.

        Raises Gone; the last picture is kept as `what.png` either way.
        """
        end = time.monotonic() + limit_s
        while True:
            at_s = self.uptime_s
            screen = self.look(what)
            if seen(screen):
                return at_s, screen
            left = end - time.monotonic()
            if left <= 0 or self.control.lines.ended:
                raise Gone(what)
            self._listen(min(left, every_s))

    def _listen(self, limit_s: float) -> None:
        """Hear the machine for a while; its end ends the while."""

        def heard() -> bool:
            self.hear()
            return False

        wait_for([self.serial, self.control.lines], heard, limit_s)

    def look(self, name: str) -> Screen:
        """A picture of the screen now, kept as `name.png`."""
        return Screen.open(self.control.photograph(self.folder / f"{name}.png"))

    # -- the end ----------------------------------------------------------------------------

    def lives(self) -> bool:
        """Whether the machine's process is there."""
        return self._process.poll() is None

    def cut_power(self) -> None:
        """The plug is pulled: this machine's own process is killed, and no other."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()


@contextmanager
def running(pc: Pc, folder: Path) -> Iterator[Machine]:
    """A started machine, which is gone at the end whatever happens."""
    with Machine(pc, folder) as machine:
        try:
            machine.start()
        except ControlError as fault:
            said = (folder / "qemu.log").read_text("utf-8", "replace").strip()
            raise Gone(said or str(fault)) from fault
        yield machine


def command(pc: Pc, folder: Path, lines: list[int]) -> list[str]:
    """The command that starts the machine. lines: descriptors of control, serial and shell."""
    made = [
        "setpriv", "--pdeathsig", "KILL",
        "qemu-system-x86_64", "-nodefaults", "-S", "-display", "none",
        "-accel", "tcg,thread=multi,tb-size=512", "-cpu", "Nehalem",
        "-smp", str(pc.cpus), "-m", str(pc.memory_mib), "-vga", "std",
        "-no-user-config", "-action", "shutdown=pause",
    ]  # fmt: skip
    for name, descriptor in zip(("control", "serial", "shell"), lines, strict=True):
        made += ["-chardev", f"socket,id={name},fd={descriptor}"]
    made += ["-mon", "chardev=control,mode=control"]
    made += ["-serial", "chardev:serial", "-serial", "chardev:shell"]
    made += _firmware(pc, folder) + _disks(pc) + _network(pc)
    for place, text in enumerate(firmware_strings(answers=pc.answers, session=pc.session)):
        # A comma would end the option; a file has no such rule.
        path = folder / f"smbios-{place}.txt"
        path.write_text(text, encoding="ascii")
        made += ["-smbios", f"type=11,path={path}"]
    return made


def _firmware(pc: Pc, folder: Path) -> list[str]:
    if pc.firmware == "bios":
        return ["-machine", "q35"]
    variables = folder / "firmware.fd"
    if not variables.exists():
        shutil.copyfile(FIRMWARE / _VARS[pc.firmware], variables)
    made = ["-machine", "q35"]
    if pc.firmware == "secboot":
        made = ["-machine", "q35,smm=on", "-global", "driver=cfi.pflash01,property=secure,value=on"]
    code = f"file={FIRMWARE / _CODE[pc.firmware]},readonly=on"
    made += ["-drive", f"if=pflash,unit=0,format=raw,{code}"]
    return [*made, "-drive", f"if=pflash,unit=1,format=raw,file={variables}"]


def _disks(pc: Pc) -> list[str]:
    made = ["-drive", f"if=none,id=kit,format=raw,cache=unsafe,file={pc.disk}"]
    if pc.usb or pc.drives:
        made += ["-device", f"qemu-xhci,id={BUS}"]
    if pc.usb:
        made += [
            "-device",
            f"usb-storage,id={STICK},bus={BUS}.0,drive=kit,removable=on,bootindex=1",
        ]
    else:
        made += ["-device", f"virtio-blk-pci,id={STICK},drive=kit,bootindex=1"]
    for place, drive in enumerate(pc.drives):
        made += ["-drive", f"if=none,id=drive{place},format=raw,cache=unsafe,file={drive}"]
        told = f"drive=drive{place},removable=on,serial={pc.serial(place)}"
        made += ["-device", f"usb-storage,id=stick{place},bus={BUS}.0,{told}"]
    for place, victim in enumerate(pc.victims):
        made += ["-drive", f"if=none,id=victim{place},format=raw,file={victim}"]
        made += ["-device", f"ide-hd,bus=ide.{place},drive=victim{place}"]
    return made


def _network(pc: Pc) -> list[str]:
    if pc.wire is None:
        return ["-nic", "none"]
    made = ["-netdev", f"socket,id=wire,fd={pc.wire.fileno()}"]
    return [*made, "-device", f"virtio-net-pci,netdev=wire,mac=52:54:00:4b:49:{pc.card:02x}"]


def missing_tools() -> list[str]:
    """Packages that are wanted and whose command is not there."""
    wanted = {
        "qemu-system-x86_64": "qemu-system-x86", "mcopy": "mtools", "tesseract": "tesseract-ocr",
        "mkfs.ext4": "e2fsprogs", "sfdisk": "fdisk", "setpriv": "util-linux",
    }  # fmt: skip
    missing = [package for name, package in wanted.items() if shutil.which(name) is None]
    if not (FIRMWARE / _CODE["secboot"]).exists():
        missing.append("ovmf")
    return sorted(missing)


def version() -> str:
    """Which QEMU this is."""
    ran = subprocess.run(
        ["qemu-system-x86_64", "--version"], capture_output=True, check=True, timeout=60, text=True
    )
    found = re.search(r"version (\S+)", ran.stdout)
    return found[1] if found else ""
