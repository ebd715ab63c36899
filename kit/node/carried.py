"""A message or a directive as a sheet that a courier carries: its words, its units, their codes.

Only what this person may read on this kit; the code is the one that the kit that sent it expects
back. Not for: the form (`kit.paper.forms.MESS`), nor recording that a courier left.
"""

from __future__ import annotations

from typing import Any

import msgspec

from kit.core.address import CELL
from kit.core.clock import moment_text
from kit.core.courier_code import courier_code
from kit.core.errors import Refused
from kit.core.receipt import RANK, ReceiptRow, ReceiptState
from kit.core.text import translator
from kit.messages.record import find_message
from kit.node.desk import Desk, Who
from kit.paper.fields import CarriedLine, CarriedTo, WardPack

_ = translator("cli")

FORM = "MESS"
ACTION = "message"
BY_HAND = "\u00a0\n\u00a0\n\u00a0"
"""Three empty lines: room for a name, a time and a signature."""


def carried(
    desk: Desk, args: dict[str, Any], who: Who
) -> tuple[tuple[CarriedLine, ...], tuple[CarriedTo, ...]]:
    """The lines of the sheet and the units that have not answered; both empty where unknown."""
    if "directive" in args:
        return _directive(desk, str(args["directive"]), who)
    return _message(desk, str(args.get("message") or ""), who)


def laid_into(
    pack: WardPack, lines: tuple[CarriedLine, ...], units: tuple[CarriedTo, ...]
) -> WardPack:
    """The pack of one carried message: no patient on it, and a steering kit names the cell."""
    made = msgspec.structs.replace(pack, carried=lines, carried_to=units, patients=())
    if made.ward_code:
        return made
    return msgspec.structs.replace(made, ward_code=CELL, ward_name=_("Crisis cell"))


def _message(
    desk: Desk, key: str, who: Who
) -> tuple[tuple[CarriedLine, ...], tuple[CarriedTo, ...]]:
    rows = desk.ask("message.receipts", {"message": key}, who)
    found = find_message(desk.kit.db, key)
    if isinstance(rows, Refused) or not rows or found is None:
        return (), ()
    said = (found.name, found.at, found.text, found.ask)
    return _lines(desk, "", *said), _units(rows, key, found.text)


def _directive(
    desk: Desk, key: str, who: Who
) -> tuple[tuple[CarriedLine, ...], tuple[CarriedTo, ...]]:
    listed = desk.ask("directive.list", {"ended": True}, who)
    rows = desk.ask("directive.receipts", {"directive": key}, who)
    if isinstance(listed, Refused) or isinstance(rows, Refused):
        return (), ()
    found = next((row for row in listed if row.directive == key), None)
    if found is None:
        return (), ()
    said = (found.author_name, found.at, found.text, found.ask)
    return _lines(desk, found.title, *said), _units(rows, key, found.text)


def _lines(
    desk: Desk, title: str, name: str, at: int, text: str, ask: str
) -> tuple[CarriedLine, ...]:
    pairs = (
        (_("From"), name),
        (_("Written"), moment_text(at, desk.now())),
        (_("Directive"), title),
        (_("Text"), text),
        (_("To be read back"), ask),
    )
    return tuple(CarriedLine(label, said) for label, said in pairs if said)


def _units(rows: list[ReceiptRow], key: str, text: str) -> tuple[CarriedTo, ...]:
    answered = RANK[ReceiptState.ACKNOWLEDGED]
    return tuple(
        CarriedTo(
            row.name or row.unit, row.phone, courier_code(key, row.unit, text), signed=BY_HAND
        )
        for row in rows
        if RANK[ReceiptState(row.state)] < answered
    )
