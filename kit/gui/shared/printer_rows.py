"""Rows about printers as the node gives them, and the words for where one is.

Not for: asking the node (`printer_find`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from kit.core.text import translator

_ = translator("gui_entry")


class PrinterRow(msgspec.Struct, frozen=True):
    """A printer: found just now (`addresses`), or one that can be printed on (`name`)."""

    kind: str = "queue"
    label: str = ""
    place: str = ""
    model: str = ""
    addresses: tuple[str, ...] = ()
    name: str = ""
    accepting: bool = True
    is_default: bool = False
    known: bool = True

    @property
    def words(self) -> str:
        """Name and place in one line."""
        label = self.label or self.name
        return f"{label} ({self.place})" if self.place else label


def printers_of(answer: Any) -> list[PrinterRow]:
    """The rows of an answer; what is no row is left out."""
    listed = answer.get("printers") if isinstance(answer, Mapping) else answer
    found: list[PrinterRow] = []
    for row in listed or []:
        try:
            found.append(msgspec.convert(row, PrinterRow))
        except msgspec.ValidationError:
            continue
    return found


def kind_words(kind: str) -> str:
    """How the kit reaches it."""
    return {
        "usb": _("on this kit's USB"), "network": _("on the network"),
        "typed": _("by its address"), "queue": _("set up on this computer"),
    }.get(kind, "")  # fmt: skip


def place_words(row: PrinterRow) -> str:
    """Where it stands, as far as anybody said; never silence where nobody did."""
    if row.place:
        return _("Place: {place}").format(place=row.place)
    if row.kind == "usb":
        return _("Place: plugged into this kit")
    return _("Place not given: look at the printer's own label")


def lines_of(row: PrinterRow) -> tuple[str, str]:
    """Two lines of a list: what it is called, and where and how."""
    model = row.model if row.model != row.label else ""
    return row.label or row.name, " · ".join(
        filter(None, (place_words(row), model, kind_words(row.kind)))
    )
