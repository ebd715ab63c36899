"""Ways out for a finished PDF: the computer's print service, one printer by address, or a file.

CUPS is driven by `lp` and `lpstat`, which exist wherever it does; `server` names another CUPS than
the computer's own. Job titles reach spoolers in clear, so they carry no patient data. Not for:
deciding whether paper came out (a person confirms that), labels.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import msgspec

from kit.core.errors import Unavailable
from kit.paper import ipp
from kit.paper.cups import run_tool

_JOB_ID = re.compile(r"\b(\S+-\d+)\b")


class Queue(msgspec.Struct, frozen=True):
    """A print queue of this computer."""

    name: str
    accepting: bool
    is_default: bool


class Sent(msgspec.Struct, frozen=True):
    """A job that was handed over; `job` as the service or printer names it."""

    printer: str
    job: str


def queues(server: str = "") -> list[Queue]:
    """The print queues, the default one first; Unavailable PRN-001 when no service answers."""
    listed = _run("lpstat", server, "-e")
    default = _run("lpstat", server, "-d").partition(":")[2].strip()
    accepting = set()
    for line in _run("lpstat", server, "-a").splitlines():
        name, _, rest = line.partition(" ")
        if rest.startswith("accepting"):
            accepting.add(name)
    names = [name.strip() for name in listed.splitlines() if name.strip()]
    found = [Queue(name, name in accepting, name == default) for name in names]
    return sorted(found, key=lambda queue: (not queue.is_default, queue.name))


def print_by_cups(
    pdf: bytes, printer: str, title: str, *, copies: int = 1, server: str = ""
) -> Sent:
    """Hand a PDF to a queue, A4, one side. PRN-001: no service, 002: no queue, 003: refused."""
    if printer not in {queue.name for queue in queues(server)}:
        raise Unavailable("PRN-002", printer=printer)
    options = ("-d", printer, "-t", title, "-n", str(copies))
    sides = ("-o", "sides=one-sided", "-o", "media=A4", "--", "-")
    said = _run("lp", server, *options, *sides, data=pdf, printer=printer)
    found = _JOB_ID.search(said)
    return Sent(printer, found.group(1) if found else "")


def print_by_ipp(pdf: bytes, address: str, title: str, *, copies: int = 1) -> Sent:
    """Hand a PDF to the printer at `ipp://…`; PRN-003 to PRN-005, PRN-007, PRN-008."""
    asked = ipp.printer_attributes(address)
    if not asked.takes_pdf:
        raise Unavailable("PRN-005", address=address)
    if not asked.accepting:
        raise Unavailable("PRN-003", printer=address, reason="not-accepting")
    job = ipp.print_pdf(address, pdf, title, copies=copies)
    return Sent(address, str(job.number))


def save_pdf(pdf: bytes, path: Path) -> None:
    """Write the file whole or not at all; Unavailable PRN-006 when it cannot be written."""
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as file:
            file.write(pdf)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as fault:
        part.unlink(missing_ok=True) if part.parent.is_dir() else None
        reason = os.strerror(fault.errno) if fault.errno else type(fault).__name__
        raise Unavailable("PRN-006", path=str(path), reason=reason) from None


def _run(tool: str, server: str, *options: str, data: bytes = b"", printer: str = "") -> str:
    """What a CUPS tool says."""
    said = run_tool(tool, server, *options, data=data)
    if said.right:
        return said.out
    if tool == "lp":
        reason = (said.complaint.splitlines() or ["?"])[-1]
        raise Unavailable("PRN-003", printer=printer, reason=reason)
    # An empty list of printers also ends in an error; only a silent service is a fault.
    if re.search(r"No destinations|no system default|not accepting", said.complaint):
        return ""
    raise Unavailable("PRN-001")
