"""What each request to root's server does, on the running stick and on drives that are plugged in.

Thin: each act is its own module's; here is which, with which secrets, and what is answered. Not
for: checking of fields (`wire`), threads (`keeper_socket`).
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from typing import Any

from kit.core.errors import BadInput, Refused
from kit.stick import clock, commands, disks, esp, layout, marks, mounts, persistence
from kit.stick.commands import Command
from kit.stick.keeper_releases import Releases, installed
from kit.stick.keeper_socket import Act, Answer
from kit.stick.machine import read
from kit.stick.network import Network
from kit.stick.persistence import Means, Tell
from kit.stick.secret import secrets_of

Args = dict[str, Any]
LAYOUTS = {
    "fr": ("fr", ""), "fr-oss": ("fr", "oss"), "be": ("be", ""), "ch-fr": ("ch", "fr"),
    "us": ("us", ""),
}  # fmt: skip
"""Name on the lock screen → layout and variant of the system."""


class Keeper:
    """The acts of one running stick. now, set_clock: the system's clock, UTC ms."""

    def __init__(
        self, means: Means, now: Callable[[], int], set_clock: Callable[[int], None]
    ) -> None:
        self.means, self._now, self._set_clock = means, now, set_clock
        self.machine, self.run = means.machine, means.run
        self.rtc_local = False
        self._clock_is_told = False

    def acts(self) -> dict[str, Act]:
        """Every request's act."""
        return {
            **Releases(self.means, self._said).acts(),
            **Network(self.means).acts(),
            "status": Act(self._status),
            "create": Act(self._create, alone=True),
            "unlock": Act(self._unlock, alone=True),
            "change": Act(self._change, alone=True),
            "recovery": Act(self._recovery, alone=True),
            "keep": Act(self._keep, alone=True),
            "lock": Act(self._lock, alone=True),
            "work_without": Act(self._work_without, alone=True),
            "seed_open": Act(self._seed_open, alone=True),
            "seed_erase": Act(self._seed_erase, alone=True),
            "drives": Act(self._drives),
            "import_mount": Act(self._import_mount, alone=True),
            "export_mount": Act(self._export_mount, alone=True),
            "eject": Act(self._eject, alone=True),
            "set_time": Act(self._set_time),
            "set_layout": Act(self._set_layout),
            "mark": Act(self._mark),
            "restart": Act(lambda _args, _tell: self._down(commands.restart())),
            "poweroff": Act(lambda _args, _tell: self._down(commands.power_off())),
        }

    def begin(self) -> None:
        """At the start of the machine: ESP, keyboard."""
        esp.mount_esp(self.machine, self.run)
        esp.tell_grub(self.machine, self.run)
        chosen = self.machine.run / "session.env"
        if not chosen.exists():
            name = esp.configured(self.machine, "layout")
            self._write_layout(name if name in LAYOUTS else "fr")
        state = persistence.state(self.machine)
        marks.mark(self.machine, f"keeper up slot={self._slot()} medium={state}")

    # ------------------------------------------------------------------ what is there

    def _status(self, _args: Args, _tell: Tell) -> Answer:
        machine, disk = self.machine, disks.running_disk(self.machine)
        slot = self._slot()
        medium = persistence.state(machine)
        return {
            "medium": medium,
            "seed": esp.has_seed(machine),
            "disk": {
                "model": disk.model, "serial": disk.serial, "bytes": disk.bytes,
                "removable": disk.removable,
            } if disk else None,
            "slot": slot, "root_hash": self._said("roothash"),
            "version": installed(machine, "").version,
            "other": self._other(slot),
            "altered": self._is_altered(),
            "persist_free": shutil.disk_usage(machine.persist).free if medium == "open" else 0,
            "unproven": persistence.is_unproven(machine),
            "in_memory": medium == "open" and not machine.mapped.exists(),
            "layout": self._layout(),
            "clock": self._clock(),
            "display": "cage" if any(machine.root.glob("dev/dri/card*")) else "xorg",
            "smoke": marks.is_test(machine),
        }  # fmt: skip

    def _slot(self) -> str:
        slot = self._said("kit.slot")
        return slot if slot in layout.SLOTS else ""

    def _said(self, name: str) -> str:
        """A word of the kernel's command line."""
        words = (word.partition("=") for word in self.machine.proc("cmdline").split())
        return next((value for key, _, value in words if key == name), "")

    def _other(self, slot: str) -> Args | None:
        other = next((one for one in layout.SLOTS if slot and one != slot), "")
        version = esp.version_in(self.machine, other) if other else ""
        return {"slot": other, "version": version} if version else None

    def _is_altered(self) -> bool:
        if not disks.verity_name(self.machine):
            return False
        done = self.run(commands.verity_state(disks.ROOT_NAME))
        return done.code == 0 and done.said.split()[-1:] == [b"C"]

    def _drives(self, _args: Args, _tell: Tell) -> Answer:
        return {"drives": mounts.listed(self.machine)}

    # ------------------------------------------------------------------ the persistence

    def _create(self, args: Args, tell: Tell) -> Answer:
        with secrets_of(args["phrase"]) as (phrase,):
            persistence.create(self.means, phrase, tell)
        esp.tell_grub(self.machine, self.run)
        return {"medium": "open"}

    def _unlock(self, args: Args, _tell: Tell) -> Answer:
        with secrets_of(args["phrase"]) as (phrase,):
            persistence.unlock(self.means, phrase, repair=args.get("repair", False))
        return {"medium": "open"}

    def _change(self, args: Args, _tell: Tell) -> Answer:
        with secrets_of(args["old"], args["new"]) as (old, new):
            persistence.change(self.means, old, new)
        return {"changed": True}

    def _recovery(self, args: Args, _tell: Tell) -> Answer:
        with secrets_of(args["phrase"], args["recovery"]) as (phrase, recovery):
            persistence.add_recovery(self.means, phrase, recovery)
        return {"added": True}

    def _keep(self, _args: Args, _tell: Tell) -> Answer:
        persistence.keep(self.means)
        return {"kept": True}

    def _lock(self, _args: Args, _tell: Tell) -> Answer:
        persistence.lock(self.means)
        return {"medium": "locked"}

    def _work_without(self, _args: Args, _tell: Tell) -> Answer:
        persistence.work_without(self.means)
        return {"medium": "open"}

    def _seed_open(self, _args: Args, _tell: Tell) -> Answer:
        return {"path": str(esp.open_seed(self.machine))}

    def _seed_erase(self, _args: Args, _tell: Tell) -> Answer:
        esp.erase_seed(self.machine, self.run)
        return {"seed": False}

    # ------------------------------------------------------------------ other drives

    def _import_mount(self, args: Args, _tell: Tell) -> Answer:
        return mounts.open_drive(self.machine, self.run, args["device"], writable=False)

    def _export_mount(self, args: Args, _tell: Tell) -> Answer:
        return mounts.open_drive(self.machine, self.run, args["device"], writable=True)

    def _eject(self, args: Args, _tell: Tell) -> Answer:
        mounts.close_drive(self.machine, self.run, args.get("device", ""))
        return {"ejected": True}

    # ------------------------------------------------------------------ the session

    def build_ms(self) -> int:
        """When this system was made, UTC ms: every file of the verified root bears that time."""
        try:
            return int((self.machine.root / "usr/lib/os-release").stat().st_mtime) * 1000
        except OSError:
            return 0

    def _clock(self) -> Args:
        rtc = clock.hardware_clock(self.machine)
        believed = clock.is_believed(self._now(), self.build_ms(), rtc)
        return {
            "ok": believed or self._clock_is_told, "rtc_local": self.rtc_local,
            "build_ms": self.build_ms(), "now_ms": self._now(),
        }  # fmt: skip

    def guess_clock(self) -> None:
        """Once a start: a clock that Windows kept in local time is read as such.

        Waits for disks that are still being found, so the screens do not wait for this.
        """
        done = self.machine.run / "clock"
        if read(done):
            self.rtc_local = read(done) == "local"
            return
        self.run(commands.settle())
        sectors, entries = clock.boot_sectors(self.machine), clock.boot_entries(self.machine)
        now, build = self._now(), self.build_ms()
        is_windows = clock.rtc_is_local(sectors, entries)
        self.rtc_local = is_windows and clock.may_be_local(now, build)
        if self.rtc_local and not self._clock_is_told and clock.hardware_clock(self.machine):
            self._set_clock(clock.from_local(now))
        done.parent.mkdir(parents=True, exist_ok=True)
        done.write_text("local" if self.rtc_local else "utc")

    def _set_time(self, args: Args, _tell: Tell) -> Answer:
        if not clock.may_set(args["ms"], self.build_ms()):
            raise BadInput("KEY-050")
        self._set_clock(args["ms"])
        self._clock_is_told = True
        return self._clock()

    def _layout(self) -> str:
        text = read(self.machine.run / "layout")
        return text if text in LAYOUTS else "fr"

    def _set_layout(self, args: Args, _tell: Tell) -> Answer:
        self._write_layout(args["layout"])
        kept = esp.configure(self.machine, self.run, "layout", args["layout"])
        self.run(commands.restart_session())
        return {"layout": args["layout"], "kept": kept}

    def _write_layout(self, name: str) -> None:
        keyboard, variant = LAYOUTS[name]
        self.machine.run.mkdir(parents=True, exist_ok=True)
        text = f"XKB_DEFAULT_LAYOUT={keyboard}\nXKB_DEFAULT_VARIANT={variant}\n"
        (self.machine.run / "session.env").write_text(text)
        (self.machine.run / "layout").write_text(name)

    def _mark(self, args: Args, _tell: Tell) -> Answer:
        return {"marked": marks.mark(self.machine, args["text"])}

    def _down(self, command: Command) -> Answer:
        os.sync()
        if self.run(command).code:
            return Refused("KEY-040", {"tool": command.words[0]})
        return {"off": True}
