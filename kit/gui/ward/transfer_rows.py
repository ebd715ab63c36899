"""A transfer in words: which ward can receive, what travels, whether it arrived; no Qt.

Not for: asking or sending (`sheet_transfer`), whose record it is (the banner says it).
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from kit.core.clock import MINUTE, hhmm, moment_text
from kit.core.quantity import number_text
from kit.core.text import plural_translator, translator
from kit.gui.shared.exchange_rows import (
    CONNECTED,
    REACHABLE,
    PeerRow,
    seen_text,
    state_sign,
    state_word,
)
from kit.gui.states import Explained
from kit.gui.tone import Tone
from kit.gui.ward import formats
from kit.gui.widgets.banner import AllergyState
from kit.ward import words
from kit.ward.allergy import AllergyRow
from kit.ward.prescription import PrescriptionRow
from kit.ward.round import RoundRow, SlotRow

_ = translator("gui_ward")
ngettext = plural_translator("gui_ward")

MOST_DUE = 5
OPEN = ("late", "planned", "to_check")
Line = tuple[str, Tone]


class KitRow(msgspec.Struct, frozen=True):
    """A kit of a ward that may receive. seen_ms: UTC ms, 0 never."""

    label: str
    state: str = ""
    seen_ms: int = 0


class WardChoice(msgspec.Struct, frozen=True):
    """A ward that may receive, and its kits."""

    ward: str
    name: str
    kits: tuple[KitRow, ...] = ()


class Preview(msgspec.Struct, frozen=True):
    """What `transfer.preview` answers."""

    entries: int = 0
    kits: tuple[str, ...] = ()


class Receipt(msgspec.Struct, frozen=True):
    """A kit that opened the record."""

    label: str
    at: int


class RecordRow(msgspec.Struct, frozen=True):
    """A row of `record.list`: times UTC ms, 0 = not yet."""

    parcel: str
    patient: str
    ward: str
    ward_name: str
    source_name: str
    at: int
    family: str = ""
    given: str = ""
    birth_date: str = ""
    by: str = ""
    told: str = ""
    entries: int = 0
    received: tuple[Receipt, ...] = ()
    arrived: int = 0
    arrived_by: str = ""
    incoming: bool = False
    ours: bool = False


# -- where it may go ------------------------------------------------------------------------------


def ward_lines(choice: WardChoice, now_ms: int) -> str:
    """`Urgences (URG)`, and beneath it how its kits are reached; the best one first."""
    title = f"{choice.name} ({choice.ward})" if choice.name != choice.ward else choice.ward
    if not choice.kits:
        return f"{title}\n" + _("◌ no kit: send the paper with the patient")
    kits = sorted(choice.kits, key=lambda kit: (_rank(kit.state), -kit.seen_ms))
    return "\n".join([title, *(_kit_line(kit, now_ms) for kit in kits[:2]), *_more(len(kits) - 2)])


def _more(count: int) -> list[str]:
    said = ngettext("and {count} more kit", "and {count} more kits", max(1, count))
    return [said.format(count=count)] if count > 0 else []


def _rank(state: str) -> int:
    return {CONNECTED: 0, REACHABLE: 1}.get(state, 2)


def _kit_line(kit: KitRow, now_ms: int) -> str:
    peer = PeerRow(device="", state=kit.state, seen_ms=kit.seen_ms)
    said = [f"{state_sign(kit.state)} {kit.label}", state_word(kit.state), seen_text(peer, now_ms)]
    return " · ".join(part for part in said if part)


def in_reach(choice: WardChoice) -> bool:
    """Whether a kit of the ward is connected now."""
    return any(kit.state == CONNECTED for kit in choice.kits)


# -- what travels ---------------------------------------------------------------------------------


def entries_line(count: int) -> str:
    """How many entries go, in words."""
    said = ngettext(
        "{count} entry: everything that this kit can read of this patient",
        "{count} entries: everything that this kit can read of this patient",
        count,
    )
    return said.format(count=number_text(str(count)))


def allergy_line(row: AllergyRow) -> Line:
    """The allergies, or which kind of nothing is known."""
    state = formats.ALLERGY_STATES[row.state]
    if state is AllergyState.KNOWN:
        listed = " · ".join(formats.substances(row.items))
        return _("Allergies: {list}").format(list=listed), Tone.CRITICAL
    said = {
        AllergyState.NONE_KNOWN: _("Allergies: none known"),
        AllergyState.NOT_RECORDED: _("Allergies: not collected"),
    }
    return said.get(state, _("Allergies: not in the extract")), Tone.NORMAL


def orders_line(rows: Sequence[PrescriptionRow]) -> str:
    """Prescriptions in force, and how many are suspended."""
    going = sum(row.status not in ("stopped", "suspended", "draft") for row in rows)
    held = sum(row.status == "suspended" for row in rows)
    said = ngettext("{count} prescription in force", "{count} prescriptions in force", going)
    text = said.format(count=going)
    if held:
        more = ngettext("{count} order suspended", "{count} orders suspended", held)
        text = f"{text}, {more.format(count=held)}"
    return text


def due_lines(rows: Sequence[RoundRow], now_ms: int) -> list[Line]:
    """Doses that nobody recorded, the earliest first: the other ward has to know."""
    slots = sorted(
        (slot for row in rows for slot in row.slots if slot.status in OPEN),
        key=lambda slot: (slot.due, slot.generic),
    )
    if not slots:
        return [(_("No dose is due in the next hours."), Tone.NORMAL)]
    lines = [_due(slot, now_ms) for slot in slots[:MOST_DUE]]
    rest = len(slots) - MOST_DUE
    if rest > 0:
        said = ngettext("and {count} dose later", "and {count} doses later", rest)
        lines.append((said.format(count=rest), Tone.MUTED))
    return lines


def _due(slot: SlotRow, now_ms: int) -> Line:
    drug = " ".join(part for part in (slot.generic, slot.amount) if part)
    late = slot.status == "late" or slot.due < now_ms - MINUTE
    words_ = _("LATE since {time}: {drug}") if late else _("Due {time}: {drug}")
    said = words_.format(time=hhmm(slot.due), drug=drug)
    return said, Tone.WARNING if late else Tone.NORMAL


# -- what became of it ----------------------------------------------------------------------------


def who_text(row: RecordRow) -> str:
    """`LEFÈVRE, Noémie, 03/03/1942`: two traits, never a name alone."""
    name = formats.full_name(row.family, row.given)
    born = words.birth_text(row.birth_date)
    return _("{name}, born {date}").format(name=name, date=born) if born else name


def received_text(row: RecordRow, now_ms: int) -> str:
    """`received by URG 1 at 08:12`, or that it was not yet."""
    if not row.received:
        return _("not received yet")
    first = row.received[0]
    said = _("received by {kit} at {time}").format(
        kit=first.label, time=moment_text(first.at, now_ms)
    )
    rest = len(row.received) - 1
    if rest > 0:
        more = ngettext("and {count} more kit", "and {count} more kits", rest)
        said = f"{said} {more.format(count=rest)}"
    return said


def sent_line(row: RecordRow, now_ms: int) -> str:
    """When it left, by whose hand, whether it was received."""
    left = _("Left at {time}").format(time=moment_text(row.at, now_ms))
    said = [f"{left} ({row.by})" if row.by else left, received_text(row, now_ms)]
    return ", ".join(said) + "."


def outgoing(row: RecordRow, now_ms: int) -> Explained:
    """For the ward that sent: where the patient is said to be."""
    if row.arrived:
        head = _("{who} is in ward {ward}.")
        lines = [sent_line(row, now_ms), _arrived(row, now_ms)]
        todo = ""
    else:
        head = _("In transit to {ward}: {who}.")
        lines = [sent_line(row, now_ms), _("Nobody there has said yet that the patient arrived.")]
        todo = "" if row.received else _(
            "The record leaves by itself as soon as a kit of that ward is in reach, or by USB stick"
            " (F9). Until then their doses are this ward's; send the printed sheet along."
        )  # fmt: skip
    if row.told:
        lines.append(_("Handed over aloud to {name}.").format(name=row.told))
    happened = head.format(who=who_text(row), ward=row.ward_name)
    return Explained(happened, " ".join(lines), todo)


def _arrived(row: RecordRow, now_ms: int) -> str:
    when = moment_text(row.arrived, now_ms)
    if not row.arrived_by:
        return _("Arrival confirmed at {time}.").format(time=when)
    return _("Arrival confirmed at {time} by {name}.").format(time=when, name=row.arrived_by)


def incoming(row: RecordRow, now_ms: int) -> Explained:
    """For the ward that receives: whose record came, and what is to be done."""
    if row.arrived:
        head = _("Record received from {ward}: {who}.")
        return Explained(
            head.format(ward=row.source_name, who=who_text(row)), _arrived(row, now_ms)
        )
    said = [_("Left at {time}").format(time=moment_text(row.at, now_ms)) + "."]
    if row.told:
        said.append(_("Handed over aloud to {name}.").format(name=row.told))
    head = _("Record received from {ward}: {who}.")
    return Explained(
        head.format(ward=row.source_name, who=who_text(row)),
        " ".join([*said, _("The patient is announced here, without a bed.")]),
        _("On arrival: check name and birth date, then give a bed."),
    )
