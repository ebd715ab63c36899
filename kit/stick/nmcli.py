"""What `nmcli --terse` says, as cards and Wi-Fi cells.

Anybody near may choose what a cell is called: its name is read as hexadecimal, and shown by signs
that can do nothing. Not for: asking (`commands`), nor what follows from it (`network`).
"""

from __future__ import annotations

from typing import NamedTuple

CARD_FIELDS = (
    "GENERAL.DEVICE", "GENERAL.TYPE", "GENERAL.STATE", "GENERAL.CON-UUID",
    "WIRED-PROPERTIES.CARRIER", "WIFI-PROPERTIES.AP", "IP4.ADDRESS", "IP6.ADDRESS",
)  # fmt: skip
CELL_FIELDS = ("SSID-HEX", "SIGNAL", "SECURITY", "IN-USE", "MODE", "DEVICE")
KINDS = {"ethernet": "wired", "wifi": "wifi"}
"""Cards that a person has to do with; bridges and loops are not."""
IDLE, JOINING, JOINED, LEAVING = 30, 40, 100, 110
"""NetworkManager's numbers of a card's state (NMDeviceState)."""
LINK_LOCAL = ("169.254.", "fe80:")
OPEN, PERSONAL, ACCOUNT, OTHER = "open", "personal", "account", "other"
"""What a cell asks for: nothing, a password, a person's account, or what is not offered (WEP)."""


class Card(NamedTuple):
    """A network card. addresses: without their length; carrier: its cable leads somewhere."""

    device: str
    kind: str
    state: str
    uuid: str
    carrier: bool
    makes_cells: bool
    addresses: tuple[str, ...]


class Cell(NamedTuple):
    """A Wi-Fi network within reach; signal: 0 to 100."""

    ssid: bytes
    signal: int
    asks: str
    only_wpa3: bool
    joined: bool


def split(line: str) -> list[str]:
    """The fields of a line: between colons that no backslash stands before."""
    fields, now = [], []
    rest = iter(line)
    for sign in rest:
        if sign == "\\":
            now.append(next(rest, ""))
        elif sign == ":":
            fields.append("".join(now))
            now = []
        else:
            now.append(sign)
    return [*fields, "".join(now)]


def cards_of(said: bytes) -> list[Card]:
    """The cards of `device show`: blocks of `NAME:value`, empty lines between."""
    blocks: list[dict[str, list[str]]] = [{}]
    for line in said.decode("utf-8", "replace").split("\n"):
        name, is_field, value = line.strip("\r").partition(":")
        if not is_field:
            blocks.append({})
        elif value:
            blocks[-1].setdefault(name.partition("[")[0], []).append(value.replace("\\:", ":"))
    cards = [_card(block) for block in blocks]
    return [card for card in cards if card.device and card.kind]


def cells_of(said: bytes) -> list[Cell]:
    """The cells of `device wifi list`, each network once, the strongest first.

    One name with different locks stays apart: one of them may be somebody else's.
    """
    found: dict[tuple[bytes, str], Cell] = {}
    for line in said.decode("utf-8", "replace").split("\n"):
        cell = _cell(split(line))
        if cell is None:
            continue
        before = found.get((cell.ssid, cell.asks))
        if before is not None:
            cell = cell._replace(
                signal=max(cell.signal, before.signal), joined=cell.joined or before.joined,
                only_wpa3=cell.only_wpa3 and before.only_wpa3,
            )  # fmt: skip
        found[(cell.ssid, cell.asks)] = cell
    return sorted(found.values(), key=lambda one: (-one.signal, one.ssid, one.asks))


def name_of(ssid: bytes) -> str:
    """An SSID for the screen: one line, whose every sign is seen and stands where it stands."""
    text = ssid.decode("utf-8", "replace")
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in text)


def _card(block: dict[str, list[str]]) -> Card:
    def one(name: str) -> str:
        return block.get(name, [""])[0]

    code = one("GENERAL.STATE").partition(" ")[0]
    addresses = block.get("IP4.ADDRESS", []) + block.get("IP6.ADDRESS", [])
    return Card(
        one("GENERAL.DEVICE"), KINDS.get(one("GENERAL.TYPE"), ""),
        _state(int(code) if code.isascii() and code.isdigit() else 0), one("GENERAL.CON-UUID"),
        one("WIRED-PROPERTIES.CARRIER") == "on", one("WIFI-PROPERTIES.AP") == "yes",
        tuple(address.partition("/")[0] for address in addresses),
    )  # fmt: skip


def _state(code: int) -> str:
    if code < IDLE:
        return "off"
    if code == JOINED:
        return "joined"
    return "joining" if JOINING <= code < JOINED else "idle"


def _cell(fields: list[str]) -> Cell | None:
    if len(fields) != len(CELL_FIELDS):
        return None
    name, signal, security, in_use, mode, _device = fields
    try:
        ssid = bytes.fromhex(name)
    except ValueError:
        return None
    # Without a name it cannot be chosen; what is no infrastructure is a telephone's own affair.
    if not ssid.strip(b"\0") or len(ssid) > 32 or mode not in ("Infra", ""):
        return None
    strength = int(signal) if signal.isascii() and signal.isdigit() else 0
    words = set(security.split())
    only_wpa3 = "WPA3" in words and not words & {"WPA1", "WPA2"}
    return Cell(ssid, min(strength, 100), _asks(words), only_wpa3, in_use.strip() == "*")


def _asks(words: set[str]) -> str:
    if "802.1X" in words:
        return ACCOUNT
    if words & {"WPA1", "WPA2", "WPA3"}:
        return PERSONAL
    return OTHER if words - {"--", "OWE-TM"} else OPEN
