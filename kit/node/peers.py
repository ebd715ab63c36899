"""What this kit knows of the others: who is there, by which way, who lacks what, since when.

Rows for the screen "Échanges", figures for the status strip, and what is kept for the next start.
Not for: lines and sessions themselves (`network`).
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import msgspec

from kit.core.errors import BadInput
from kit.node.sentences import text_of
from kit.node.settings import keep, kept
from kit.sync.address import Address, read_address
from kit.sync.authority import Directory, Member, State
from kit.sync.fleet_questions import unseen_entries
from kit.sync.ladder import Rung
from kit.sync.session import Session

if TYPE_CHECKING:
    from kit.node.network import Network

KEEP_MS = 60_000
SHORT = 16
KNOWN, NEVER, REACHABLE, CONNECTED, REVOKED, SELF = (
    "known", "never", "reachable", "connected", "revoked", "self",
)  # fmt: skip
PENDING, UNCONFIRMED = "pending", "unconfirmed"
"""Not members: one key of two has signed; whoever enrolled it was put out."""


class Acquaintance(msgspec.Struct):
    """What is remembered of a peer: seen, exchanged (UTC ms, 0 never), where it answered."""

    seen_ms: int = 0
    exchanged_ms: int = 0
    addresses: tuple[str, ...] = ()


class Memory(msgspec.Struct):
    """Kept for the next start: peers by device, and feed → highest number seen elsewhere."""

    peers: dict[bytes, Acquaintance] = msgspec.field(default_factory=dict)
    witnessed: dict[bytes, int] = msgspec.field(default_factory=dict)


class Peers:
    """All other kits of the fleet as this node knows them."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._memory = Memory()
        self._sessions: dict[bytes, Session] = {}
        self._troubles: dict[bytes, str] = {}
        self._shown: tuple[Any, ...] = ()
        self._unsent_since = 0
        self._kept_at = 0
        self._directory: Directory | None = None
        self._holders: dict[str, bool] = {}

    # ------------------------------------------------------------------ kept for the next start

    def load(self, now: int) -> None:
        """Take what the last run knew: where others answered, what they had."""
        stored = kept(self._network.desk.kit.db, "peers")
        if stored is not None:
            self._memory = msgspec.msgpack.decode(stored, type=Memory)
        for device, one in self._memory.peers.items():
            self._network.ladder.learned(device, places(one.addresses), Rung.LAST, now)

    def save(self) -> None:
        """Write it down; costs one small row."""
        for device, places in self._network.ladder.last_good().items():
            self._of(device).addresses = tuple(str(place) for place in places)
        kit = self._network.desk.kit

        def write() -> None:
            with kit.db.transaction():
                keep(kit.db, "peers", msgspec.msgpack.encode(self._memory))

        kit.written(write)

    # ------------------------------------------------------------------ what the network tells

    def opened(self, device: bytes, session: Session) -> None:
        """A line to a device is proven."""
        self._sessions[device] = session
        self._troubles.pop(device, None)

    def ended(self, device: bytes, session: Session, code: str) -> None:
        """The line to a device is gone; what it had is still known."""
        self._note(device, session)
        self._troubles[device] = (session.closed or code).removeprefix("bye:")

    def written(self, own: frozenset[bytes]) -> None:
        """Own feeds got entries: the strip counts them until another kit has them."""
        if own and not self._unsent_since:
            self._unsent_since = self._network.desk.now()

    def beat(self, now: int) -> bool:
        """Once a second: take note of what is connected; True where the screens must be told."""
        for device, session in self._sessions.items():
            if session.connected:
                self._note(device, session)
        shown = (
            tuple(sorted(device for device in self._sessions if self._connected(device))),
            self.unsent(),
            self._network.trouble(),
            self._network.has_link(),
        )
        changed = shown != self._shown
        self._shown = shown
        if now - self._kept_at > KEEP_MS:
            self._kept_at = now
            self.save()
        return changed

    def _note(self, device: bytes, session: Session) -> None:
        one = self._of(device)
        one.seen_ms = self._network.desk.now() if session.connected else one.seen_ms
        one.exchanged_ms = max(one.exchanged_ms, session.exchanged_ms)
        witnessed, feeds = self._memory.witnessed, self._network.log.feeds
        for feed, tip in session.delivery.tips.items():
            row = feeds.get(feed)
            if row is not None and row.own and tip.seq > witnessed.get(feed, 0):
                witnessed[feed] = tip.seq

    def _of(self, device: bytes) -> Acquaintance:
        return self._memory.peers.setdefault(device, Acquaintance())

    # ------------------------------------------------------------------ what is asked

    def unsent(self) -> int:
        """Own entries that no other kit is known to have on its disk; 0 in a fleet of one."""
        if len(self._network.membership.members.directory.members) < 2:
            return 0
        witnessed = self._memory.witnessed
        lacking = sum(
            max(0, row.seq - self._witnessed(row.name, witnessed))
            for row in self._network.log.feeds.by_number.values()
            if row.own and row.seq and not row.is_branch and self._has_holder(row.scope)
        )
        if not lacking:
            self._unsent_since = 0
        elif not self._unsent_since:
            self._unsent_since = self._network.desk.now()
        return lacking

    def _has_holder(self, scope: str) -> bool:
        """Whether any other kit may be given this scope: a lone steering kit keeps its audit."""
        directory = self._network.membership.members.directory
        if directory is not self._directory:
            self._directory = directory
            self._holders.clear()
        known = self._holders.get(scope)
        if known is None:
            own = self._network.membership.device
            known = self._holders[scope] = any(
                member.is_member and directory.may_hold(device, scope)
                for device, member in directory.members.items()
                if device != own
            )
        return known

    def _witnessed(self, feed: bytes, kept_tips: dict[bytes, int]) -> int:
        live = (one.delivery.tips.get(feed) for one in self._sessions.values())
        return max([kept_tips.get(feed, 0), *(tip.seq for tip in live if tip is not None)])

    def facts(self) -> dict[str, Any]:
        """For the status strip; times in UTC ms, 0 = never."""
        network = self._network
        connected = [device for device in self._sessions if self._connected(device)]
        directory = network.membership.members.directory
        steering = [
            self._memory.peers[device].seen_ms
            for device, member in directory.members.items()
            if member.steers and device in self._memory.peers
        ]
        exchanged = [one.exchanged_ms for one in self._memory.peers.values()]
        return {
            "peers": len(connected),
            "unsent": self.unsent(),
            "unsent_since_ms": self._unsent_since,
            "exchanged_ms": max(exchanged, default=0),
            "steering_seen_ms": max(steering, default=0),
            "network": self._reach(connected=bool(connected)),
            "discovery": "broken" if network.trouble() else "ok",
            "refused": self._refused(),
            "fleet_size": len(directory.members),
        }

    def _reach(self, *, connected: bool) -> str:
        """`ok`; `alone`: nobody answers; `off`: no cable, no radio, no address to be called at."""
        if connected:
            return "ok"
        return "alone" if self._network.has_link() else "off"

    def _refused(self) -> list[dict[str, Any]]:
        counts: dict[str, int] = {}
        for session in self._sessions.values():
            for code, count in session.refused.items():
                counts[code] = counts.get(code, 0) + count
        return [
            {"code": code, "count": count, "text": text_of(code, {})}
            for code, count in sorted(counts.items())
        ]

    def rows(self) -> list[dict[str, Any]]:
        """One row a kit of the fleet, this one first (the screens sort)."""
        directory = self._network.membership.members.directory
        own = self._network.membership.device
        members = sorted(directory.members.items(), key=lambda item: (item[0] != own, item[0]))
        unseen = unseen_entries(self._network.desk.kit.db, directory, own)
        return [self._row(device, member, unseen.get(device, 0)) for device, member in members]

    def _row(self, device: bytes, member: Member, unread: int) -> dict[str, Any]:
        session = self._sessions.get(device)
        standing = self._network.ladder.standing(device)
        known = self._memory.peers.get(device, Acquaintance())
        ahead, behind = session.delivery.counts() if session is not None else (None, None)
        code = self._troubles.get(device, "")
        live = session if session is not None and session.connected else None
        return {
            "device": device.hex()[:SHORT], "key": device.hex(), "label": member.label,
            "role": str(member.grant.role), "wards": list(member.grant.wards),
            "state": self._state(device, member, standing.address),
            "rung": standing.rung, "address": self._address(device, standing.address),
            "seen_ms": known.seen_ms, "exchanged_ms": known.exchanged_ms,
            "ahead": ahead, "behind": behind, "unread": unread,
            "offset_ms": live.offset_ms if live else None,
            "clk": live.peer_clk if live else 0,
            "version": session.hello.app if session is not None and session.hello else "",
            "by": self._labels(member.by), "revoked_by": self._labels(member.revoked_by),
            "interim": member.interim, "trouble": code,
            "text": text_of(code, {}) if code.startswith("SYN") else "",
        }  # fmt: skip

    def _labels(self, devices: Iterable[bytes]) -> list[str]:
        members = self._network.membership.members.directory.members
        return [members[one].label if one in members else one.hex()[:8] for one in devices]

    def _state(self, device: bytes, member: Member, address: str) -> str:
        if device == self._network.membership.device:
            return SELF
        if not member.is_member:
            waits = {State.PENDING: PENDING, State.UNCONFIRMED: UNCONFIRMED}
            return waits.get(member.state, REVOKED)
        if self._connected(device):
            return CONNECTED
        if device not in self._memory.peers or not self._memory.peers[device].seen_ms:
            return REACHABLE if address else NEVER
        return KNOWN

    def _address(self, device: bytes, known: str) -> str:
        """Where a kit answered last; of this one, where it can be called: to be read aloud."""
        if device != self._network.membership.device:
            return known
        return str(next(iter(self._network.here()), ""))

    def _connected(self, device: bytes) -> bool:
        session = self._sessions.get(device)
        return session is not None and session.connected


def places(texts: Iterable[str]) -> list[Address]:
    """Addresses as they were told or kept; what is none is left out."""
    found: list[Address] = []
    for text in texts:
        with contextlib.suppress(BadInput):
            found.append(read_address(text))
    return found
