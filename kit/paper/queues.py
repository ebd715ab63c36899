"""A CUPS queue of the kit's own, for a printer that takes no PDF: made when it is printed to.

`lpadmin -m everywhere` asks the printer what it can do; CUPS turns the pages into its pictures. A
stick's `/etc` is in memory, so the queue is gone after each start and is made again. Not for: the
queues that somebody else set up (`printer.queues`).
"""

from __future__ import annotations

import hashlib
import re

from kit.core.errors import Unavailable
from kit.paper.cups import run_tool
from kit.paper.halt import Halt

OURS = "kit-"
MAKING_S = 60.0
_NO_SERVICE = re.compile(r"Unable to connect|Bad file descriptor|No such file|Scheduler")
_ALERTS = re.compile(r"Alerts:\s*(\S+)")
_FAILED = re.compile(r"aborted|cancel+ed")


def queue_name(identity: str) -> str:
    """The queue of one printer, always the same."""
    return OURS + hashlib.sha256(identity.encode()).hexdigest()[:12]


def is_ours(name: str) -> bool:
    """Whether the kit made this queue."""
    return bool(re.fullmatch(rf"{OURS}[0-9a-f]{{12}}", name))


def has_queue(name: str, address: str, server: str = "") -> bool:
    """Whether it is there and leads to this printer. Raises Unavailable PRN-001."""
    said = run_tool("lpstat", server, "-v", name)
    return said.right and said.out.partition(": ")[2].strip() == address


def make_queue(name: str, address: str, *, server: str = "", halt: Halt | None = None) -> None:
    """Make it, or make it again. Unavailable PRN-001: no service; PRN-018: it cannot be made."""
    options = ("-p", name, "-E", "-v", address, "-m", "everywhere")
    said = run_tool("lpadmin", server, *options, halt=halt, seconds=MAKING_S)
    if said.right:
        return
    if _NO_SERVICE.search(said.complaint) and not _is_up(server):
        raise Unavailable("PRN-001")
    raise Unavailable("PRN-018", reason=_last_line(said.complaint))


def _is_up(server: str) -> bool:
    return "is running" in run_tool("lpstat", server, "-r").out.replace("not running", "")


def queue_job(job: str, queue: str, server: str = "") -> str:
    """`waiting`, `completed`, `failed`; `gone` where CUPS remembers no job that has ended."""
    if job in run_tool("lpstat", server, "-W", "not-completed", "-o", queue).out.split():
        return "waiting"
    done = run_tool("lpstat", server, "-W", "completed", "-l", "-o", queue).out
    alert = _ALERTS.search(done.partition(f"{job} ")[2])
    if alert is None:
        return "gone"
    return "failed" if _FAILED.search(alert.group(1)) else "completed"


def cancel_queue_job(job: str, server: str = "") -> None:
    """Take a job back, as far as it is not out."""
    run_tool("cancel", server, job)


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1].removeprefix("lpadmin: ") if lines else "?"
