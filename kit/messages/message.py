"""Sending a message: who may, to whom, how urgent; and the addresses to choose from.

Not for: reading threads (`thread`), acknowledging (`receipt`).
"""

from __future__ import annotations

import msgspec

from kit.core.address import CELL, EVERY, parse_address, parse_addresses, units_of
from kit.core.command import N_, Act, Command, Decision, accepted, command, rule, sentence
from kit.core.errors import Refused
from kit.core.projection import Reader
from kit.core.query import Asking, Query, Row, answers, query
from kit.core.receipt import Attempt, ReceiptFact, facts_of
from kit.core.text import translator
from kit.core.urgency import Priority, delays, flash_limit, flash_roles, role_name, roles
from kit.messages.channel import Channel, find_channel, wards_of
from kit.messages.patient_number import patient_number_in
from kit.messages.record import RECEIPTS, Message, MessageSent, find_message, messages_where

_ = translator("messages")

TEXT_LIMIT = 2000
ASK_LIMIT = 120
ADDRESS_LIMIT = 40
WARD_ROLES = ("MED", "CAD", "IDE", "AS")
CELL_ROLES = ("DIR", "SI", "MED", "PHA", "CAD", "DPO", "COM", "LOG")

NO_CHANNEL = sentence(
    "message.no_channel",
    N_("This kit has no such channel ({channel}). Nothing was sent. Choose one of the list."),
)
NOT_WRITER = sentence(
    "message.not_writer",
    N_("Your profession ({role}) does not write in {channel}. Nothing was sent. Choose another."),
)
EMPTY = sentence("message.empty", N_("A message needs a text. Nothing was sent."))
TOO_LONG = sentence(
    "message.too_long",
    N_("This message is too long ({length} characters, at most {limit}). Nothing was sent."),
)
BAD_PRIORITY = sentence(
    "message.bad_priority",
    N_("There are four priorities: {list}. Nothing was sent. Choose one of them."),
)
BAD_ADDRESS = sentence(
    "message.bad_address",
    N_("{address} is nobody's address here. Nothing was sent. Choose from the list."),
)
NOT_FLASH = sentence(
    "message.not_flash",
    N_("Only the crisis cell ({list}) sends FLASH. Nothing was sent. Use URGENT, or call."),
)
TOO_MANY_FLASH = sentence(
    "message.too_many_flash",
    N_(
        "{count} FLASH messages still wait for an answer, which is as many as a ward can heed."
        " Nothing was sent. Settle one of them first: call, or send a courier."
    ),
)
PATIENT_NUMBER = sentence(
    "message.patient_number",
    N_(
        "The text seems to hold a patient's number ({number}), and {channel} is read outside the"
        " ward. Nothing was sent. Take it out, or confirm that it is none."
    ),
)
NOT_AUTHOR = sentence(
    "message.not_author",
    N_("Only its author corrects a message, in the same channel. Nothing was sent."),
)
EXPECTS_WITHOUT_ASK = sentence(
    "message.expects_without_ask",
    N_("Say what is to be read back, not only the value. Nothing was sent."),
)


@command("message.send", action="message")
class SendMessage(Command):
    """Write in a channel. to: addresses `role@unit`, empty = the channel's own readers.

    priority: `flash`, `urgent`, `routine`, `info`; ask: what is to be read back, expects: the value
    that must come back (empty = any); needs_ack: None = as the priority says; ack_by: UTC ms, 0 =
    as the priority says; corrects: an own message that this one replaces; confirmed: codes of
    refusals that the person has read and overrules (`message.patient_number`).
    """

    channel: str
    text: str
    priority: str = Priority.ROUTINE
    to: tuple[str, ...] = ()
    ask: str = ""
    expects: str = ""
    needs_ack: bool | None = None
    ack_by: int = 0
    corrects: str = ""
    confirmed: tuple[str, ...] = ()


class _State(msgspec.Struct, frozen=True):
    channel: Channel | None
    wards: dict[str, str]
    old: Message | None
    open_flash: int


def _load(db: Reader, ask: SendMessage, _act: Act) -> _State:
    wards = wards_of(db)
    return _State(
        channel=find_channel(ask.channel, wards), wards=wards,
        old=find_message(db, ask.corrects) if ask.corrects else None,
        open_flash=len(open_flash(db, wards)) if ask.priority == Priority.FLASH else 0,
    )  # fmt: skip


def open_flash(db: Reader, wards: dict[str, str]) -> list[Message]:
    """FLASH messages that some unit has neither acknowledged nor been called or sent a courier."""
    found = messages_where(db, "m.priority='flash' and m.needs_ack=1 order by m.lam desc limit 50")
    facts = facts_of(db, RECEIPTS, [message.id for message in found])
    return [
        message
        for message in found
        if not message.corrected_by
        and any(not _settled(unit, facts[message.id]) for unit in expected_units(message, wards))
    ]


def _settled(unit: str, facts: list[ReceiptFact]) -> bool:
    ways = (Attempt.PHONED, Attempt.CARRIED)
    return any(f.unit == unit and (f.state in ways or f.is_answer) for f in facts)


