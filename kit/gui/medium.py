"""What the node says of the stick that the kit runs from, and its words on screen; no Qt.

Read from `hello` and `medium.status`. On a machine that does not run from a stick the medium is
`none`, and nothing here is shown. Not for: acting on the medium (the node and root's keeper do).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from kit.core.clock import date_text, hhmm, local
from kit.core.quantity import NBSP
from kit.core.text import translator

_ = translator("gui_stick")

NONE, ABSENT, LOCKED, OPEN = "none", "absent", "locked", "open"
LAYOUTS = ("fr", "fr-oss", "be", "ch-fr", "us")
JOB = "medium"
FOUND_ALTERED = "stick_altered"
"""In the frame's state: reading the whole stick has found what the system had not met."""


class Disk(msgspec.Struct, frozen=True):
    """The disk that the kit was started from; bytes, 0 where not known."""

    model: str = ""
    serial: str = ""
    bytes: int = 0
    removable: bool = True


class Slot(msgspec.Struct, frozen=True):
    """One of the two systems on the stick."""

    slot: str = ""
    version: str = ""


class MediumClock(msgspec.Struct, frozen=True):
    """ok: the clock may be right; build_ms: no moment before the system was built is possible."""

    ok: bool = True
    rtc_local: bool = False
    build_ms: int = 0


class Medium(msgspec.Struct, frozen=True):
    """The keeper's status. persist_free: bytes, -1 = not known; in_memory: nothing is kept.

    smoke: a test machine listens for marks.
    """

    medium: str = NONE
    seed: bool = False
    disk: Disk = Disk()
    slot: str = ""
    version: str = ""
    root_hash: str = ""
    other: Slot = Slot()
    altered: bool = False
    persist_free: int = -1
    layout: str = "fr"
    clock: MediumClock = MediumClock()
    in_memory: bool = False
    smoke: bool = False


def medium_of(said: Any) -> Medium:
    """The medium as `hello` or `medium.status` tells it: a map, its bare state, or nothing."""
    if isinstance(said, str):
        return Medium(medium=said)
    if not isinstance(said, Mapping):
        return Medium()
    known = {name: value for name, value in said.items() if value is not None}
    return msgspec.convert(known, Medium)


def on_stick(facts: Mapping[str, Any]) -> bool:
    """Whether the kit that answered `hello` runs from a stick."""
    said = facts.get("medium")
    state = said.get("medium") if isinstance(said, Mapping) else said
    return bool(state) and state != NONE


def layout_name(layout: str) -> str:
    """A keyboard as people call it."""
    return {
        "fr": _("French (AZERTY)"),
        "fr-oss": _("French (AZERTY), with accented capitals"),
        "be": _("Belgian (AZERTY)"),
        "ch-fr": _("Swiss French (QWERTZ)"),
        "us": _("American (QWERTY)"),
    }.get(layout, layout)


def layout_short(layout: str) -> str:
    """The same on a button."""
    return {
        "fr": _("French"), "fr-oss": _("French (oss)"), "be": _("Belgian"),
        "ch-fr": _("Swiss"), "us": _("American"),
    }.get(layout, layout)  # fmt: skip


def day_and_time(at_ms: int) -> str:
    """`Saturday 28/11/2026, 18:04`."""
    days = (
        _("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"),
        _("Sunday"),
    )  # fmt: skip
    said = _("{day} {date}, {time}")
    day = days[local(at_ms).weekday()]
    return said.format(day=day, date=date_text(at_ms), time=hhmm(at_ms))


def step_words(step: str) -> str:
    """What the keeper is at; a word that is not known here is shown as it came."""
    return {
        "check": _("Looking at the stick"),
        "probe": _("Checking that the stick holds what it says"),
        "partition": _("Dividing the stick"),
        "format": _("Making the encrypted part"),
        "open": _("Opening the encrypted part"),
        "file_system": _("Making room for files"),
        "mount": _("Opening the files"),
        "seed": _("Copying the prepared kit"),
        "erase": _("Erasing the prepared copy"),
        "read": _("Reading"),
        "write": _("Writing"),
        "verify": _("Reading back"),
        "repair": _("Repairing"),
        "fetching": _("Fetching from the other kit"),
        "checking": _("Checking the signature"),
        "preparing": _("Dividing the stick"),
        "writing": _("Writing"),
        "reading": _("Reading back"),
        "boot files": _("Writing the boot files"),
    }.get(step, step)


def percent(said: Mapping[str, Any]) -> int | None:
    """How far it is in hundredths; None where that cannot be told."""
    total = int(said.get("total") or 0)
    return min(100, int(said.get("done") or 0) * 100 // total) if total > 0 else None


def elapsed_text(past_ms: int) -> str:
    """`12 s`, `2 min 05 s`."""
    minutes, seconds = divmod(max(0, past_ms) // 1000, 60)
    if not minutes:
        return f"{seconds}{NBSP}s"
    return f"{minutes}{NBSP}min{NBSP}{seconds:02d}{NBSP}s"
