"""From an address to the operating system's sockets and back, zones of IPv6 included.

Not for: TLS (`tunnel`), nor for what an address is (`address`).
"""

from __future__ import annotations

import contextlib
import os
import socket

from kit.core.errors import BadInput
from kit.sync.address import Address, make_address

Target = tuple[str, int] | tuple[str, int, int, int]
Found = tuple[socket.AddressFamily, Target]


def listening_socket(address: Address) -> socket.socket:
    """A bound, not yet listening TCP socket; OSError when the place is not to be had."""
    family, target = target_of(address)
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        if family == socket.AF_INET6:
            # IPv4 has its own socket, so that a machine without IPv6 listens all the same.
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        if os.name == "posix":
            # On Windows this option would let another programme take the port over.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(target)
    except OSError:
        sock.close()
        raise
    sock.setblocking(False)
    return sock


def target_of(address: Address) -> Found:
    """Family and address as the operating system wants them; OSError when the zone is gone."""
    if ":" not in address.host:
        return socket.AF_INET, (address.host, address.port)
    zone = address.zone
    number = 0
    if zone:
        number = int(zone) if zone.isdigit() else socket.if_nametoindex(zone)
    return socket.AF_INET6, (address.plain, address.port, 0, number)


def caller_address(name: object) -> Address | None:
    """The address of a socket's other end, as the operating system gives it."""
    if not isinstance(name, tuple) or len(name) < 2:
        return None
    host = str(name[0])
    if len(name) == 4 and name[3] and "%" not in host:
        with contextlib.suppress(OSError):
            host = f"{host}%{socket.if_indextoname(name[3])}"
    try:
        return make_address(host, int(name[1]))
    except BadInput:
        return None
