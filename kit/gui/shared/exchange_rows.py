"""What the node says of other kits, and how a person reads it: state, rung, gap, clock; no Qt.

Not for: asking (the screen) nor deciding who is in reach (the node). Thresholds only warn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from kit.core.clock import DAY, MINUTE, ClockQuality, span_text
from kit.core.folding import fold
from kit.core.quantity import NBSP, number_text
from kit.core.text import plural_translator, translator
from kit.gui.tone import Tone

_ = translator("gui_exchange")
ngettext = plural_translator("gui_exchange")

EVEN_MS = 5_000
"""Clocks that differ by less read the same."""
OFF_MS = 2 * MINUTE
"""Clocks that differ by more make times of care doubtful (sync.md §4.3)."""
SENSELESS_MS = 400 * DAY
LATE_MS = 15 * MINUTE

HERE, CONNECTED, REACHABLE, KNOWN, NEVER, REVOKED = (
    "self", "connected", "reachable", "known", "never", "revoked",
)  # fmt: skip
PENDING, UNCONFIRMED = "pending", "unconfirmed"
OUTSIDE = (REVOKED, PENDING, UNCONFIRMED)
"""Nothing is exchanged with these."""


_SIGNS = {
    HERE: "■", CONNECTED: "●", REACHABLE: "◐", KNOWN: "○", REVOKED: "✕", PENDING: "◇",
    UNCONFIRMED: "△",
}  # fmt: skip


class PeerRow(msgspec.Struct, frozen=True):
    """One kit of the fleet. Times UTC ms or 0; counts of entries or None where not known.

    ahead: it has, this kit lacks; behind: this kit has, it lacks; offset_ms: its clock less ours.
    """

    device: str
    label: str = ""
    role: str = ""
    wards: tuple[str, ...] = ()
    state: str = NEVER
    rung: str = ""
    address: str | None = ""
    seen_ms: int | None = 0
    exchanged_ms: int | None = 0
    ahead: int | None = None
    behind: int | None = None
    unread: int | None = None
    offset_ms: int | None = None
    clk: int | None = 0
    version: str | None = ""
    trouble: str | None = ""
    text: str | None = ""
    by: tuple[str, ...] = ()
    revoked_by: tuple[str, ...] = ()


class RefusedCount(msgspec.Struct, frozen=True):
    """Entries that were not taken, by reason."""

    code: str = ""
    count: int = 0
    text: str = ""


class Reach(msgspec.Struct, frozen=True):
    """The part of the node's `status` that is about other kits; every field may be missing."""

    peers: int = 0
    unsent: int = 0
    unsent_since_ms: int | None = None
    exchanged_ms: int | None = None
    steering_seen_ms: int | None = None
    network: str = "ok"
    network_text: str = ""
    discovery: str = "ok"
    conflicts: int = 0
    quarantined: int = 0
    unknown_events: int = 0
    refused: tuple[RefusedCount, ...] = ()


def reach_of(status: Mapping[str, Any]) -> Reach:
    """The status as a `Reach`; fields that came as None read as not said."""
    return msgspec.convert(
        {key: value for key, value in status.items() if value is not None}, Reach
    )


def figure(count: int) -> str:
    """A count as people read it: `12 345`."""
    return number_text(str(count))


def entries_text(count: int) -> str:
    """`3 entries`."""
    return ngettext("{count} entry", "{count} entries", count).format(count=figure(count))


# -- the words of a row ---------------------------------------------------------------------------


def state_sign(state: str) -> str:
    """The shape of a state."""
    return _SIGNS.get(state, "◌")


def state_word(state: str) -> str:
    """The state in words."""
    return {
        HERE: _("this kit"),
        CONNECTED: _("connected"),
        REACHABLE: _("in reach"),
        KNOWN: _("out of reach"),
        REVOKED: _("revoked"),
        PENDING: _("to be co-signed"),
        UNCONFIRMED: _("to be confirmed"),
    }.get(state, _("never seen"))


def rung_word(row: PeerRow) -> str:
    """How it is (or was last) reached."""
    words = {
        "mdns": _("found on the network"),
        "last": _("at its last address"),
        "gossip": _("address given by another kit"),
        "static": _("address set beforehand"),
        "typed": _("typed address"),
        "usb": _("by USB stick"),
    }
    return words.get(row.rung, "")


