"""This machine's network cards and addresses, and whether they have just changed.

Asked again and again, for no operating system tells all of it alike: a cable pulled out leaves the
address in place, so the card's own word on its carrier counts too. Not for: other machines.
"""

from __future__ import annotations

import ipaddress
from pathlib import Path

import ifaddr
import msgspec

from kit.core.errors import BadInput
from kit.sync.address import Address, make_address

CARDS = Path("/sys/class/net")


class Card(msgspec.Struct, frozen=True, order=True):
    """One network card: name, addresses (zones included), whether its cable has a signal."""

    name: str
    hosts: tuple[str, ...]
    carrier: bool


Cards = tuple[Card, ...]


def cards_now(folder: Path = CARDS) -> Cards:
    """All cards with their addresses; empty when the operating system does not say."""
    try:
        adapters = list(ifaddr.get_adapters())
    except OSError:
        return ()
    found: list[Card] = []
    for adapter in adapters:
        hosts = sorted({_host(ip.ip, adapter.name) for ip in adapter.ips})
        found.append(Card(adapter.name, tuple(hosts), _has_carrier(folder, adapter.name)))
    return tuple(sorted(found))


def has_link(cards: Cards) -> bool:
    """Whether any card but the machine's own loop has a signal and an address.

    No cards at all means that the operating system does not say: then a link is supposed.
    """
    return not cards or any(
        card.carrier and any(not _is_loop(host) for host in card.hosts) for card in cards
    )


def _is_loop(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False


def reachable_at(cards: Cards, port: int) -> list[Address]:
    """Where other machines may call this one; its own loop only if there is nothing else.

    IPv4 comes first, then IPv6 by its reach: a link-local address works with no DHCP at all.
    """
    near: list[Address] = []
    far: list[Address] = []
    for card in cards:
        for host in card.hosts if card.carrier else ():
            try:
                address = make_address(host, port)
            except BadInput:
                continue
            (near if ipaddress.ip_address(address.plain).is_loopback else far).append(address)
    return sorted(far or near, key=lambda one: (":" in one.host, bool(one.zone), one))


def _host(ip: str | tuple[str, int, int], card: str) -> str:
    if isinstance(ip, str):
        return ip
    plain = ip[0].partition("%")[0]
    return f"{plain}%{card}" if ipaddress.ip_address(plain).is_link_local else plain


def _has_carrier(folder: Path, name: str) -> bool:
    """The card's own word; where there is none (Windows, macOS) an address is signal enough."""
    try:
        return (folder / name / "carrier").read_text().strip() == "1"
    except OSError:
        # A card that is switched off refuses the question; one that is unknown here has no file.
        return not (folder / name).exists()
