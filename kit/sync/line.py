"""One connection to another kit: TLS outside, a session inside, a bound on everything between.

The order of a line: TLS handshake; is the key a member's; the caller's greeting; the answer, a
greeting or why not; then the session's bytes. In TLS 1.3 a caller who is turned away sees a
handshake that succeeded (sync.md §5), so only the greeting proves a line; until then it counts for
nothing. Not for: which lines there are (`transport`), nor what is said on them (`session`).
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from typing import Protocol

import msgspec

from kit.core.clock import Clock
from kit.sync.address import Address
from kit.sync.sockets import caller_address
from kit.sync.tunnel import Broken, Tunnel

WELCOME = b"\x01"
GREETING = 3
"""WELCOME and the port (2 bytes) at which the greeter itself can be called; 0 = not at all."""
# What a caller who gets no welcome is told, where it may be told; anything else is SYN-120.
REFUSALS = {b"\x02": "SYN-125", b"\x03": "SYN-129", b"\x04": "SYN-122", b"\x05": "SYN-128"}
_SIGNS = {"SYN-125": b"\x02", "SYN-129": b"\x03", "SYN-123": b"\x04", "SYN-128": b"\x05"}
TURN_BYTES = 1024 * 1024
"""What one line may send before the others have a turn."""
PROGRESS = 1024
"""A peer that takes less than this in `stall_s` does not read."""
LONGEST_NAP_S = 60.0


class Session(Protocol):
    """The exchange without sockets (`kit.sync.session`): bytes in, bytes out, time as an argument.

    `outgoing` is asked only when the wire has room, and may give at most about 1 MiB at a time; it
    gives b"" when there is nothing to say now. `closed` is a reason code once all has been said.
    """

    @property
    def closed(self) -> str: ...

    def received(self, data: bytes) -> None: ...

    def outgoing(self) -> bytes: ...

    def tick(self, now_ms: int) -> None: ...

    def next_due_ms(self) -> int: ...


class Limits(msgspec.Struct, frozen=True):
    """How much a peer, and all peers together, may cost. Times in seconds, sizes in bytes.

    lines: with members; pending: callers whose handshake is under way, `pending_place` of them from
    one neighbourhood; dials: calls of ours under way; blocked: taken from a peer that itself does
    not read, before we stop listening to it.
    """

    lines: int = 128
    pending: int = 32
    pending_place: int = 16
    dials: int = 8
    connect_s: float = 3.0
    handshake_s: float = 5.0
    stall_s: float = 20.0
    linger_s: float = 2.0
    high_water: int = 256 * 1024
    handshake: int = 32 * 1024
    blocked: int = 4 * 1024 * 1024


class Board(Protocol):
    """What a line asks of the switchboard it is plugged into."""

    clock: Clock
    limits: Limits
    port: int

    def context(self, *, caller: bool) -> ssl.SSLContext:
        """The TLS context of to-day's membership."""
        ...

    def knock(self, line: Line) -> None:
        """A wire is there; Broken when there is no room for it."""
        ...

    def identify(self, key: bytes) -> bytes:
        """The member with this TLS key; Broken when there is none."""
        ...

    def admit(self, line: Line) -> Session:
        """The line is proven: its session; Broken when another line is kept."""
        ...

    def ended(self, line: Line) -> None:
        """The line is of no more use (`line.code`); said once, and before a successor begins."""
        ...