def role_word(role: str) -> str:
    """What a kit is for."""
    return {
        "steering": _("Crisis cell"),
        "ward": _("Ward"),
        "relay": _("Relay"),
        "viewer": _("Read only"),
        "recovery": _("Recovery (medical information)"),
    }.get(role, role)


def place_text(row: PeerRow) -> str:
    """Role and wards: `Ward · CARD, REA`; a kit for every ward says so."""
    wards = _("all wards") if "*" in row.wards else ", ".join(row.wards)
    return " · ".join(part for part in (role_word(row.role), wards) if part)


def name_of(row: PeerRow) -> str:
    """The kit's name, or the start of its number where it has none."""
    return row.label or _("Kit {number}").format(number=row.device[:6])


def number_groups(device: str) -> str:
    """The first signs of a kit's key in groups, for two people to compare."""
    short = device[:16].upper()
    return NBSP.join(short[at : at + 4] for at in range(0, len(short), 4))


def trouble_text(row: PeerRow) -> str:
    """Why a line failed, where that is more than being out of reach; a bare code stays readable.

    A line that fell silent, or that the other side closed (`bye:`), is no trouble of its own.
    """
    code = row.trouble or ""
    if not code or code == "silent" or code.startswith("bye:"):
        return ""
    return row.text or _("Reason: {code}").format(code=code)


def key_lines(row: PeerRow) -> list[tuple[str, Tone]]:
    """Whose word a kit waits for: to come in, or to be put out."""
    by = ", ".join(row.by)
    if row.state == PENDING:
        said = _("Proposed as a steering kit by {kits}: a second steering kit has to agree.")
        return [(said.format(kits=by), Tone.WARNING)]
    if row.state == UNCONFIRMED:
        said = _("Whoever took this kit in ({kits}) was put out: pair it again to confirm it.")
        return [(said.format(kits=by), Tone.WARNING)]
    if row.revoked_by and row.state != REVOKED:
        said = _("{kits} asks to revoke it: a second steering kit has to do the same.")
        return [(said.format(kits=", ".join(row.revoked_by)), Tone.WARNING)]
    return []


def exchange_text(row: PeerRow, now_ms: int) -> str:
    """How long ago entries went between the two."""
    if not row.exchanged_ms:
        return _("no exchange yet")
    past = now_ms - row.exchanged_ms
    if past < MINUTE:
        return _("just now")
    return _("{span} ago").format(span=span_text(past))


def seen_text(row: PeerRow, now_ms: int) -> str:
    """Where it is out of reach: since when."""
    if row.state in (CONNECTED, HERE) or not row.seen_ms:
        return ""
    past = max(0, now_ms - row.seen_ms)
    return _("seen {span} ago").format(span=span_text(past)) if past >= MINUTE else ""


def gap_lines(row: PeerRow) -> list[tuple[str, Tone]]:
    """What each lacks of the other, in words; one line where nothing is missing."""
    if row.state in OUTSIDE:
        ended = row.state == REVOKED
        said = _("nothing is exchanged") if ended else _("nothing is exchanged yet")
        return [(said, Tone.MUTED)]
    if row.ahead is None and row.behind is None:
        return [(_("gap not known"), Tone.MUTED)]
    lines = []
    lost = row.state != CONNECTED
    if row.ahead:
        said = ngettext("{count} entry to receive", "{count} entries to receive", row.ahead)
        lines.append((said.format(count=figure(row.ahead)), Tone.WARNING if lost else Tone.NORMAL))
    if row.behind:
        said = ngettext("{count} entry to hand over", "{count} entries to hand over", row.behind)
        lines.append((said.format(count=figure(row.behind)), Tone.WARNING if lost else Tone.NORMAL))
    return lines or [(_("✓ up to date"), Tone.MUTED)]


def clock_text(row: PeerRow) -> tuple[str, Tone]:
    """Its clock against ours: `same time`, `3 min ahead`; ≈ where no clock of the two is sure."""
    if row.offset_ms is None:
        return _("not compared"), Tone.MUTED
    apart = abs(row.offset_ms)
    if apart < EVEN_MS:
        return _mark(row, _("same time")), Tone.MUTED
    if apart >= SENSELESS_MS:
        return _("date cannot be right"), Tone.WARNING
    span = f"{apart // 1000}{NBSP}s" if apart < MINUTE else span_text(apart)
    words = _("{span} ahead") if row.offset_ms > 0 else _("{span} behind")
    return _mark(row, words.format(span=span)), Tone.WARNING if apart > OFF_MS else Tone.NORMAL


