"""Pairing on a network: an open door at the host, a call from the newcomer, two people.

Runs in the node's event loop on a port of its own, and only while a pairing is open. What was
agreed is written by the same commands as everything else. Not for: the meeting itself
(`kit.sync.pairing`), pairing by stick (`pairing_stick`).
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from kit.core.errors import BadInput, Refused, Unavailable
from kit.node.desk import Who
from kit.node.fleet_joining import device_keys, directory_feeds, join_fleet, refusal_to_join
from kit.node.pairing_place import Place, enrol, refusal_to_ask, welcome_of
from kit.node.sentences import text_of
from kit.paper.symbols import symbol_rows
from kit.store.vault import system_random
from kit.sync.address import Address, read_address, read_listening_place
from kit.sync.fleet import Identity
from kit.sync.founding import directory_of_feeds
from kit.sync.interfaces import cards_now, reachable_at
from kit.sync.pairing import (
    Door,
    Host,
    Joined,
    Joiner,
    Phase,
    Pinned,
    Request,
    Symbol,
    proof_statement,
)
from kit.sync.pairing_file import MOST_ADDRESSES, SYMBOL_MAGIC, read_symbol, symbol_text
from kit.sync.sockets import listening_socket

if TYPE_CHECKING:
    from kit.node.service import Node

PORT = 47444
ANYWHERE = "0.0.0.0"  # noqa: S104  (for two minutes, opened by a person)
BEAT_S = 0.5
MEETING_S = 20.0
"""A caller that has not come as far as digits by then only holds the door."""
CALL_S = 10.0
CHUNK = 65536
BACKLOG = 8


class Pairing:
    """The one pairing of a node: idle, hosting or joining."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.phase, self.reason, self.text = "idle", "", ""
        self.digits = self.peer_label = self.address = self.qr = ""
        self.expires_ms = 0
        self._door: Door | None = None
        self._side: Host | Joiner | None = None
        self._place = Place("", "", ())
        self._who = Who()
        self._writer: asyncio.StreamWriter | None = None
        self._task: asyncio.Task[None] | None = None

    def state(self) -> dict[str, Any]:
        """What a screen shows."""
        return {
            "phase": self.phase, "digits": self.digits, "peer_label": self.peer_label,
            "address": self.address, "qr": self.qr,
            "qr_rows": symbol_rows(self.qr) if self.qr else (), "expires_ms": self.expires_ms,
            "reason": self.reason, "text": self.text,
        }  # fmt: skip

    # ------------------------------------------------------------------ host

    def host(self, place: Place, who: Who, listen: Address) -> dict[str, Any]:
        """Open the door for two minutes. Raises Unavailable where no port is to be had."""
        self._reset("waiting")
        kit, desk = self.node.desk.kit, self.node.desk
        sock = _listening(listen)
        port = sock.getsockname()[1]
        symbol = Pinned(system_random(32), system_random(16), system_random(16))
        self._door = Door(desk.now(), symbol)
        self._place, self._who, self.expires_ms = place, who, self._door.expires_ms
        here = _reachable(listen, port)
        self.address = str(here[0]) if here else ""
        self.qr = symbol_text(
            Symbol(
                kit.log.device.fleet, _digest(kit.membership.certificate), symbol.pin,
                symbol.token, tuple(map(str, here))[:MOST_ADDRESSES],
            )
        )  # fmt: skip
        self._task = asyncio.get_running_loop().create_task(self._serve(sock))
        return self._told()

    async def _serve(self, sock: socket.socket) -> None:
        server = await asyncio.start_server(self._called, sock=sock, limit=CHUNK)
        try:
            door = self._door
            while door is not None and self._door is door and self.phase not in ("done", "failed"):
                await asyncio.sleep(BEAT_S)
                self._look(door)
        finally:
            server.close()

    def _look(self, door: Door) -> None:
        now = self.node.desk.now()
        door.look(now)
        if door.current is None and not door.is_open(now) and self.phase not in ("done", "failed"):
            self._fail("pairing.timeout" if now >= door.expires_ms else "pairing.tries")

    async def _called(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        door = self._door
        side = door.admit(system_random(32), system_random(16), self._now()) if door else None
        if door is None or side is None:
            writer.close()
            return
        self._side, self._writer = side, writer
        hold = asyncio.get_running_loop().call_later(MEETING_S, _give_up, side)
        try:
            await self._converse(side, reader, writer)
        finally:
            hold.cancel()
            if not side.ended:
                side.fail("pairing.lost", tell=False)
            door.look(self._now())
            self._after_host(side, door)
            writer.close()

    def _after_host(self, side: Host, door: Door) -> None:
        """An attempt is over: done, or the door stays open for the next one."""
        if self._side is side:
            self._side = self._writer = None
        if side.phase is Phase.DONE or self._door is not door:
            return
        self.digits = ""
        self.reason, self.text = side.reason, text_of(side.reason, {})
        if door.is_open(self._now()):
            self.phase = "waiting"
            self._told()
        else:
            self._fail(side.reason or "pairing.tries")

    def _granting(self, side: Host) -> None:
        """Both have agreed: enrol the newcomer and give it the fleet."""
        request, desk = side.request, self.node.desk
        if request is None:
            return
        self.peer_label = self._place.label or request.label
        refused = enrol(desk, self._place, request, self._who)
        if refused is not None:
            side.fail("pairing.refused")
            self._fail(refused.code, refused.args)
            return
        proof = desk.kit.membership.sign(proof_statement(b"host", side.meeting))
        side.grant(welcome_of(desk.kit, self._place, request, proof), directory_feeds(desk.kit))

    # ------------------------------------------------------------------ newcomer

    def join(self, where: str) -> dict[str, Any]:
        """Call a host, by its address or by what its symbol says. Raises BadInput."""
        self._reset("waiting")
        symbol = read_symbol(where) if where.strip().upper().startswith(SYMBOL_MAGIC) else None
        places = [read_address(text) for text in symbol.addresses] if symbol else []
        places = places or [read_address(where)]
        self.address = str(places[0])
        self._task = asyncio.get_running_loop().create_task(self._call(places, symbol))
        return self._told()

    async def _call(self, places: list[Address], symbol: Symbol | None) -> None:
        met = await self._reach(places)
        if met is None:
            self._fail("pairing.unreachable")
            return
        reader, self._writer = met
        pin, token = (symbol.pin, symbol.token) if symbol else (b"", b"")
        side = Joiner(system_random(32), system_random(16), pin=pin, token=token)
        self._side = side
        self._writer.write(side.drain())
        try:
            await self._converse(side, reader, self._writer, symbol)
        finally:
            self._writer.close()
        if side.phase is Phase.DONE:
            self._finish()
        else:
            self._fail(side.reason or "pairing.lost")

    async def _reach(
        self, places: list[Address]
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        for place in places:
            self.address = str(place)
            with contextlib.suppress(OSError, asyncio.TimeoutError):
                return await asyncio.wait_for(
                    asyncio.open_connection(place.host, place.port), CALL_S
                )
        return None

    def _joined(self, side: Joiner, symbol: Symbol | None) -> None:
        """The whole directory is here: enter the fleet, or say why not."""
        joined, kit = side.joined, self.node.desk.kit
        if joined is None or side.ended:
            return
        try:
            refused = _not_of_symbol(joined, symbol) or join_fleet(kit, joined)
        except BadInput as fault:
            refused = Refused(fault.code, fault.args_)
        self.peer_label = joined.welcome.hospital
        side.finish(refused.code if refused else "")
        if refused:
            self.text = text_of(refused.code, refused.args)
            return
        # Whoever keeps lines to others has them to another fleet now.
        for moved in self.node.on_fleet:
            moved()

    # ------------------------------------------------------------------ both

    async def _converse(
        self, side: Host | Joiner, reader: asyncio.StreamReader, writer: asyncio.StreamWriter,
        symbol: Symbol | None = None,
    ) -> None:  # fmt: skip
        with contextlib.suppress(OSError):
            while not side.ended:
                data = await reader.read(CHUNK)
                if not data:
                    break
                side.receive(data)
                self._advance(side, symbol)
                await self._flush(side, writer)
            await self._flush(side, writer)

    async def _flush(self, side: Host | Joiner, writer: asyncio.StreamWriter) -> None:
        if data := side.drain():
            writer.write(data)
            await writer.drain()

    def _advance(self, side: Host | Joiner, symbol: Symbol | None) -> None:
        """After bytes came in, or a person said something."""
        if side.phase is Phase.COMPARING and self.digits != side.digits:
            self.phase, self.digits = "comparing", side.digits
            self.reason = self.text = ""
        if isinstance(side, Host):
            if side.phase is Phase.GRANTING and self.phase != "granting":
                self.phase = "granting"
                self._granting(side)
            elif side.phase is Phase.DONE:
                self._finish()
        else:
            if symbol is not None and side.is_ready:
                side.confirm(same=True, request=self._request(side))
            if side.phase is Phase.GRANTING:
                self.phase = "granting"
            self._joined(side, symbol)
        self._told()

    def confirm(self, *, same: bool) -> dict[str, Any]:
        """The person has compared the six digits."""
        side, writer = self._side, self._writer
        if side is None or writer is None or side.phase is not Phase.COMPARING:
            return self.state()
        if isinstance(side, Host):
            side.confirm(same=same)
        else:
            side.confirm(same=same, request=self._request(side))
        self._advance(side, None)
        if data := side.drain():
            writer.write(data)
        if side.ended:
            writer.close()
        return self.state()

    def _request(self, side: Joiner) -> Request:
        kit = self.node.desk.kit
        proof = kit.membership.sign(proof_statement(b"new", side.meeting))
        return Request(kit.settings.label, device_keys(kit.membership), proof)

    def cancel(self) -> dict[str, Any]:
        """Stop it, on both sides."""
        if self.phase in ("waiting", "comparing", "granting"):
            if self._side is not None:
                self._side.fail("pairing.cancelled")
                if self._writer is not None:
                    self._writer.write(self._side.drain())
                    self._writer.close()
            self._fail("pairing.cancelled")
        return self.state()

    def _reset(self, phase: str) -> None:
        self.cancel()
        if self._task is not None:
            self._task.cancel()
        self.phase, self.reason, self.text = phase, "", ""
        self.digits = self.peer_label = self.address = self.qr = ""
        self.expires_ms = 0
        self._door = self._side = self._writer = self._task = None

    def _finish(self) -> None:
        self.phase, self.reason, self.text, self.digits = "done", "", "", ""
        self._told({"peers", "device", "status", "person", "ward"})

    def _fail(self, code: str, args: dict[str, Any] | None = None) -> None:
        if self.phase == "done":
            return
        self.phase, self.reason, self.digits = "failed", code, ""
        self.text = text_of(code, args or {})
        self._told()

    def _told(self, also: set[str] | None = None) -> dict[str, Any]:
        self.node.desk.tell({"pairing"} | (also or set()))
        return self.state()

    def _now(self) -> int:
        return self.node.desk.now()


def _give_up(side: Host) -> None:
    if side.phase is Phase.WAITING:
        side.fail("pairing.timeout")


def _digest(certificate: bytes) -> bytes:
    return hashlib.sha256(certificate).digest()[:16]


def _not_of_symbol(joined: Joined, symbol: Symbol | None) -> Refused | None:
    """Whether the fleet and the kit that answered are those that the symbol named."""
    if symbol is None:
        return None
    identity = Identity(joined.welcome.root, joined.welcome.world)
    host = directory_of_feeds(joined.feeds, identity).get(joined.welcome.host)
    named = host is not None and _digest(host.certificate) == symbol.certificate
    if identity.fleet == symbol.fleet and named:
        return None
    return Refused("pairing.not_pinned")


def _listening(listen: Address) -> socket.socket:
    try:
        sock = listening_socket(listen)
    except OSError:  # the port is taken: any other will do, the symbol says which
        try:
            sock = listening_socket(Address(listen.host, 0))
        except OSError:
            raise Unavailable("SYN-133", address=str(listen)) from None
    sock.listen(BACKLOG)
    return sock


def _reachable(listen: Address, port: int) -> list[Address]:
    if listen.host == ANYWHERE:
        return reachable_at(cards_now(), port)
    return [Address(listen.host, port)]


_PAIRINGS: WeakKeyDictionary[Any, Pairing] = WeakKeyDictionary()


def pairing_of(node: Node) -> Pairing:
    """The pairing of this node."""
    return _PAIRINGS.setdefault(node, Pairing(node))


def _host(node: Node, args: dict[str, Any]) -> Any:
    """`pairing.host {role, label, wards, listen?}`: open for two minutes."""
    who = node.who
    if (refused := node.desk.permitted("pair_kit", who)) is not None:
        return refused
    mine = node.desk.kit.membership.members.directory.get(node.desk.kit.membership.device)
    if mine is None or not mine.steers:
        return Refused("pairing.not_steering")
    return pairing_of(node).host(Place.read(args), who, _listen(str(args.get("listen", ""))))


def _listen(text: str) -> Address:
    """Where to open the door: everywhere, on the port of pairing, unless said otherwise."""
    return read_listening_place(text) if text else Address(ANYWHERE, PORT)


def _join(node: Node, args: dict[str, Any]) -> Any:
    """`pairing.join {address | code}`: call a host."""
    if (refused := refusal_to_ask(node.desk, node.who)) is not None:
        return refused
    if (refused := refusal_to_join(node.desk.kit)) is not None:
        return refused
    return pairing_of(node).join(str(args.get("code") or args.get("address") or ""))


def _confirm(node: Node, args: dict[str, Any]) -> dict[str, Any]:
    return pairing_of(node).confirm(same=bool(args.get("same")))


SERVICES: dict[str, Callable[[Any, dict[str, Any]], Any]] = {
    "pairing.host": _host,
    "pairing.join": _join,
    "pairing.confirm": _confirm,
    "pairing.cancel": lambda node, _args: pairing_of(node).cancel(),
    "pairing.state": lambda node, _args: pairing_of(node).state(),
}
