"""The keeper's language: one JSON object a line, each field of each request checked before use.

Both ends read it here: root's server and the node's caller. Not for: sockets (`keeper_socket`),
nor what a request does (`keeper_acts`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import msgspec

from kit.core.errors import BadInput
from kit.stick.disks import DEVICE

SOCKET = "/run/kit/keeper.sock"
LONGEST_LINE = 16 * 1024
LAYOUTS = ("fr", "fr-oss", "be", "ch-fr", "us")
HIGHEST_ID = 2**53

Check = Callable[[Any], bool]


class Ask(NamedTuple):
    """One request that was understood."""

    id: int
    name: str
    args: dict[str, Any]


class Field(NamedTuple):
    """What a value must be; whether it may be left out."""

    check: Check
    needed: bool = True


def _text(longest: int, shape: str = r"[^\x00-\x1f\x7f-\x9f\u2028\u2029]+") -> Check:
    pattern = re.compile(shape)
    return lambda value: (
        isinstance(value, str) and len(value) <= longest and pattern.fullmatch(value) is not None
    )


def _whole(highest: int) -> Check:
    return lambda value: type(value) is int and 0 <= value <= highest


PHRASE = Field(_text(256))
DRIVE = Field(_text(16, DEVICE.pattern))
SOURCE = Field(_text(512))
SSID = Field(_text(64, r"(?:[0-9a-f]{2}){1,32}"))
"""A Wi-Fi network's name in hexadecimal: it is up to 32 bytes, which need not be text."""
YES_OR_NO = Field(lambda value: type(value) is bool, needed=False)

REQUESTS: dict[str, dict[str, Field]] = {
    "status": {},
    "create": {"phrase": PHRASE},
    "unlock": {"phrase": PHRASE, "repair": YES_OR_NO},
    "change": {"old": PHRASE, "new": PHRASE},
    "recovery": {"phrase": PHRASE, "recovery": PHRASE},
    "keep": {},
    "lock": {},
    "work_without": {},
    "seed_open": {},
    "seed_erase": {},
    "verify_medium": {},
    "drives": {},
    "import_mount": {"device": DRIVE},
    "export_mount": {"device": DRIVE},
    "eject": {"device": Field(DRIVE.check, needed=False)},
    "update_check": {"source": SOURCE},
    "update_apply": {"source": SOURCE, "confirmed": YES_OR_NO},
    "release_out": {},
    "mark_good": {},
    "clone": {"device": DRIVE, "serial": Field(_text(128)), "erase": YES_OR_NO},
    "sources": {},
    "verify_stick": {"device": DRIVE},
    "set_time": {"ms": Field(_whole(HIGHEST_ID))},
    "set_layout": {"layout": Field(lambda value: value in LAYOUTS and isinstance(value, str))},
    "networks": {},
    "wifi_join": {"ssid": SSID, "secret": Field(PHRASE.check, needed=False)},
    "wifi_forget": {"ssid": SSID},
    "cell_open": {},
    "cell_close": {},
    "wired_login": {"identity": PHRASE, "secret": PHRASE},
    "wired_login_forget": {},
    "mark": {"text": Field(_text(400, r"[ -~]+"))},
    "cancel": {"of": Field(_whole(HIGHEST_ID))},
    "restart": {},
    "poweroff": {},
}
"""Every request with its fields; there is nothing else that the keeper does."""


def read_ask(line: bytes | bytearray) -> Ask:
    """The request of a line. Raises BadInput `KEY-001`, `KEY-002` (`name`), `KEY-003` (`field`).

    What is wrong with a field is told by the field's name alone: its value may be a secret.
    """
    try:
        said = msgspec.json.decode(line)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise BadInput("KEY-001") from None
    if not isinstance(said, dict) or not said.keys() <= {"id", "do", "args"}:
        raise BadInput("KEY-001")
    number, name, args = said.get("id"), said.get("do"), said.get("args", {})
    if not isinstance(number, int) or not _whole(HIGHEST_ID)(number):
        raise BadInput("KEY-001")
    if not isinstance(name, str) or not isinstance(args, dict):
        raise BadInput("KEY-001")
    fields = REQUESTS.get(name)
    if fields is None:
        raise BadInput("KEY-002", name=re.sub(r"[^a-z_]", "?", name[:40]))
    for field in sorted(fields.keys() | args.keys()):
        _check(fields.get(field), field, args)
    return Ask(number, name, args)


def id_of(line: bytes | bytearray) -> int | None:
    """The number of a request that is refused, where it can be made out."""
    try:
        said = msgspec.json.decode(line)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    number = said.get("id") if isinstance(said, dict) else None
    return number if _whole(HIGHEST_ID)(number) else None


def written(message: Mapping[str, Any]) -> bytes:
    """A message as a line."""
    return msgspec.json.encode(message) + b"\n"


def _check(field: Field | None, name: str, args: dict[str, Any]) -> None:
    if field is None:
        raise BadInput("KEY-003", field=re.sub(r"[^a-z_]", "?", name[:40]))
    if name not in args:
        if field.needed:
            raise BadInput("KEY-003", field=name)
    elif not field.check(args[name]):
        raise BadInput("KEY-003", field=name)
