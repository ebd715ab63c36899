"""What the node says of channels, messages, receipts and directives; rows of its queries, no Qt.

Times are UTC ms, 0 = not yet. Not for: who is addressed or what is overdue (the node says it).
"""

from __future__ import annotations

import msgspec

FLASH, URGENT, ROUTINE, INFO = "flash", "urgent", "routine", "info"
PRIORITIES = (FLASH, URGENT, ROUTINE, INFO)
DIRECTIVES = "directives"
"""The line above the channels: the directives in force."""


class ChannelRow(msgspec.Struct, frozen=True):
    """A channel that this person may read; `open` counts what waits for their acknowledgement."""

    channel: str
    kind: str = ""
    name: str = ""
    unit: str = ""
    unread: int = 0
    unread_worst: str = ""
    open: int = 0
    last_at: int = 0
    may_write: bool = True
    clinical: bool = False


class MessageRow(msgspec.Struct, frozen=True):
    """A message as its reader sees it; `state` is the least far of the units that it is for.

    `claim`: this person may acknowledge it now and nobody of this unit has; `kit` is a number.
    """

    message: str
    channel: str = ""
    at: int = 0
    author: str = ""
    author_name: str = ""
    role: str = ""
    unit_name: str = ""
    text: str = ""
    priority: str = ROUTINE
    to: tuple[str, ...] = ()
    to_names: tuple[str, ...] = ()
    ask: str = ""
    needs_ack: bool = False
    ack_by: int = 0
    mine: bool = False
    for_me: bool = False
    claim: bool = False
    shown: bool = False
    acknowledged_at: int = 0
    acknowledged_by: str = ""
    readback: str = ""
    state: str = "written"
    kits: int = 0
    shown_kits: int = 0
    acked: int = 0
    expected: int = 0
    step: str = ""
    phone: str = ""
    code: str = ""
    corrects: str = ""
    corrected_by: str = ""


class LinkRow(msgspec.Struct, frozen=True):
    """An earlier wording of a directive, and when it was replaced."""

    directive: str
    title: str = ""
    text: str = ""
    author_name: str = ""
    at: int = 0
    ended_at: int = 0


class DirectiveRow(msgspec.Struct, frozen=True):
    """A directive; only the one in force counts, `chain` holds what it replaced, older first.

    `conflicts_with`: others in force that replaced the same one; `my_state`: of this kit's unit.
    """

    directive: str
    template: str = ""
    title: str = ""
    text: str = ""
    priority: str = URGENT
    author_name: str = ""
    role: str = ""
    at: int = 0
    until: int = 0
    ack_by: int = 0
    units: tuple[str, ...] = ()
    unit_names: tuple[str, ...] = ()
    ask: str = ""
    in_force: bool = True
    ended_at: int = 0
    ended_by: str = ""
    ended_why: str = ""
    chain: tuple[LinkRow, ...] = ()
    conflicts_with: tuple[str, ...] = ()
    acked: int = 0
    done: int = 0
    impossible: int = 0
    expected: int = 0
    for_me: bool = False
    claim: bool = False
    shown: bool = False
    acknowledged_at: int = 0
    acknowledged_by: str = ""
    my_state: str = ""
    step: str = ""
    phone: str = ""
    code: str = ""


class ReceiptRow(msgspec.Struct, frozen=True):
    """How far a message or a directive came at one unit."""

    unit: str
    name: str = ""
    state: str = "written"
    at: int = 0
    by_name: str = ""
    readback: str = ""
    misread: int = 0
    reason: str = ""
    route: str = ""
    step: str = ""
    phone: str = ""
    code: str = ""


class ClaimRow(msgspec.Struct, frozen=True):
    """What stands above every screen until it is acknowledged: a message or a directive."""

    kind: str
    key: str
    priority: str = URGENT
    title: str = ""
    text: str = ""
    channel: str = ""
    author_name: str = ""
    role: str = ""
    at: int = 0
    ack_by: int = 0
    ask: str = ""


class AddresseeRow(msgspec.Struct, frozen=True):
    """A role at a unit that can be addressed, `MED@CARD`, and how it is called."""

    address: str
    name: str = ""


class TemplateRow(msgspec.Struct, frozen=True):
    """A directive prepared beforehand; `ack_min`: 0, by priority."""

    template: str
    title: str = ""
    text: str = ""
    priority: str = URGENT
    ask: str = ""
    ack_min: int = 0
