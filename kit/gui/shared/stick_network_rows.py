"""What the node says of the stick's networks, in words; no Qt.

Not for: asking for any of it (`stick_network`).
"""

from __future__ import annotations

from typing import Any

import msgspec

from kit.core.text import translator
from kit.gui.tone import Tone

_ = translator("gui_stick")

OPEN, PERSONAL = "open", "personal"
STRONG, FAIR = 60, 35
LEAST_SECRET, MOST_SECRET = 8, 63
LONGEST_NAME = 32

Line = tuple[str, Tone]


class CardRow(msgspec.Struct, frozen=True):
    """A network card. address: `given` by the network, its `own` alone, or `none`."""

    device: str
    kind: str = "wired"
    state: str = "off"
    carrier: bool = False
    makes_cells: bool = False
    network: str = ""
    own_cell: bool = False
    login: bool = False
    address: str = "none"

    @property
    def joined(self) -> bool:
        """Whether it is on a network that is not this kit's own."""
        return self.state == "joined" and not self.own_cell


class CellRow(msgspec.Struct, frozen=True):
    """A Wi-Fi network within reach. ssid: in hexadecimal, for the node; name: for the screen."""

    ssid: str
    name: str = ""
    signal: int = 0
    asks: str = PERSONAL
    joined: bool = False
    known: bool = False


class OwnCell(msgspec.Struct, frozen=True):
    """This kit's own Wi-Fi cell; secret: empty where nobody is signed in."""

    ssid: str
    secret: str = ""
    running: bool = False
    qr_rows: tuple[str, ...] = ()


class Networks(msgspec.Struct, frozen=True):
    """All of it. kept: what is set stays on the stick; login: the account for the cable."""

    open: bool = True
    kept: bool = True
    cards: tuple[CardRow, ...] = ()
    cells: tuple[CellRow, ...] = ()
    known: tuple[CellRow, ...] = ()
    cell: OwnCell | None = None
    login: str = ""

    @property
    def wifi(self) -> tuple[CardRow, ...]:
        """The Wi-Fi cards."""
        return tuple(card for card in self.cards if card.kind == "wifi")

    @property
    def has_wifi(self) -> bool:
        """Whether one of them is on."""
        return any(card.state != "off" for card in self.wifi)

    @property
    def may_open_cell(self) -> bool:
        """Whether one of them can."""
        return any(card.state != "off" and card.makes_cells for card in self.wifi)

    @property
    def listed(self) -> list[CellRow]:
        """What is within reach, then what is known and is not."""
        here = {cell.ssid for cell in self.cells}
        far = [
            msgspec.structs.replace(cell, known=True, asks="")
            for cell in self.known if cell.ssid not in here
        ]  # fmt: skip
        return [*self.cells, *far]


def networks_of(answer: Any) -> Networks:
    """The answer of `medium.networks`."""
    return msgspec.convert(answer or {}, Networks)


def summary(networks: Networks) -> list[Line]:
    """What this kit is connected to, a sentence each; the first says the most."""
    lines = [line for card in networks.cards if (line := _card_line(card)) is not None]
    if networks.cell is not None and networks.cell.running:
        said = _("This kit runs the Wi-Fi cell “{name}”.").format(name=networks.cell.ssid)
        lines.insert(0, (said, Tone.NORMAL))
    if not lines:
        lines.append(
            (_("No network: no cable is plugged in, no Wi-Fi is joined. The kit works alone."),
             Tone.WARNING)
        )  # fmt: skip
    if not networks.kept:
        lines.append(
            (_("What is set here is gone when the computer is switched off."), Tone.WARNING)
        )
    return lines


def _card_line(card: CardRow) -> Line | None:
    if card.own_cell:
        return None
    if card.state == "joining":
        name = card.network or (_("the cable") if card.kind == "wired" else _("Wi-Fi"))
        return _("Being connected: {name}…").format(name=name), Tone.MUTED
    if card.state != "joined":
        return None
    given = card.address == "given"
    return _joined_words(card, given=given), Tone.NORMAL if given else Tone.WARNING


def _joined_words(card: CardRow, *, given: bool) -> str:
    if card.kind == "wired":
        said = (
            _("Connected by cable; the network gave an address.") if given else
            _("Connected by cable, but no network gives an address: only kits on the same cable or"
              " switch can be reached.")
        )  # fmt: skip
        return f"{said} {_('With the account.')}" if card.login else said
    name = card.network or _("Wi-Fi")
    said = (
        _("Connected to the Wi-Fi “{name}”; it gave an address.") if given else
        _("Connected to the Wi-Fi “{name}”, but it gives no address: only kits on the same Wi-Fi"
          " can be reached.")
    )  # fmt: skip
    return said.format(name=name)


def cell_lines(row: CellRow) -> tuple[str, str]:
    """Its name, and what this kit has to do with it."""
    if row.joined:
        return row.name, _("joined")
    if not row.asks:
        return row.name, _("known, not within reach")
    return row.name, _("known: joined by itself") if row.known else ""


def lock_words(row: CellRow) -> Line:
    """What it asks for."""
    words = {
        OPEN: (_("open, no password"), Tone.WARNING),
        PERSONAL: (_("password"), Tone.NORMAL),
        "account": (_("personal account: not possible here"), Tone.MUTED),
        "other": (_("too old a protection: not possible here"), Tone.MUTED),
    }
    return words.get(row.asks, ("—", Tone.MUTED))


def signal_words(row: CellRow) -> str:
    """How well it is heard."""
    if not row.asks:
        return "—"
    if row.signal >= STRONG:
        return _("good")
    return _("fair") if row.signal >= FAIR else _("weak")


def may_be_joined(row: CellRow) -> bool:
    """Whether this kit can."""
    return row.asks in (OPEN, PERSONAL) and not row.joined


def nothing_words(networks: Networks, *, searching: bool) -> str:
    """Why no Wi-Fi network is listed."""
    if searching:
        return _("Searching for Wi-Fi networks…")
    if not networks.wifi:
        return _("This computer has no Wi-Fi card that the kit can use. A cable needs no setting.")
    if not networks.has_wifi:
        return _(
            "The Wi-Fi card is switched off: look for a switch or a key with an aerial. A cable"
            " needs no setting."
        )
    if networks.cell is not None and networks.cell.running:
        return _("The Wi-Fi card runs the cell: it hears no other network meanwhile.")
    return _("No Wi-Fi network within reach.")


def is_secret(text: str) -> bool:
    """Whether it can be a Wi-Fi password."""
    return LEAST_SECRET <= len(text.encode()) <= MOST_SECRET


def hex_of(name: str) -> str:
    """A name that was typed, as the node takes it; empty where it can be none."""
    data = name.strip().encode()
    return data.hex() if 0 < len(data) <= LONGEST_NAME else ""
