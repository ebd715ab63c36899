"""A printer that somebody chose: who it is, where it is, and whether it is still the same one.

An address is no identity: the network gives it to another printer, and a USB port to whatever is
plugged in. A printer is known by its UUID, or by its own name, model and place. Not for: finding
(`kit.sync`), what a person confirms (the screen).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

import msgspec

from kit.core.errors import BadInput, KitError, Unavailable
from kit.core.foreign import shown
from kit.paper import ipp
from kit.paper.halt import Halt
from kit.paper.queues import queue_name

USB, NETWORK, TYPED, QUEUE = "usb", "network", "typed", "queue"
USB_PORTS = range(60000, 60008)
"""Where ipp-usb serves the printers on USB, the first one first."""
ASK_S = 15.0
USB_S = 4.0


class Chosen(msgspec.Struct, frozen=True):
    """What is kept of a printer. `key` names it in messages; `queue`: CUPS prints, not IPP."""

    key: str
    kind: str
    name: str
    place: str = ""
    model: str = ""
    address: str = ""
    uuid: str = ""
    queue: str = ""

    @property
    def label(self) -> str:
        """As it is named to people: name, and where it stands."""
        return f"{self.name} ({self.place})" if self.place else self.name


def usb_address(port: int) -> str:
    """The printer that ipp-usb serves at a port."""
    return f"ipp://localhost:{port}/ipp/print"


def met(kind: str, address: str, said: ipp.Printer) -> Chosen:
    """A printer that has just said what it is."""
    name = shown(said.name) or shown(said.model) or address
    model, place = shown(said.model), shown(said.place)
    identity = said.uuid or f"{name}|{model}|{place}|{address}"
    queue = "" if said.takes_pdf else queue_name(identity)
    return Chosen(queue_name(identity).replace("kit-", "printer:"), kind, name, place, model,
                  address, said.uuid, queue)  # fmt: skip


def existing_queue(name: str) -> Chosen:
    """A queue that this computer has; CUPS knows where it leads."""
    return Chosen(name, QUEUE, name, queue=name)


def is_same(chosen: Chosen, said: ipp.Printer) -> bool:
    """Whether the printer that answers is the one that was chosen."""
    if chosen.uuid or said.uuid:
        return chosen.uuid == said.uuid
    return (chosen.model, chosen.place) == (shown(said.model), shown(said.place)) and (
        chosen.name in (shown(said.name), shown(said.model), chosen.address)
    )


def meet(kind: str, addresses: Iterable[str], halt: Halt) -> Chosen:
    """Ask at each address, in order, until one answers.

    Raises BadInput PRN-007, or what the last one that was asked said.
    """
    fault: KitError = BadInput("PRN-007", address="")
    for address in addresses:
        try:
            return met(kind, address, ipp.printer_attributes(address, timeout=ASK_S, halt=halt))
        except KitError as one:
            fault = one
        if halt.said:
            break
    raise fault


def address_of(text: str) -> list[str]:
    """The addresses that a typed text may mean: an IPP address, a name or an IP address.

    Raises BadInput PRN-007.
    """
    plain = text.strip()
    if "://" not in plain:
        host = f"[{plain}]" if plain.count(":") > 1 and not plain.startswith("[") else plain
        found = [f"{way}://{host}" for way in ("ipp", "ipps")] if plain else []
    else:
        found = [plain]
    whole = [each if each.count("/") > 2 else f"{each}/ipp/print" for each in found]
    if not whole or not all(map(ipp.is_address, whole)):
        raise BadInput("PRN-007", address=shown(plain))
    return whole


def on_usb(halt: Halt, ports: Iterable[int] = USB_PORTS) -> list[Chosen]:
    """The printers that answer on USB just now; all ports are asked at once."""

    def at(port: int) -> Chosen | None:
        address = usb_address(port)
        try:
            return met(USB, address, ipp.printer_attributes(address, timeout=USB_S, halt=halt))
        except KitError:
            return None

    wanted = list(ports)
    with ThreadPoolExecutor(max(1, len(wanted)), thread_name_prefix="usb") as pool:
        return [one for one in pool.map(at, wanted) if one is not None]


def still_there(
    chosen: Chosen, halt: Halt, usb: Callable[[Halt], list[Chosen]] = on_usb
) -> tuple[Chosen, ipp.Printer]:
    """The printer as it is now, ready to take sheets. Raises Unavailable.

    PRN-004 / PRN-021: it does not answer; PRN-014: another one does; PRN-003, PRN-009 to PRN-013:
    it says that it cannot print.
    """
    said: ipp.Printer | None = None
    try:
        said = ipp.printer_attributes(chosen.address, timeout=ASK_S, halt=halt)
    except Unavailable:
        if chosen.kind != USB:
            raise
    if said is None or not is_same(chosen, said):
        moved = next(_moved(chosen, halt, usb), None)
        if moved is None:
            raise _another(chosen, said)
        chosen, said = moved, ipp.printer_attributes(moved.address, timeout=ASK_S, halt=halt)
    if (fault := why_not(chosen.label, said)) is not None:
        raise fault
    return chosen, said


def _another(chosen: Chosen, said: ipp.Printer | None) -> Unavailable:
    if said is None:
        return Unavailable("PRN-021", printer=chosen.label)
    other = met(chosen.kind, chosen.address, said).label
    return Unavailable("PRN-014", printer=chosen.label, other=other)


def _moved(chosen: Chosen, halt: Halt, usb: Callable[[Halt], list[Chosen]]) -> Iterator[Chosen]:
    """A printer on USB may be served at another port than yesterday."""
    if chosen.kind == USB and chosen.uuid:
        for one in usb(halt):
            if one.uuid == chosen.uuid:
                yield msgspec.structs.replace(chosen, address=one.address)


_REASONS = (
    ("PRN-009", ("media-empty", "media-needed")),
    ("PRN-010", ("media-jam",)),
    ("PRN-011", ("door-open", "cover-open", "interlock-open", "input-tray-missing")),
    ("PRN-012", ("toner-empty", "marker-supply-empty", "marker-supply-missing", "opc-life-over")),
    ("PRN-021", ("offline", "connecting-to-device", "timed-out", "shutdown")),
)


def why_not(label: str, said: ipp.Printer) -> Unavailable | None:
    """Why it cannot print now, in the order of what a person would do first.

    A printer that warns and goes on (one of two trays is empty) is no fault.
    """
    plain = [reason.removesuffix("-error") for reason in said.reasons]
    if said.state == "stopped":
        for code, names in _REASONS:
            if any(reason.startswith(names) for reason in plain):
                return Unavailable(code, printer=label)
        return Unavailable("PRN-013", printer=label, reason=", ".join(plain) or "?")
    if not said.accepting:
        return Unavailable("PRN-003", printer=label, reason="not-accepting")
    return None
