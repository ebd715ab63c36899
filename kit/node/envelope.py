"""The root's envelope at a kit's own screen: printed, proven from the paper, and then forgotten.

A kit that founded its fleet holds the root until the paper is proven: the words are typed back from
the sheet and open the symbol that was printed. A printer that swallowed the sheet loses nothing.
Not for: what the envelope opens (`fleet`), the command line, which trusts its file
(`fleet_preparation.print_own_envelope`).
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from kit.core.errors import BadInput, Refused, Unavailable
from kit.core.text import language
from kit.node import printers
from kit.node.fleet import open_root
from kit.node.fleet_preparation import HOLDERS, seal_root
from kit.node.medium import drive_of, on_drive
from kit.node.printing import free_path
from kit.node.settings import kept
from kit.node.threaded import steps_of
from kit.node.work import Sliced, Slow, Steps
from kit.paper import printer
from kit.paper.card import RootSheets, root_pdf
from kit.paper.delivery import Sheets
from kit.paper.reading import MOST_BYTES, symbol_text_of
from kit.sync.founding import fingerprint

if TYPE_CHECKING:
    from kit.node.service import Node

ACTION = "use_envelope"
JOB = "print"
_PRINTED: WeakKeyDictionary[Any, str] = WeakKeyDictionary()
"""Node → the text of the symbol that it printed last; the words are on paper only."""


def _print(node: Node, args: dict[str, Any]) -> Sliced | Refused:
    """`envelope.print {printer}, {path} or {device, name}`: the four sheets.

    A device is a drive that is opened for it and taken off after. Raises BadInput `SYN-119`.
    """
    desk = node.desk
    if (refused := desk.permitted(ACTION, node.who)) is not None:
        return refused
    seed = kept(desk.kit.db, "root_seed")
    if seed is None:
        raise BadInput("SYN-119")
    node.jobs[JOB] = Sliced(JOB, _print_steps(node, seed, args, drive_of(node, args)))
    return node.jobs[JOB]


def _print_steps(node: Node, seed: bytes, args: dict[str, Any], device: str) -> Steps:
    desk = node.desk
    settings, fleet, now = desk.kit.settings, desk.kit.log.device.fleet, desk.now()
    path, tongue = str(args.get("path", "")), language()

    def sealed() -> tuple[str, bytes]:
        symbol, words = seal_root(seed, settings.world, settings.hospital, node.cost)
        sheets = RootSheets(
            hospital=settings.hospital, world=settings.world, fleet=fingerprint(fleet),
            wrapped=symbol, words=tuple(words), holders=HOLDERS, made_at=now,
        )  # fmt: skip
        return symbol, root_pdf(sheets, tongue)

    one = None
    if not device and not path:
        # Before the words are drawn: a printer without paper costs nothing.
        one = printers.of_name(desk.kit, str(args.get("printer", "")))
        one = yield from printers.ready_steps(one)
    symbol, pdf = yield from steps_of(lambda _step, _halt: sealed(), "sealing")
    more: dict[str, Any] = {}
    if one is not None:
        yield from printers.out_steps(Sheets(pdf, ""), one)
    elif device:
        more = yield from _onto(node, device, str(args.get("name", "")), pdf)
        if isinstance(more, Refused):
            return more  # what was printed before stays in force
    else:
        printer.save_pdf(pdf, Path(path))
    _PRINTED[node] = symbol
    return {"fleet": fingerprint(fleet), "holders": list(HOLDERS), **more}


def _onto(node: Node, device: str, name: str, pdf: bytes) -> Steps:
    """The sheets onto a drive, which is open for no longer than its file is written."""

    def write(folder: Path) -> Steps:
        yield {"done": 0, "total": 1, "step": "saving"}
        place = free_path(folder, name)
        printer.save_pdf(pdf, place)
        return {"path": place.name}

    return (yield from on_drive(node, device, write, writable=True))


def _prove(node: Node, args: dict[str, Any]) -> Slow | Refused:
    """`envelope.prove {words}`: typed back from the sheet; then the kit forgets the root.

    Raises BadInput `SYN-115` for words that do not open what was printed last.
    """
    desk, symbol = node.desk, _PRINTED.get(node, "")
    if (refused := desk.permitted(ACTION, node.who)) is not None:
        return refused
    if not symbol:
        raise BadInput("SYN-115")
    words = str(args.get("words", ""))

    def done(seed: bytes) -> dict[str, Any]:
        kit = desk.kit
        held = kept(kit.db, "root_seed")
        if held is None or not hmac.compare_digest(held, seed):
            raise BadInput("SYN-115")

        def forget() -> None:
            with kit.db.transaction():
                kit.db.execute("delete from kit where name='root_seed'")

        kit.written(forget)
        _PRINTED.pop(node, None)
        desk.tell({"fleet"})
        return {"forgotten": True}

    return Slow(lambda: open_root(symbol, words), done)


def _read(node: Node, args: dict[str, Any]) -> Slow | Refused:
    """`envelope.read {path}`: the symbol's text from a photograph, a scan or a text file.

    Raises Unavailable `CMD-006` where the file cannot be read, BadInput `PAP-040` without symbol.
    """
    if (refused := node.desk.permitted(ACTION, node.who)) is not None:
        return refused
    path = Path(str(args["path"]))

    def text() -> str:
        try:
            with path.open("rb") as file:
                data = file.read(MOST_BYTES + 1)
        except OSError:
            raise Unavailable("CMD-006", path=str(path)) from None
        try:
            said = data.decode("ascii")
        except UnicodeDecodeError:
            return symbol_text_of(data)
        return said.strip()

    return Slow(text, lambda said: {"symbol": said})


SERVICES: dict[str, Callable[[Any, dict[str, Any]], Any]] = {
    "envelope.print": _print,
    "envelope.prove": _prove,
    "envelope.read": _read,
}
