"""Marks on the serial line for the image's own test, and for nobody else.

They leave only where the machine was started with the credential `kit.smoke` (a firmware table that
a person at a ward PC does not fill). Not for: logs. Source: usb-image.md §2.1, 15.
"""

from __future__ import annotations

import contextlib
import os

from kit.stick.machine import Machine, read

CREDENTIAL = "run/credentials/@system/kit.smoke"
YES = "oui"
LINE = "ttyS0"


def is_test(machine: Machine) -> bool:
    """Whether this start is one of the image's own test."""
    return read(machine.root / CREDENTIAL) == YES


def mark(machine: Machine, text: str) -> bool:
    """Put a line on the serial port with uptime (s) and memory in use (MiB); whether it left."""
    if not is_test(machine):
        return False
    uptime = machine.proc("uptime").split(" ")[0] or "0"
    line = f"KIT-MARK {text} uptime={uptime} mem={_used_mib(machine)}\n"
    with contextlib.suppress(OSError):
        port = os.open(machine.device(LINE), os.O_WRONLY | os.O_NOCTTY | os.O_APPEND)
        try:
            os.write(port, line.encode("ascii", "replace"))
            return True
        finally:
            os.close(port)
    return False


def _used_mib(machine: Machine) -> int:
    said = dict(line.split(":", 1) for line in machine.proc("meminfo").splitlines() if ":" in line)
    kib = {name: int(said.get(name, "0").split()[0]) for name in ("MemTotal", "MemAvailable")}
    return (kib["MemTotal"] - kib["MemAvailable"]) // 1024