class Line(asyncio.Protocol):
    """One connection. `device` is empty until TLS has shown whose it is."""

    def __init__(self, board: Board, *, caller: bool, address: Address | None = None) -> None:
        self.caller = caller
        """Whether this kit made the call."""
        self.address = address
        """Where the other end of the wire is; of a caller, not where it can be called."""
        self.call_back: Address | None = address
        """Where the other kit listens, as far as it has said so."""
        self.device, self.key = b"", b""
        """The other kit and its TLS key, as soon as the handshake has shown them."""
        self.proven_ms = 0
        """When the other end's greeting came; 0 = not yet."""
        self.heard_ms = 0
        """When anything came last."""
        self.taken, self.given = 0, 0
        """Bytes on the wire, in and out."""
        self.code = ""
        """Why it ended; empty while it is open."""
        self.settled: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        """Done once the line is proven ("") or has ended (its code)."""
        self.down: asyncio.Future[None] = self.settled.get_loop().create_future()
        """Done once the wire is gone."""
        self._board = board
        self._loop = asyncio.get_running_loop()
        self._tunnel = Tunnel(board.context(caller=caller), caller=caller)
        self._wire: asyncio.Transport | None = None
        self._session: Session | None = None
        self._early = b""
        self._blocked = self._greeted = self._again = False
        self._unread, self._waiting = 0, 0
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._due_ms = 0

    @property
    def local_host(self) -> str:
        """This kit's own address on the line, without its zone; empty when there is no wire."""
        name = self._wire.get_extra_info("sockname") if self._wire is not None else None
        return str(name[0]).partition("%")[0] if name else ""

    # ------------------------------------------------------------- what asyncio tells

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - create_server gives no other
        self._wire = transport
        if self.address is None:
            self.address = caller_address(transport.get_extra_info("peername"))
        transport.set_write_buffer_limits(high=self._board.limits.high_water)
        self._in(self._board.limits.handshake_s, "handshake", lambda: self.drop("SYN-124"))
        self._guard(self._open)

    def data_received(self, data: bytes) -> None:
        self._guard(lambda: self._take(data))

    def eof_received(self) -> bool:
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._end(self._code_of_loss())
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        if not self.down.done():
            self.down.set_result(None)

    def pause_writing(self) -> None:
        self._blocked, self._unread = True, 0
        if self._wire is not None:
            self._waiting = self._wire.get_write_buffer_size()
        self._in(self._board.limits.stall_s, "stall", self._look_at_progress)

    def resume_writing(self) -> None:
        self._blocked = False
        self._forget("stall")
        if self._wire is not None and not self._wire.is_reading() and not self._wire.is_closing():
            self._wire.resume_reading()
        self.pump()

    # ------------------------------------------------------------- what the switchboard asks

    def pump(self) -> None:
        """Send what the session has to say, as far as the wire takes it."""
        self._guard(self._pump)

    def close(self, code: str) -> None:
        """End in order: what is written still goes out, for `linger_s` at most."""
        if self.code:
            return
        self._end(code)
        self._tunnel.say_goodbye()
        self._hang_up()

    def drop(self, code: str) -> None:
        """End now, whatever waits to be sent."""
        self._end(code)
        if self._wire is not None:
            self._wire.abort()

    # ------------------------------------------------------------- the order of a line

    def _guard(self, step: Callable[[], None]) -> None:
        """Whatever goes wrong on this line ends this line, and no other."""
        if self.code:
            return
        try:
            step()
        except Broken as broken:
            self._refuse(broken.code)
        except Exception:  # noqa: BLE001 - a session's fault must not reach its neighbours
            self.drop("SYN-130")

    def _open(self) -> None:
        self._board.knock(self)
        if self.caller:
            self._tunnel.begin()
        self._flush()

    def _take(self, data: bytes) -> None:
        self.taken += len(data)
        self.heard_ms = self._board.clock()
        if self._session is None and self.taken > self._board.limits.handshake:
            raise Broken("SYN-120")
        plain = self._tunnel.received(data)
        if self._tunnel.established and not self.device:
            self.key = self._tunnel.peer_key()
            self.device = self._board.identify(self.key)
            if self.caller:
                self._greet()
        self._flush()
        if plain and self._session is None:
            plain = self._welcome(plain)
        if self._session is not None:
            if plain:
                self._session.received(plain)
            self._pump()
        if self._tunnel.ended:
            self.close(self._code_of_loss())
        self._listen_less(len(data))

    def _welcome(self, plain: bytes) -> bytes:
        """Read the greeting; what comes behind it is the session's."""
        plain = self._early + plain
        if plain[:1] != WELCOME:
            raise Broken(REFUSALS.get(plain[:1], "SYN-120"))
        if len(plain) < GREETING:
            self._early = plain
            return b""
        if not self.caller and self.address is not None:
            port = int.from_bytes(plain[1:GREETING], "big")
            self.call_back = Address(self.address.host, port) if port else None
        self.proven_ms = self._board.clock()
        session = self._board.admit(self)
        if not self.caller:
            self._greet()
            self._flush()
        self._session = session
        self._forget("handshake")
        self.settled.set_result("")
        return plain[GREETING:]

    def _greet(self) -> None:
        self._greeted = True
        self._tunnel.send(WELCOME + self._board.port.to_bytes(2, "big"))

    def _pump(self) -> None:
        session, turn = self._session, TURN_BYTES
        if session is None:
            return
        said = b"-"
        while said and turn > 0 and not self._blocked:
            said = session.outgoing()
            turn -= len(said)
            self._tunnel.send(said)
            self._flush()
        if not said and session.closed:
            self.close(session.closed)
        elif said and not self._blocked and not self._again:
            self._again = True
            self._loop.call_soon(self._next_turn)
        self._nap(session)

    def _next_turn(self) -> None:
        self._again = False
        self.pump()

    # ------------------------------------------------------------- time

    def _nap(self, session: Session) -> None:
        due = session.next_due_ms()
        # A later due time is seen when the earlier timer fires: no timer is moved for each packet.
        if "tick" in self._timers and due >= self._due_ms:
            return
        self._due_ms = due
        wait = (due - self._board.clock()) / 1000
        self._in(min(max(wait, 0.0), LONGEST_NAP_S), "tick", lambda: self._guard(self._tick))

    def _tick(self) -> None:
        self._timers.pop("tick", None)
        session = self._session
        if session is None:
            return
        now = self._board.clock()
        if session.next_due_ms() <= now:
            session.tick(now)
        self._pump()

    def _look_at_progress(self) -> None:
        waiting = 0 if self._wire is None else self._wire.get_write_buffer_size()
        if waiting > self._waiting - PROGRESS:
            self.drop("SYN-126")
            return
        self._waiting = waiting
        self._in(self._board.limits.stall_s, "stall", self._look_at_progress)

    def _in(self, seconds: float, name: str, then: Callable[[], None]) -> None:
        self._forget(name)
        self._timers[name] = self._loop.call_later(seconds, then)

    def _forget(self, name: str) -> None:
        timer = self._timers.pop(name, None)
        if timer is not None:
            timer.cancel()

    # ------------------------------------------------------------- the wire

    def _listen_less(self, size: int) -> None:
        """Two kits that send much at once both go on reading; one that only sends is not heard."""
        if not self._blocked or self._wire is None or self._wire.is_closing():
            return
        self._unread += size
        if self._unread > self._board.limits.blocked and self._wire.is_reading():
            self._wire.pause_reading()

    def _flush(self) -> None:
        data = self._tunnel.outgoing()
        if data and self._wire is not None and not self._wire.is_closing():
            self.given += len(data)
            self._wire.write(data)

    def _refuse(self, code: str) -> None:
        if self._tunnel.established:
            # Behind a greeting a sign would be read as the session's.
            self._tunnel.send(b"" if self._greeted else _SIGNS.get(code, b""))
            self._tunnel.say_goodbye()
        self._end(code)
        self._hang_up()

    def _hang_up(self) -> None:
        """The last bytes (an alert, a goodbye) go out, then the wire is closed."""
        self._flush()
        if self._wire is not None:
            self._wire.close()
            self._in(self._board.limits.linger_s, "linger", self._wire.abort)

    def _end(self, code: str) -> None:
        if self.code:
            return
        self.code = code
        for name in ("handshake", "tick", "stall"):
            self._forget(name)
        if not self.settled.done():
            self.settled.set_result(code)
        self._board.ended(self)

    def _code_of_loss(self) -> str:
        if self.proven_ms:
            return "SYN-131"
        # The far end has closed after our half of the handshake: it did not want us.
        return "SYN-122" if self.caller and self._tunnel.established else "SYN-120"
