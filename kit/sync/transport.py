"""The switchboard: listens, dials, and keeps one proven line to each member of the fleet.

Whoever is no member is refused here, in both directions, and counted. Source: sync.md §5. Not for:
what is said on a line (`session`), whom to call (`ladder`), who is a member (`Host.member_of`,
which asks the directory).
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections import Counter
from typing import Protocol

import msgspec

from kit.core.clock import Clock
from kit.core.errors import Unavailable
from kit.sync.address import Address
from kit.sync.certificate import Contexts
from kit.sync.doorkeeper import Doorkeeper, Rates
from kit.sync.line import Limits, Line, Session
from kit.sync.sockets import listening_socket, target_of
from kit.sync.tunnel import Broken

BACKLOG = 64
TOGETHER_MS = 10_000
"""Two kits that call each other within this time have done so at once, not one after a loss."""


class Host(Protocol):
    """The node, as the switchboard sees it."""

    def member_of(self, tls_public_key: bytes) -> bytes | None:
        """The enrolled, not revoked device (32 bytes) with this TLS key."""
        ...

    def open_session(self, line: Line) -> Session:
        """A proven line to `line.device`: the session that speaks on it."""
        ...

    def line_ended(self, line: Line) -> None:
        """`line.code` says why; also for lines that never were proven (`line.proven_ms` is 0)."""
        ...


class Outcome(msgspec.Struct, frozen=True):
    """What became of a call: "" and the device that answered, or a code (and who, if known)."""

    code: str
    device: bytes = b""


class Switchboard:
    """All lines of this kit. Everything happens on the loop that called it."""

    def __init__(
        self,
        own: bytes,
        contexts: Contexts,
        host: Host,
        clock: Clock,
        limits: Limits | None = None,
        rates: Rates | None = None,
    ) -> None:
        """own: this kit's device key; clock: milliseconds that never run back."""
        self.limits, self.clock = limits or Limits(), clock
        self.port = 0
        """Where this kit can be called; the first place it listens at; 0 = nowhere."""
        self.lines: dict[bytes, Line] = {}
        """Device → its one proven line."""
        self.counts: Counter[str] = Counter()
        """Code → how many lines ended with it since the start."""
        self._own, self._contexts, self._host = own, contexts, host
        self._doorkeeper = Doorkeeper(rates or Rates(), clock())
        self._pending: dict[Line, str] = {}
        self._open: set[Line] = set()
        self._dials = 0
        self._servers: list[asyncio.Server] = []

    # ------------------------------------------------------------- listening and calling

    async def listen(self, address: Address) -> Address:
        """Answer calls there (port 0: any); Unavailable (SYN-133) when the place is not to be had.

        `0.0.0.0` and `::` each mean all addresses of their kind; take both.
        """
        try:
            sock = listening_socket(address)
            server = await asyncio.get_running_loop().create_server(
                lambda: Line(self, caller=False), sock=sock, backlog=BACKLOG
            )
        except OSError:
            raise Unavailable("SYN-133", address=str(address)) from None
        self._servers.append(server)
        bound = Address(address.host, sock.getsockname()[1])
        self.port = self.port or bound.port
        return bound

    async def dial(self, address: Address) -> Outcome:
        """Call a kit; returns once its line is proven or will not be. Never raises for the peer."""
        if self._dials >= self.limits.dials:
            return Outcome("SYN-125")
        self._dials += 1
        try:
            return await self._dial(address)
        finally:
            self._dials -= 1

    async def _dial(self, address: Address) -> Outcome:
        loop = asyncio.get_running_loop()
        sock: socket.socket | None = None
        try:
            family, target = target_of(address)
            sock = socket.socket(family, socket.SOCK_STREAM)
            sock.setblocking(False)
            async with asyncio.timeout(self.limits.connect_s):
                await loop.sock_connect(sock, target)
        except (OSError, TimeoutError):
            if sock is not None:
                sock.close()
            self.counts["SYN-127"] += 1
            return Outcome("SYN-127")
        except asyncio.CancelledError:
            if sock is not None:
                sock.close()
            raise
        line = Line(self, caller=True, address=address)
        try:
            await loop.create_connection(lambda: line, sock=sock)
            code = await line.settled
        except asyncio.CancelledError:
            line.drop("SYN-134")
            raise
        return Outcome(code, line.device)

    # ------------------------------------------------------------- what the node asks

    def members_changed(self, contexts: Contexts) -> None:
        """The fleet has changed: new calls see the new list, lines of the revoked are cut now."""
        self._contexts = contexts
        for line in [one for one in self._open if one.device]:
            try:
                self.identify(line.key)
            except Broken as broken:
                line.drop(broken.code)

    def wake(self, device: bytes | None = None) -> None:
        """There is something to say: to one device, or to all."""
        for line in [one for key, one in self.lines.items() if device in (None, key)]:
            line.pump()

    def hang_up(self, device: bytes, code: str) -> None:
        """End the line to a device, in order."""
        line = self.lines.get(device)
        if line is not None:
            line.close(code)

    async def close(self) -> None:
        """Stop listening and end every line; returns when the wires are down."""
        servers, self._servers = self._servers, []
        for server in servers:
            server.close()
        lines = list(self._open)
        for line in lines:
            line.close("SYN-134")
        if lines:
            await asyncio.wait([line.down for line in lines], timeout=self.limits.linger_s * 2)

    # ------------------------------------------------------------- what a line asks (Board)

    def context(self, *, caller: bool) -> ssl.SSLContext:
        """The TLS context of to-day's membership."""
        return self._contexts.client if caller else self._contexts.server

    def knock(self, line: Line) -> None:
        """A wire is there. A caller too many is turned away before it costs a handshake."""
        if not line.caller:
            place = line.address.neighbourhood if line.address else ""
            held = list(self._pending.values())
            if held.count(place) >= self.limits.pending_place:
                raise Broken("SYN-125")
            if not self._doorkeeper.lets(place, self.clock()):
                raise Broken("SYN-125")
            if len(held) >= self.limits.pending:
                # The one that dawdles longest goes: an honest kit needs a few milliseconds.
                next(iter(self._pending)).drop("SYN-125")
            self._pending[line] = place
        self._open.add(line)

    def identify(self, key: bytes) -> bytes:
        """The member with this TLS key; Broken when there is none, or when it is this very kit."""
        device = self._host.member_of(key)
        if device is None:
            raise Broken("SYN-123")
        if device == self._own:
            raise Broken("SYN-128")
        return device

    def admit(self, line: Line) -> Session:
        """Keep one line to each device: the proven one takes its place, or learns why not."""
        old = self.lines.get(line.device)
        if old is None and len(self.lines) >= self.limits.lines:
            raise Broken("SYN-125")
        if old is not None:
            if not self._is_better(line, old):
                raise Broken("SYN-129")
            old.close("SYN-129")
        self._pending.pop(line, None)
        if line.address is not None:
            self._doorkeeper.befriend(line.address.neighbourhood)
        self.lines[line.device] = line
        return self._host.open_session(line)

    def ended(self, line: Line) -> None:
        """Forget a line and tell the node."""
        self._pending.pop(line, None)
        self._open.discard(line)
        if self.lines.get(line.device) is line:
            del self.lines[line.device]
        self.counts[line.code] += 1
        try:
            self._host.line_ended(line)
        except Exception:  # noqa: BLE001 - the other lines go on, whatever the node makes of it
            self.counts["SYN-130"] += 1

    def _is_better(self, new: Line, old: Line) -> bool:
        """Both ends must choose the same line without a word about it.

        Nobody calls a kit it has a line to, so a call that comes late means that the old line is
        dead at the other end. Calls that crossed: the one made by the smaller key is kept.
        """
        crossed = new.caller != old.caller and new.proven_ms - old.proven_ms < TOGETHER_MS
        return not crossed or new.caller == (self._own < new.device)
