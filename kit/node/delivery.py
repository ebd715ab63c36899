"""What this kit says by itself of messages and directives: that it has them, that it showed them.

`handed` is written once for each that arrives from another kit, many in one entry; `shown` when a
screen says that it stood in sight for three seconds in an open window. Both are a machine's word
and acknowledge nothing. `message.shown {items}` takes ids of messages and directives alike and may
be called again. Not for: signing (`kit.messages.receipt`, `kit.steering.directive_receipt`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from kit.core.address import CELL, parse_addresses
from kit.core.event import Event
from kit.core.receipt import ReceiptState
from kit.messages.channel import find_channel, wards_of
from kit.messages.record import MessageHanded
from kit.node.desk import NOBODY, Desk, Who
from kit.steering.directive import directives
from kit.steering.directive_receipt import DirectiveHanded

if TYPE_CHECKING:
    from kit.node.service import Node

LEAST_MS = 2_000
PAGE = 500
ITEMS_IN_ENTRY = 200
NEWS = frozenset({"message", "directive"})


class Delivery:
    """The receipts of one open kit."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._due = True
        self._last_ms: int | None = None

    def heard(self, topics: set[str]) -> None:
        """Something was recorded or came from another kit."""
        if topics & NEWS:
            self._due = True

    def tick(self, steady_ms: int) -> int:
        """Say of what has arrived that it is here; how many. At most once in two seconds."""
        waited = LEAST_MS if self._last_ms is None else steady_ms - self._last_ms
        if not self._due or waited < LEAST_MS or not self.desk.unit:
            return 0
        self._last_ms = steady_ms
        rooms, items = self._arrived_messages(), self._arrived_directives()
        said = self._record(rooms, items, ReceiptState.HANDED, NOBODY)
        self._due = False  # its own receipts are no news to it
        return said

    def shown(self, items: list[str], who: Who) -> int:
        """A screen showed these to somebody who is signed in; how many are newly so."""
        db, kit = self.desk.kit.db, self.desk.kit_id
        rooms: dict[str, list[str]] = {}
        directive_ids: list[str] = []
        for item in dict.fromkeys(items[:ITEMS_IN_ENTRY]):
            if found := db.row("select room, kit from message where id=?", item):
                if found[1] != kit and not self._said("message_receipt", item):
                    rooms.setdefault(found[0], []).append(item)
            elif db.row("select 1 from directive where id=?", item) and not self._said(
                "directive_receipt", item
            ):
                directive_ids.append(item)
        return self._record(rooms, directive_ids, ReceiptState.SHOWN, who)

    def _said(self, table: str, item: str) -> bool:
        return self.desk.kit.db.row(
            f"select 1 from {table} where item=? and kit=? and state='shown'",  # noqa: S608
            item, self.desk.kit_id,
        ) is not None  # fmt: skip

    def _arrived_messages(self) -> dict[str, list[str]]:
        """Room → messages of other kits of which this one has said nothing yet.

        Pages from the newest on, until one holds nothing new: the cost does not grow with years.
        """
        db, kit, unit = self.desk.kit.db, self.desk.kit_id, self.desk.unit
        wards = wards_of(db)
        rooms: dict[str, list[str]] = {}
        offset = 0
        while True:
            page = db.rows(
                """select m.room, m.id, m.kit, exists(select 1 from message_receipt r
                     where r.item=m.id and r.kit=? and r.state in ('handed', 'shown'))
                   from message m order by m.lam desc limit ? offset ?""",
                kit, PAGE, offset,
            )  # fmt: skip
            new = [(room, item) for room, item, author, said in page if author != kit and not said]
            shown = {room: self._is_offered(room, wards, unit) for room in {one[0] for one in new}}
            new = [one for one in new if shown[one[0]]]
            for room, item in new:
                rooms.setdefault(room, []).append(item)
            if not new or len(page) < PAGE:
                return rooms
            offset += PAGE

    @staticmethod
    def _is_offered(room: str, wards: dict[str, str], unit: str) -> bool:
        channel = find_channel(room, wards)
        return channel is not None and channel.is_offered(unit)

    def _arrived_directives(self) -> list[str]:
        db, kit, unit, now = (
            self.desk.kit.db, self.desk.kit_id, self.desk.unit, self.desk.now(),
        )  # fmt: skip
        said = {
            row[0]
            for row in db.rows(
                """select item from directive_receipt
                   where kit=? and state in ('handed', 'shown')""",
                kit,
            )
        }
        return [
            one.id
            for one in directives(db).values()
            if one.id not in said
            and one.kit != kit
            and one.in_force(now)
            and (unit == CELL or any(a.names(unit) for a in parse_addresses(one.to)))
        ]

    def _record(
        self, rooms: dict[str, list[str]], directive_ids: list[str], state: str, who: Who
    ) -> int:
        unit, kit = self.desk.unit, self.desk.kit_id
        told: list[tuple[Event, str]] = []
        for room, items in sorted(rooms.items()):
            for start in range(0, len(items), ITEMS_IN_ENTRY):
                part = tuple(items[start : start + ITEMS_IN_ENTRY])
                said = MessageHanded(room=room, state=state, unit=unit, kit=kit, items=part)
                told.append((said, ""))
        for start in range(0, len(directive_ids), ITEMS_IN_ENTRY):
            part = tuple(directive_ids[start : start + ITEMS_IN_ENTRY])
            told.append((DirectiveHanded(state=state, unit=unit, kit=kit, items=part), ""))
        if told:
            self.desk.record(told, who)
        return sum(map(len, rooms.values())) + len(directive_ids)


def _shown(node: Node, args: dict[str, Any]) -> dict[str, int]:
    who = node.sitting.who
    items = [str(item) for item in args.get("items") or args.get("messages") or ()]
    return {"shown": Delivery(node.desk).shown(items, who) if who.person else 0}


SERVICES: dict[str, Callable[[Node, dict[str, Any]], Any]] = {"message.shown": _shown}
