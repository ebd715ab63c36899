"""The printers of this kit: found while somebody looks, chosen once, kept in the encrypted store.

Nothing is looked for unless a person asks. Kept are name, place and identity, never what was
printed; the one that printed last comes first. Not for: the sheets (`printing`), IPP (`kit.paper`).
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from kit.core.errors import BadInput, KitError, Unavailable
from kit.node.network import read_plan
from kit.node.opening import OpenKit
from kit.node.sentences import text_of
from kit.node.settings import keep, kept
from kit.node.threaded import steps_of
from kit.node.work import WAIT, Progress, Sliced, Slow, Steps
from kit.paper import chosen as printers
from kit.paper import ipp, printer
from kit.paper.chosen import Chosen
from kit.paper.delivery import Outcome, Sheets, Way, hand_over, ready
from kit.paper.halt import Halt
from kit.paper.queues import is_ours
from kit.sync.mdns_printers import PrinterSearch
from kit.sync.printer_heard import Announced

if TYPE_CHECKING:
    from kit.node.service import Node


class Search(Protocol):
    """Listening for announcements (`kit.sync.mdns_printers`)."""

    failed: bool

    def start(self) -> None:
        """Listen from now on."""
        ...

    def rows(self) -> list[Announced]:
        """What has been heard."""
        ...

    def stop(self) -> None:
        """Listen no longer."""
        ...


JOB = "printers"
ROOM = "printers"
MOST_KEPT = 24
STEP_S = 0.2
SEARCH_STEPS = 150
"""Half a minute. It ends by itself: a forgotten window does not ask the network all night."""
USB_EVERY = 15
"""Steps from one look at USB to the next."""

_KINDS = {printers.USB, printers.NETWORK, printers.TYPED, printers.QUEUE}
WAY = Way()


def remembered(kit: OpenKit) -> list[Chosen]:
    """The printers that were chosen here, the last one used first."""
    stored = kept(kit.db, ROOM)
    return msgspec.msgpack.decode(stored, type=list[Chosen]) if stored else []


def remember(kit: OpenKit, one: Chosen) -> None:
    """Keep it, before all others."""
    rows = [one, *(row for row in remembered(kit) if row.key != one.key)][:MOST_KEPT]
    _write(kit, rows)


def _write(kit: OpenKit, rows: list[Chosen]) -> None:
    def written() -> None:
        with kit.db.transaction():
            keep(kit.db, ROOM, msgspec.msgpack.encode(rows))

    kit.written(written)


def of_name(kit: OpenKit, name: str) -> Chosen:
    """The printer that a message names: a kept one, an address, or a queue of this computer.

    Raises Unavailable PRN-019 for one that was kept and is forgotten.
    """
    found = next((row for row in remembered(kit) if row.key == name), None)
    if found is not None:
        return found
    if name.startswith("printer:") and "/" not in name:
        raise Unavailable("PRN-019")
    if "://" in name:
        return Chosen(name, printers.TYPED, name, address=name)
    return printers.existing_queue(name)


# ------------------------------------------------------------------------------ giving out


def ready_steps(one: Chosen, way: Way = WAY) -> Generator[Progress, None, Chosen]:
    """Make sure of the printer before a number is given out. Raises Unavailable `PRN-…`."""
    if one.kind == printers.TYPED and not one.model and one.key == one.address:
        # An address that nobody confirmed (command line, another programme): asked who it is.
        one = yield from steps_of(
            lambda _step, halt: printers.meet(printers.TYPED, [one.address], halt), "ask"
        )
    found: Chosen = yield from steps_of(lambda step, halt: ready(one, step, halt, way), "ask")
    return found


def out_steps(sheets: Sheets, one: Chosen, way: Way = WAY) -> Generator[Progress, None, Outcome]:
    """Hand the sheets over; stopping takes back what is not out."""
    run: Callable[[Callable[[str], None], Halt], Outcome] = lambda step, halt: hand_over(  # noqa: E731
        sheets, one, step, halt, way
    )
    outcome: Outcome = yield from steps_of(run, "send")
    return outcome


# ------------------------------------------------------------------------------ services


def _row(one: Chosen, **more: Any) -> dict[str, Any]:
    return {
        "name": one.key, "label": one.name, "place": one.place, "model": one.model,
        "kind": one.kind, "accepting": True, "is_default": False, "known": True, **more,
    }  # fmt: skip


def _printers(node: Node, _args: dict[str, Any]) -> Slow:
    """`print.printers`: those that were chosen, then the queues of this computer."""
    known = remembered(node.desk.kit)

    def queues() -> list[printer.Queue]:
        try:
            return printer.queues(WAY.server)
        except KitError:
            return []  # no print service: chosen printers work without

    def rows(found: list[printer.Queue]) -> list[dict[str, Any]]:
        accepting = {queue.name: queue.accepting for queue in found}
        mine = [_row(one, accepting=accepting.get(one.key, True)) for one in known
                if one.kind != printers.QUEUE or one.key in accepting]  # fmt: skip
        names = {one.key for one in known}
        theirs = [
            _row(printers.existing_queue(queue.name), accepting=queue.accepting, known=False)
            for queue in found if queue.name not in names and not is_ours(queue.name)
        ]  # fmt: skip
        for row in [*mine, *theirs][:1]:
            row["is_default"] = True
        return [*mine, *theirs]

    return Slow(queues, rows)


def _find(node: Node, _args: dict[str, Any]) -> Sliced:
    """`print.find`: progress `{"printers": rows}` while it lasts, then the same as an answer."""
    _end(node)
    listens = read_plan(node.desk.kit).discover
    search = node.network.search_for_printers() if node.network else PrinterSearch()
    node.jobs[JOB] = Sliced(JOB, find_steps(search, listens=listens))
    return node.jobs[JOB]


def _end(node: Node) -> None:
    before = node.jobs.get(JOB)
    if before is not None:
        before.cancelled = True


def find_steps(search: Search, *, listens: bool = True, way: Way = WAY) -> Steps:
    """What answers on USB and what announces itself; closing it ends the listening."""
    usb: list[Chosen] = []
    looking: Steps | None = None
    if listens:
        search.start()
    try:
        for at in range(SEARCH_STEPS):
            if looking is None and at % USB_EVERY == 0:
                looking = steps_of(lambda _step, halt: way.usb(halt))
            try:
                if looking is not None:
                    next(looking)
            except StopIteration as end:
                usb, looking = end.value, None
            yield {"done": at, "total": SEARCH_STEPS, "step": "search", WAIT: STEP_S,
                   **_found(usb, search, listens=listens)}  # fmt: skip
    finally:
        search.stop()
        if looking is not None:
            looking.close()
    return _found(usb, search, listens=listens)


def _found(usb: list[Chosen], search: Search, *, listens: bool) -> dict[str, Any]:
    """`blind`: nothing is heard of the network here."""
    rows = _found_rows(usb, search.rows())
    return {"printers": rows, "blind": search.failed or not listens}


def _found_rows(usb: list[Chosen], heard: list[Announced]) -> list[dict[str, Any]]:
    rows = [
        {"kind": one.kind, "label": one.name, "place": one.place, "model": one.model,
         "addresses": [one.address]}
        for one in usb
    ]  # fmt: skip
    rows += [
        {"kind": printers.NETWORK, "label": one.name, "place": one.place, "model": one.model,
         "addresses": list(one.addresses)}
        for one in heard
    ]  # fmt: skip
    return rows


def _choose(node: Node, args: dict[str, Any]) -> Sliced:
    """`print.choose {kind, addresses} or {address}`: ask it who it is and make its queue.

    The answer is shown to a person, who confirms it with `print.keep`; nothing is kept before.
    """
    _end(node)
    node.desk  # noqa: B018  (raises while the kit is sealed)
    kind = str(args.get("kind") or printers.TYPED)
    if kind not in _KINDS - {printers.QUEUE}:
        raise BadInput("CMD-002", name="print.choose", why=f"kind={kind}")
    typed = str(args.get("address") or "")
    addresses = printers.address_of(typed) if typed else list(map(str, args.get("addresses", [])))
    node.jobs[JOB] = Sliced(JOB, _choose_steps(kind, addresses))
    return node.jobs[JOB]


def _choose_steps(kind: str, addresses: list[str]) -> Steps:
    one = yield from steps_of(lambda _step, halt: printers.meet(kind, addresses, halt), "ask")
    trouble: dict[str, Any] = {}
    try:
        one = yield from ready_steps(one)
    except Unavailable as fault:
        if fault.code in ("PRN-018", "PRN-022"):
            raise  # this one can never print from here
        # Out of paper: it is the one all the same.
        said = text_of(fault.code, fault.args_)
        trouble = {"code": fault.code, "args": {**fault.args_, "text": said}}
    return _row(one, known=False, trouble=trouble, chosen=msgspec.to_builtins(one))


def _keep(node: Node, args: dict[str, Any]) -> dict[str, Any]:
    """`print.keep {chosen}`: a person has confirmed that this is the printer."""
    try:
        one = msgspec.convert(args.get("chosen"), Chosen)
    except msgspec.ValidationError as fault:
        raise BadInput("CMD-002", name="print.keep", why=str(fault)) from None
    if one.kind not in _KINDS or (one.kind != printers.QUEUE and not ipp.is_address(one.address)):
        raise BadInput("PRN-007", address=one.address)
    if one.queue and one.kind != printers.QUEUE and not is_ours(one.queue):
        raise BadInput("CMD-002", name="print.keep", why="queue")
    remember(node.desk.kit, one)
    return _row(one, is_default=True)


SERVICES: dict[str, Callable[[Any, dict[str, Any]], Any]] = {
    "print.printers": _printers,
    "print.find": _find,
    "print.choose": _choose,
    "print.keep": _keep,
}
