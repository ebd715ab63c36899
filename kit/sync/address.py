"""Where a kit can be called: a numeric address and a port. No names: the name servers are down.

An IPv6 address that holds on one cable only (fe80::…) carries its interface (`fe80::1%eth0`).
Not for: who answers there (only the handshake knows), nor for opening sockets.
"""

from __future__ import annotations

import ipaddress
import re

import msgspec

from kit.core.errors import BadInput

PORTS = range(1, 65_536)
TEXT_LIMIT = 80
_WRITTEN = re.compile(r"(?:\[(?P<six>[^\[\]]+)\]|(?P<four>[0-9.]+)):(?P<port>[0-9]{1,5})", re.ASCII)
_ZONE = re.compile(r"[\w.:-]{1,15}", re.ASCII)


class Address(msgspec.Struct, frozen=True, order=True):
    """A numeric IPv4 or IPv6 address, with its zone where it needs one, and a TCP port."""

    host: str
    port: int

    def __str__(self) -> str:
        """As it is typed, printed and put in a QR code: `192.0.2.7:7443`, `[fe80::1%eth0]:7443`."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def zone(self) -> str:
        """The interface of a link-local address; empty for all others."""
        return self.host.partition("%")[2]

    @property
    def plain(self) -> str:
        """The address without its zone."""
        return self.host.partition("%")[0]

    @property
    def neighbourhood(self) -> str:
        """What one machine can take many of: an IPv4 address, an IPv6 network of 64 bits.

        Of link-local addresses all have the same network, so there the whole address counts.
        """
        parsed = ipaddress.ip_address(self.plain)
        if parsed.version == 4 or parsed.is_link_local:
            return str(parsed)
        return str(ipaddress.ip_network((int(parsed) >> 64 << 64, 64)))


def make_address(host: str, port: int) -> Address:
    """An address in its one spelling; BadInput (SYN-140) for anything that cannot be called.

    IPv4 written inside IPv6 comes out as IPv4: one place, one spelling.
    """
    try:
        parsed = ipaddress.ip_address(host)
    except ValueError:
        raise BadInput("SYN-140") from None
    if port not in PORTS or parsed.is_multicast or parsed.is_unspecified:
        raise BadInput("SYN-140")
    if isinstance(parsed, ipaddress.IPv4Address):
        return Address(str(parsed), port)
    if parsed.ipv4_mapped is not None:
        return make_address(str(parsed.ipv4_mapped), port)
    zone = parsed.scope_id or ""
    if parsed.is_link_local != bool(zone) or (zone and not _ZONE.fullmatch(zone)):
        raise BadInput("SYN-140")
    return Address(str(parsed), port)


def read_address(text: str) -> Address:
    """An address as a person types it or a QR code carries it; BadInput (SYN-140) if it is none."""
    found = _WRITTEN.fullmatch(text.strip()) if len(text) <= TEXT_LIMIT else None
    if found is None:
        raise BadInput("SYN-140")
    return make_address(found["six"] or found["four"], int(found["port"]))


def read_listening_place(text: str) -> Address:
    """Where a kit answers; BadInput (SYN-140) if it is no such place.

    Besides what can be called: `0.0.0.0` and `[::]` for all cards, and port 0 for any that is free.
    """
    found = _WRITTEN.fullmatch(text.strip()) if len(text) <= TEXT_LIMIT else None
    if found is None:
        raise BadInput("SYN-140")
    host, port = found["six"] or found["four"], int(found["port"])
    everywhere = host in ("::", "0.0.0.0")  # noqa: S104 - asked for by whoever starts the kit
    if everywhere and port in (0, *PORTS):
        return Address(host, port)
    place = make_address(host, port or 1)
    return Address(place.host, port)
