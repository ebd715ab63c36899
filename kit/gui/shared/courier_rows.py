"""What the node says of a USB bundle, in words: places, how far, what was taken and refused; no Qt.

Not for: reading or writing the stick (the node).
"""

from __future__ import annotations

from typing import Any

import msgspec

from kit.core.quantity import NBSP, number_text
from kit.core.text import plural_translator, translator
from kit.gui.shared.exchange_rows import RefusedCount, entries_text, figure

_ = translator("gui_exchange")
ngettext = plural_translator("gui_exchange")

OUT, IN = "out", "in"
KB, MB, GB = 1_000, 1_000_000, 1_000_000_000


class PlaceRow(msgspec.Struct, frozen=True):
    """A stick or folder that may be written; free in bytes or None.

    device: a drive that is opened for the bundle and taken off after it (a kit on a stick).
    """

    path: str
    label: str = ""
    free: int | None = None
    device: str = ""
    number: str = ""

    def named(self) -> dict[str, str]:
        """How a service of the bundle is told where it is."""
        return {"device": self.device} if self.device else {"path": self.path}


class OutResult(msgspec.Struct, frozen=True):
    """What was written."""

    entries: int = 0
    feeds: int = 0
    files: int = 0
    bytes: int = 0
    text: str = ""
    ejected: bool = True


class InResult(msgspec.Struct, frozen=True):
    """What was read: new entries, those already known, those refused and why."""

    stored: int = 0
    known: int = 0
    refused: tuple[RefusedCount, ...] = ()
    sources: tuple[str, ...] = msgspec.field(default=(), name="from")
    text: str = ""
    ejected: bool = True


def size_text(count: int) -> str:
    """Bytes as people read them: `640 kB`, `7.4 GB`."""
    for unit, word in ((GB, _("GB")), (MB, _("MB")), (KB, _("kB"))):
        if count >= unit:
            tenths = count * 10 // unit
            amount = str(tenths // 10) if tenths >= 100 else f"{tenths // 10}.{tenths % 10}"
            return f"{number_text(amount.removesuffix('.0'))}{NBSP}{word}"
    return f"{count}{NBSP}{_('bytes')}"


def place_lines(row: PlaceRow) -> tuple[str, str]:
    """The stick's name, and where it is (or its number) with its free space."""
    free = "" if row.free is None else _("{size} free").format(size=size_text(row.free))
    where = row.number if row.device else row.path
    return row.label or row.path, " · ".join(part for part in (where, free) if part)


def progress_text(said: dict[str, Any]) -> str:
    """How far it is: the node's own words, or sizes."""
    if said.get("text"):
        return str(said["text"])
    done, total = int(said.get("done") or 0), int(said.get("total") or 0)
    words = _("{done} of {total}")
    return words.format(done=size_text(done), total=size_text(total))


def out_lines(result: OutResult) -> list[str]:
    """What the stick carries now."""
    if not result.entries:
        return [_("Nothing new to carry: the kits that the stick has visited have it all.")]
    said = _("{entries} on the stick, {size}.")
    return [said.format(entries=entries_text(result.entries), size=size_text(result.bytes))]


def in_lines(result: InResult) -> list[str]:
    """What this kit has learned."""
    stored = ngettext("{count} new entry taken", "{count} new entries taken", result.stored)
    lines = [stored.format(count=figure(result.stored)) if result.stored else _("Nothing new")]
    if result.known:
        known = ngettext("{count} was already here", "{count} were already here", result.known)
        lines.append(known.format(count=figure(result.known)))
    said = ", ".join(lines) + "."
    named = ", ".join(result.sources)
    return [said, *([_("Stick from {kit}.").format(kit=named)] if named else [])]