def expected_units(message: Message, wards: dict[str, str]) -> tuple[str, ...]:
    """The units that a message waits for: all that it names but the one it came from.

    Whoever writes to their own unit alone (the cell to itself) does wait for it.
    """
    named = units_of(parse_addresses(message.to), tuple(wards))
    others = tuple(unit for unit in named if unit != message.unit)
    return others or named


@rule(SendMessage, load=_load)
def send(state: _State, ask: SendMessage, act: Act) -> Decision | Refused:
    """A message has a channel that its author may write in, a text, and somebody to read it."""
    channel = state.channel
    if channel is None or not channel.is_offered(act.unit):
        return NO_CHANNEL(channel=ask.channel)
    if not channel.may_write(act.role):
        return NOT_WRITER(role=act.role, channel=channel.name)
    to = tuple(dict.fromkeys(ask.to or channel.default))
    refused = (
        _check_text(ask)
        or _check_addresses(to, state.wards)
        or _check_priority(state, ask, act)
        or _check_reach(state, ask, act)
    )
    if refused:
        return refused
    asked = delays(ask.priority).needs_ack if ask.needs_ack is None else ask.needs_ack
    message = act.new_id()
    sent = MessageSent(
        room=channel.room, message=message, text=ask.text.strip(), priority=ask.priority, to=to,
        role=act.role, unit=act.unit, kit=act.kit, ask=ask.ask.strip(),
        expects=ask.expects.strip(), needs_ack=asked or bool(ask.ask.strip()), ack_by=ask.ack_by,
        corrects=ask.corrects,
    )  # fmt: skip
    base = (state.old.n,) if state.old else ()
    return accepted(sent, base=base, message=message)


def _check_text(ask: SendMessage) -> Refused | None:
    if not ask.text.strip():
        return EMPTY()
    if ask.expects.strip() and not ask.ask.strip():
        return EXPECTS_WITHOUT_ASK()
    for text, limit in ((ask.text, TEXT_LIMIT), (ask.ask, ASK_LIMIT), (ask.expects, ASK_LIMIT)):
        if len(text.strip()) > limit:
            return TOO_LONG(length=len(text.strip()), limit=limit)
    return None


def _check_addresses(to: tuple[str, ...], wards: dict[str, str]) -> Refused | None:
    if len(to) > ADDRESS_LIMIT:
        return TOO_LONG(length=len(to), limit=ADDRESS_LIMIT)
    for text in to:
        address = parse_address(text)
        known_unit = address is not None and (
            address.unit in (EVERY, CELL) or address.unit in wards
        )
        if address is None or not known_unit or address.role not in (EVERY, *roles()):
            return BAD_ADDRESS(address=text[:60])
    return None


def _check_priority(state: _State, ask: SendMessage, act: Act) -> Refused | None:
    if ask.priority not in set(Priority):
        return BAD_PRIORITY(list=", ".join(Priority))
    if ask.priority != Priority.FLASH:
        return None
    if act.role not in flash_roles():
        return NOT_FLASH(list=", ".join(flash_roles()))
    return TOO_MANY_FLASH(count=state.open_flash) if state.open_flash >= flash_limit() else None


def _check_reach(state: _State, ask: SendMessage, act: Act) -> Refused | None:
    old, channel = state.old, state.channel
    if ask.corrects and (
        old is None or old.actor != act.actor or (channel and old.room != channel.room)
    ):
        return NOT_AUTHOR()
    if channel is None or channel.clinical or PATIENT_NUMBER.code in ask.confirmed:
        return None
    number = patient_number_in(ask.text, ask.ask, ask.expects)
    return PATIENT_NUMBER(number=number, channel=channel.name) if number else None


class AddresseeRow(Row):
    """Somebody to write to. address: `role@unit`; unit: its part after the `@`; name: in words."""

    address: str
    unit: str
    role: str
    name: str


@query("message.addressees", action="message")
class Addressees(Query):
    """Every address that a message or directive may name: the cell, all wards, then each ward."""


@answers(Addressees)
def addressees(db: Reader, _question: Addressees, _asking: Asking) -> list[AddresseeRow]:
    """Answer `message.addressees`."""
    places = [(CELL, _("Crisis cell"), CELL_ROLES), (EVERY, _("All wards"), WARD_ROLES)]
    places += [(code, name, WARD_ROLES) for code, name in sorted(wards_of(db).items())]
    return [
        AddresseeRow(
            address=f"{role}@{unit}", unit=unit, role=role,
            name=address_name(role, name),
        )
        for unit, name, unit_roles in places
        for role in (EVERY, *unit_roles)
    ]  # fmt: skip


def address_name(role: str, unit_name: str) -> str:
    """`Cardiologie — médecin`, or the unit alone where everybody there is meant."""
    return unit_name if role == EVERY else f"{unit_name} — {role_name(role)}"


def unit_name(unit: str, wards: dict[str, str]) -> str:
    """A unit in words."""
    if unit == CELL:
        return _("Crisis cell")
    return _("All wards") if unit == EVERY else wards.get(unit, unit)


def address_names(to: tuple[str, ...], wards: dict[str, str]) -> tuple[str, ...]:
    """Addresses in words."""
    return tuple(address_name(a.role, unit_name(a.unit, wards)) for a in parse_addresses(to))
