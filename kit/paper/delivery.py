"""Sheets to a chosen printer: is it the one, can it print, hand over, and what became of them.

Two halves, for the numbers of the sheets are put on record in between: `ready` changes nothing on
paper, `hand_over` does. Not for: storing what was chosen (`kit.node.printers`).
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import msgspec

from kit.core.errors import KitError, Unavailable
from kit.paper import ipp, printer
from kit.paper.chosen import QUEUE, Chosen, on_usb, still_there, why_not
from kit.paper.halt import Halt
from kit.paper.queues import cancel_queue_job, has_queue, make_queue, queue_job

POLL_S = 0.5
POLLS = 40
"""How long a job is followed: twenty seconds; a large pack goes on printing after that."""
Step = Callable[[str], None]


class Outcome(msgspec.Struct, frozen=True):
    """`done`: the printer says that all is out; else it is still at it."""

    printer: Chosen
    job: str
    done: bool


class Sheets(msgspec.Struct, frozen=True):
    """What is printed. The title reaches spoolers in clear: no patient data in it."""

    pdf: bytes
    title: str
    copies: int = 1


class Way(msgspec.Struct, frozen=True):
    """How to get at printers: another CUPS than the computer's own, other ports of USB."""

    server: str = ""
    usb: Callable[[Halt], list[Chosen]] = on_usb


def ready(chosen: Chosen, step: Step, halt: Halt, way: Way | None = None) -> Chosen:
    """The printer as it is now, with its queue where it needs one. Raises Unavailable `PRN-…`."""
    way = way or Way()
    if chosen.kind == QUEUE:
        return chosen
    step("ask")
    found, _said = still_there(chosen, halt, way.usb)
    if found.queue and not has_queue(found.queue, found.address, way.server):
        step("queue")
        _make(found, halt, way)
    return found


def _make(found: Chosen, halt: Halt, way: Way) -> None:
    try:
        make_queue(found.queue, found.address, server=way.server, halt=halt)
    except Unavailable as fault:
        code = "PRN-022" if fault.code == "PRN-001" else fault.code
        raise Unavailable(code, **{**fault.args_, "printer": found.label}) from None


def hand_over(
    sheets: Sheets, chosen: Chosen, step: Step, halt: Halt, way: Way | None = None
) -> Outcome:
    """Hand over and follow the job for a while; stopping takes it back as far as it is not out.

    Raises Unavailable PRN-003 to PRN-005, PRN-015 (given up), PRN-016 and PRN-017 (stopped midway).
    """
    step("send")
    if chosen.queue:
        server = (way or Way()).server
        sent = printer.print_by_cups(
            sheets.pdf, chosen.queue, sheets.title, copies=sheets.copies, server=server
        )
        step("out")
        return Outcome(chosen, sent.job, _followed_queue(chosen, sent.job, server, halt))
    job = ipp.print_pdf(chosen.address, sheets.pdf, sheets.title, copies=sheets.copies, halt=halt)
    step("out")
    return Outcome(chosen, str(job.number), _followed(chosen, job, halt))


def _followed(chosen: Chosen, job: ipp.Job, halt: Halt) -> bool:
    for _ in range(POLLS):
        if job.state in ("aborted", "cancelled"):
            raise Unavailable("PRN-015", printer=chosen.label)
        if job.state == "completed":
            return True
        if halt.said:
            with contextlib.suppress(KitError):
                ipp.cancel_job(chosen.address, job.number)
            return False
        _stopped_midway(chosen, halt)
        halt.wait(POLL_S)
        try:
            job = ipp.job_now(chosen.address, job.number)
        except KitError:
            # A printer that is busy printing, or that forgets its jobs, is no failure.
            continue
    return False


def _stopped_midway(chosen: Chosen, halt: Halt) -> None:
    try:
        fault = why_not(chosen.label, ipp.printer_attributes(chosen.address, halt=halt))
    except KitError:
        return
    if fault is not None and fault.code != "PRN-003":
        code = "PRN-016" if fault.code == "PRN-009" else "PRN-017"
        raise Unavailable(code, printer=chosen.label)


def _followed_queue(chosen: Chosen, job: str, server: str, halt: Halt) -> bool:
    for _ in range(POLLS if job else 0):
        state = queue_job(job, chosen.queue, server)
        if state == "failed":
            raise Unavailable("PRN-015", printer=chosen.label)
        if state != "waiting":
            return state == "completed"
        if halt.said:
            cancel_queue_job(job, server)
            return False
        if chosen.address:
            _stopped_midway(chosen, halt)
        halt.wait(POLL_S)
    return False