def _mark(row: PeerRow, words: str) -> str:
    return words if (row.clk or 0) >= ClockQuality.AGREED else f"≈{NBSP}{words}"


# -- order and counts -----------------------------------------------------------------------------


def worst_first(rows: Sequence[PeerRow]) -> list[PeerRow]:
    """Troubled kits, then lost ones, then those in reach; never seen and revoked ones last."""
    return sorted(rows, key=_rank)


def _rank(row: PeerRow) -> tuple[int, int, int, str]:
    places = {KNOWN: 1, REACHABLE: 2, CONNECTED: 3, NEVER: 4, REVOKED: 5, HERE: 6}
    places |= {PENDING: 1, UNCONFIRMED: 1}
    place = places.get(row.state, 4)
    if trouble_text(row) and row.state not in (REVOKED, HERE):
        place = 0
    return place, 0 if row.role == "steering" else 1, row.exchanged_ms or 0, fold(name_of(row))


def others(rows: Sequence[PeerRow]) -> list[PeerRow]:
    """Every kit but this one."""
    return [row for row in rows if row.state != HERE]


def in_reach_text(rows: Sequence[PeerRow]) -> str:
    """`Kits connected: 3 of 14`."""
    counted = [row for row in others(rows) if row.state not in OUTSIDE]
    connected = sum(row.state == CONNECTED for row in counted)
    return _("Kits connected: {n} of {count}").format(n=connected, count=len(counted))


# -- what has not left, and what was set aside ----------------------------------------------------


def outbox_text(reach: Reach, now_ms: int) -> str:
    """`3 entries not handed to another kit yet, for 4 min`."""
    if not reach.unsent:
        return _("✓ Everything recorded here is also on another kit.")
    said = ngettext(
        "{count} entry not handed to another kit yet",
        "{count} entries not handed to another kit yet",
        reach.unsent,
    ).format(count=figure(reach.unsent))
    if not reach.unsent_since_ms or now_ms - reach.unsent_since_ms < MINUTE:
        return said
    span = span_text(now_ms - reach.unsent_since_ms)
    return _("{said}, for {span}").format(said=said, span=span)


def set_aside(reach: Reach) -> list[tuple[str, str]]:
    """(count in words, what that means) of everything that was not simply taken."""
    made = []
    if reach.quarantined:
        said = ngettext(
            "{count} entry to validate", "{count} entries to validate", reach.quarantined
        )
        means = _("Written by a kit after it was revoked: kept, shown to nobody until adopted.")
        made.append((said.format(count=figure(reach.quarantined)), means))
    if reach.unknown_events:
        said = ngettext(
            "{count} entry of a newer version", "{count} entries of a newer version",
            reach.unknown_events,
        )  # fmt: skip
        means = _("Kept and passed on; they can be read here once this kit is updated.")
        made.append((said.format(count=figure(reach.unknown_events)), means))
    made += [refused_line(one) for one in reach.refused if one.count]
    return made


def refused_line(one: RefusedCount) -> tuple[str, str]:
    """(count, reason) of entries that were refused; a bare code stays readable."""
    said = ngettext("{count} entry refused", "{count} entries refused", one.count)
    reason = one.text or _("Reason: {code}").format(code=one.code)
    return said.format(count=figure(one.count)), reason


# -- the ladder -----------------------------------------------------------------------------------


def ladder() -> list[tuple[str, str, str]]:
    """(rung, name, one sentence): how kits reach each other, the easiest first."""
    return [
        ("mdns", _("Same network"),
         _("Kits plugged into one network find each other, without server or Internet.")),
        ("last", _("Last addresses"),
         _("The kit calls again wherever a kit has answered before.")),
        ("gossip", _("From kit to kit"),
         _("A kit that is reached gives the addresses of those it sees.")),
        ("static", _("Addresses set beforehand"),
         _("Written into the kit when it was prepared.")),
        ("typed", _("Typed address"),
         _("Type the address that the other kit shows (Ctrl+D).")),
        ("cable", _("Cable between two kits"),
         _("One network cable, or a small switch: nothing to set.")),
        ("hotspot", _("Hotspot"),
         _("Share the connection of one computer, join it with the other.")),
        ("usb", _("USB stick"),
         _("Carry entries by hand; both ways (Ctrl+E, Ctrl+R).")),
    ]  # fmt: skip
