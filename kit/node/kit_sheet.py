"""The kits of the fleet on paper: what F9 shows, for whoever goes round with a cable or a stick.

Not for: the form (`kit.paper.forms.KITS`), nor what a screen says of a kit (`kit.gui`).
"""

from __future__ import annotations

from typing import Any

import msgspec

from kit.core.address import CELL
from kit.core.clock import moment_text
from kit.core.text import plural_translator, translator
from kit.node.desk import Desk
from kit.paper.fields import KitLine, WardPack

_ = translator("cli")
ngettext = plural_translator("cli")

FORM = "KITS"
ACTION = "read_figures"


def laid_into(pack: WardPack, desk: Desk) -> WardPack:
    """The pack of that sheet: no patient on it; a steering kit names the cell."""
    rows = desk.kits()
    lines = tuple(_line(row, desk.now()) for row in rows)
    made = msgspec.structs.replace(pack, kits=lines, patients=())
    if made.ward_code:
        return made
    return msgspec.structs.replace(made, ward_code=CELL, ward_name=_("Crisis cell"))


def _line(row: dict[str, Any], now_ms: int) -> KitLine:
    wards = ", ".join(row["wards"])
    role = " · ".join(part for part in (_role(row["role"]), wards) if part)
    number = row["device"][:16].upper()
    return KitLine(
        name="\n".join(part for part in (row["label"], role) if part),
        state="\n".join(part for part in (_state(row["state"]), _seen(row, now_ms)) if part),
        gap=_gap(row),
        address="\n".join(part for part in (row["address"], _grouped(number)) if part),
    )


def _role(role: str) -> str:
    return {
        "steering": _("Crisis cell"), "ward": _("Ward"), "relay": _("Relay"),
        "viewer": _("Read only"), "recovery": _("Recovery (medical information)"),
    }.get(role, role)  # fmt: skip


def _state(state: str) -> str:
    return {
        "self": _("this kit"), "connected": _("connected"), "reachable": _("in reach"),
        "known": _("out of reach"), "revoked": _("revoked"), "pending": _("to be co-signed"),
        "unconfirmed": _("to be confirmed"),
    }.get(state, _("never seen"))  # fmt: skip


def _seen(row: dict[str, Any], now_ms: int) -> str:
    if row["state"] in ("self", "revoked") or not row["exchanged_ms"]:
        return ""
    when = moment_text(row["exchanged_ms"], now_ms)
    return _("last exchange {moment}").format(moment=when)


def _gap(row: dict[str, Any]) -> str:
    if row["state"] == "self":
        return ""
    if row["ahead"] is None and row["behind"] is None:
        return _("not known")
    said = []
    if row["ahead"]:
        words = ngettext("{count} entry to receive", "{count} entries to receive", row["ahead"])
        said.append(words.format(count=row["ahead"]))
    if row["behind"]:
        words = ngettext(
            "{count} entry to hand over", "{count} entries to hand over", row["behind"]
        )
        said.append(words.format(count=row["behind"]))
    return "\n".join(said) or _("up to date")


def _grouped(number: str) -> str:
    return " ".join(number[at : at + 4] for at in range(0, len(number), 4))
