"""Pairing without a network: a request on a stick, a signed answer back.

For a room without cable, or where the digits were not the same. The person who brings the stick
compares the fleet's fingerprint with the card or by telephone. Not for: data (`courier`).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from kit.core.envelope import fleet_id
from kit.core.errors import BadInput, Refused
from kit.node.desk import Desk, Who
from kit.node.fleet_joining import device_keys, directory_feeds, join_fleet, refusal_to_join
from kit.node.opening import OpenKit
from kit.node.pairing_place import Place, enrol, refusal_to_ask, welcome_of
from kit.node.settings import keep, kept
from kit.store.durable import replace_file
from kit.store.vault import system_random
from kit.sync.founding import fingerprint
from kit.sync.pairing import Joined
from kit.sync.pairing_file import (
    ANSWER_LIMIT,
    ANSWER_MAGIC,
    ANSWER_NAME,
    REQUEST_LIMIT,
    REQUEST_MAGIC,
    REQUEST_NAME,
    AnswerFile,
    RequestFile,
    answer_statement,
    as_request,
    encode_answer,
    encode_request,
    read_answer,
    read_request,
    request_digest,
    request_statement,
    written,
)

ASKED = "pairing_request"
"""Under this name a kit keeps the digest of what it asked: it takes the answer to nothing else."""


def write_request(kit: OpenKit, folder: Path) -> dict[str, Any] | Refused:
    """Ask to be taken in, on a stick."""
    if (refused := refusal_to_join(kit)) is not None:
        return refused
    asked = RequestFile(
        kit.settings.label, device_keys(kit.membership), system_random(16), kit.settings.world
    )
    body = encode_request(asked)
    content = written(REQUEST_MAGIC, body, kit.membership.sign(request_statement(body)))
    path = folder / REQUEST_NAME
    replace_file(path, content)
    with kit.db.transaction():
        keep(kit.db, ASKED, request_digest(content))
    return {"path": str(path), "label": asked.label, "device": kit.membership.device.hex()[:16]}


def answer_request(desk: Desk, source: Path, place: Place, who: Who) -> dict[str, Any] | Refused:
    """Take in the kit that asks, and lay the answer beside its request.

    Raises BadInput `SYN-113`.
    """
    kit = desk.kit
    content = _content(_inside(source, REQUEST_NAME), REQUEST_LIMIT, "SYN-113")
    asked = read_request(content)
    if asked.world != kit.settings.world:
        return Refused("pairing.other_world")
    request = as_request(asked)
    if (refused := enrol(desk, place, request, who)) is not None:
        return refused
    answer = AnswerFile(
        request_digest(content), welcome_of(kit, place, request, b""), directory_feeds(kit)
    )
    body = encode_answer(answer)
    path = _inside(source, REQUEST_NAME).with_name(ANSWER_NAME)
    replace_file(path, written(ANSWER_MAGIC, body, kit.membership.sign(answer_statement(body))))
    return {
        "path": str(path), "label": place.label or asked.label,
        "device": asked.keys.public.hex()[:16], "fleet": fingerprint(kit.log.device.fleet),
    }  # fmt: skip


def accept_answer(kit: OpenKit, source: Path, fleet: str = "") -> dict[str, Any] | Refused:
    """Enter the fleet that answered. fleet: the fingerprint that the person expects, empty = show.

    Without `fleet` nothing is changed: the answer says which fleet it is of, so that a person can
    compare. Raises BadInput `SYN-114`, `SYN-117`, `SYN-118`.
    """
    content = _content(_inside(source, ANSWER_NAME), ANSWER_LIMIT, "SYN-114")
    answer = read_answer(content)
    if answer.request != kept(kit.db, ASKED):
        raise BadInput("SYN-114")
    shown = fingerprint(_fleet(answer))
    facts = {"fleet": shown, "hospital": answer.welcome.hospital, "label": answer.welcome.label}
    if not fleet:
        return {**facts, "joined": False}
    if "".join(fleet.upper().split("-")) != "".join(shown.split("-")):
        return Refused("pairing.not_same")
    refused = join_fleet(kit, Joined(answer.welcome, answer.feeds))
    return refused or {**facts, "joined": True}


def _fleet(answer: AnswerFile) -> bytes:
    return fleet_id(answer.welcome.root, answer.welcome.world)


def _inside(source: Path, name: str) -> Path:
    return source / name if source.is_dir() else source


def _content(path: Path, limit: int, code: str) -> bytes:
    """A regular file's bytes, no more than it may have. Raises BadInput."""
    try:
        if path.is_symlink() or not path.is_file():
            raise BadInput(code)
        with path.open("rb") as file:
            return file.read(limit + 1)
    except OSError:
        raise BadInput(code) from None


def _request(node: Any, args: dict[str, Any]) -> Any:
    """`pairing.request {path}`: the request onto a stick."""
    if (refused := refusal_to_ask(node.desk, node.who)) is not None:
        return refused
    return write_request(node.desk.kit, Path(str(args["path"])))


def _answer(node: Any, args: dict[str, Any]) -> Any:
    """`pairing.answer {path, role, label, wards}`: take in whoever asks on the stick."""
    if (refused := node.desk.permitted("pair_kit", node.who)) is not None:
        return refused
    source = Path(str(args["path"]))
    return answer_request(node.desk, source, Place.read(args), node.who)


def _accept(node: Any, args: dict[str, Any]) -> Any:
    """`pairing.accept {path, fleet?}`: first shows which fleet answered, then enters it."""
    if (refused := refusal_to_ask(node.desk, node.who)) is not None:
        return refused
    accepted = accept_answer(node.desk.kit, Path(str(args["path"])), str(args.get("fleet", "")))
    if isinstance(accepted, dict) and accepted["joined"]:
        for moved in node.on_fleet:
            moved()
    return accepted


STICK_SERVICES: dict[str, Callable[[Any, dict[str, Any]], Any]] = {
    "pairing.request": _request,
    "pairing.answer": _answer,
    "pairing.accept": _accept,
}
