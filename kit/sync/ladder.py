"""Whom to call when: from the first rung (mDNS) down to an address typed by hand; no socket here.

Source: sync.md §5 "Ladder", rungs 1–5. An address is a place; who answers there is known only after
a handshake, so places heard by mDNS are nobody's until then. Time comes in milliseconds that never
run back, chance as a generator. Not for: finding (`discovery`), calling (`transport`), choosing
among members (`neighbours`). No subnet is ever scanned: that looks like the attack.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from enum import StrEnum

import msgspec

from kit.sync.address import Address
from kit.sync.neighbours import ENOUGH, Neighbours

PLACES = 256
"""Places by mDNS that nobody has answered from yet; more are not kept."""
PLACES_OF_INSTANCE = 8
LOWEST_PORT = 1024
"""Nobody can make kits call a printer, a pump or a server by announcing its well-known port."""
LAST_GOOD = 8
FIRST_WAIT_MS = 1_000
LONGEST_WAIT_MS = 60_000
SELF_WAIT_MS = 600_000
EXPLORE_MS = 5_000
"""In a large fleet, how often a place of nobody known is tried although there are lines enough."""
COURTESY_MS = 1_500
RUSH_MS = 250
"""Calls after a change of the network are spread over so long."""
TIDY_AGE_MS = 15_000
TIDY_MS = 2_000
SELF, DOUBLE = "SYN-128", "SYN-129"


class Rung(StrEnum):
    """How a place became known; the order is the order of trying."""

    TYPED = "typed"
    MDNS = "mdns"
    LAST = "last"
    GOSSIP = "gossip"
    STATIC = "static"


_HEIGHT = {rung: height for height, rung in enumerate(Rung)}


class Dial(msgspec.Struct, frozen=True):
    """A call to be made now. device: who is believed to be there; empty = not known."""

    address: Address
    rung: Rung
    device: bytes = b""


class Standing(msgspec.Struct, frozen=True):
    """What the screen says of a peer: its rung, since when, and whether a line is open."""

    rung: str
    since_ms: int
    address: str
    connected: bool


class _Place(msgspec.Struct):
    """One address: on which rungs it stands since when, who was there, when to try again."""

    address: Address
    rungs: dict[Rung, int] = {}
    device: bytes = b""
    instance: str = ""
    fails: int = 0
    next_ms: int = 0
    good_ms: int = 0

    def rung(self) -> Rung:
        return min(self.rungs, key=_HEIGHT.__getitem__)


class _Tie(msgspec.Struct, frozen=True):
    """An open line as the ladder sees it."""

    since_ms: int
    caller: bool
    rung: str
    address: str


class Ladder:
    """Told what is heard and what became of calls; answers which calls are due."""

    def __init__(self, own: bytes, chance: random.Random, dials: int = 8) -> None:
        """own: this kit's device key; dials: calls under way at the same time."""
        self._own, self._chance, self._dials = own, chance, dials
        self._members: dict[bytes, bool] = {}
        self._neighbours = Neighbours(own, {})
        self._places: dict[Address, _Place] = {}
        self._ties: dict[bytes, _Tie] = {}
        self._doubted: set[bytes] = set()
        self._under_way: dict[Address, Dial] = {}
        self._explore_ms = 0
        self._tidy_ms = 0

    # ------------------------------------------------------------- what is known

    def members(self, members: Mapping[bytes, bool]) -> None:
        """The fleet as the directory has it now: device → whether it steers."""
        if dict(members) != self._members:
            self._members = dict(members)
            self._neighbours = Neighbours(self._own, members)
            # Somebody who refused us, or whom we refused, may be right now.
            for place in self._places.values():
                place.next_ms = 0

    def heard(
        self, instance: str, addresses: Iterable[Address], now_ms: int, *, first: bool = True
    ) -> None:
        """An announcement of our own fleet: an instance name and where it says it is.

        first: of the two, it is on us to call; the other one waits a moment, so that calls seldom
        cross. Both do call in the end: a wall may stand in one direction only.
        """
        there = list(dict.fromkeys(addresses))[:PLACES_OF_INSTANCE]
        known = [one for address in there if (one := self._places.get(address)) is not None]
        witnesses = [*self._of_instance(instance), *(one for one in known if self._in_use(one))]
        device = next((one.device for one in witnesses if one.device), b"")
        for address in there:
            new = address not in self._places
            place = self._learn(address, Rung.MDNS, now_ms)
            if place is None:
                continue
            if new and not first:
                place.next_ms += COURTESY_MS
            if place.instance != instance:
                # Another kit may have this address now, or the same one may have started anew.
                place.instance = instance
                if not self._in_use(place):
                    place.device = device
            if not new:
                self._try_soon(place, now_ms)

    def learned(self, device: bytes, addresses: Iterable[Address], rung: Rung, now_ms: int) -> None:
        """Where a device was (LAST), where others say it is (GOSSIP), or where it says itself."""
        if device == self._own:
            return
        for address in list(dict.fromkeys(addresses))[:LAST_GOOD]:
            place = self._learn(address, rung, now_ms)
            if place is not None and not place.good_ms:
                place.device = device
        self._keep_newest(device, rung)

    def given(self, addresses: Iterable[Address], rung: Rung, now_ms: int) -> None:
        """Addresses of nobody in particular: the prepared list (STATIC), or one typed (TYPED)."""
        for address in addresses:
            place = self._learn(address, rung, now_ms)
            if place is not None and rung is Rung.TYPED:
                place.fails = place.next_ms = 0

    def network_changed(self, now_ms: int) -> None:
        """A cable, an address, a radio: all that failed before is worth a call now."""
        for place in self._places.values():
            self._try_soon(place, now_ms)

    # ------------------------------------------------------------- what became of it

    def finished(self, address: Address, code: str, device: bytes, now_ms: int) -> None:
        """A call is over: "" or a code, and who answered if that is known."""
        self._under_way.pop(address, None)
        place = self._places.get(address)
        if place is None:
            return
        if code in ("", DOUBLE) and device:
            self._found(place, device, now_ms)
            return
        wait = SELF_WAIT_MS if code == SELF else self._wait(place.fails)
        place.fails += 1
        place.next_ms = now_ms + wait

    def connected(self, device: bytes, address: Address | None, caller: bool, now_ms: int) -> None:
        """A line is proven. address: where the other kit listens (`Line.call_back`)."""
        rung = ""
        self._doubted.discard(device)
        if address is not None:
            known = self._places.get(address)
            rung = known.rung() if known is not None else ""
            self.learned(device, [address], Rung.LAST, now_ms)
            if (place := self._places.get(address)) is not None:
                self._found(place, device, now_ms)
        self._ties[device] = _Tie(now_ms, caller, rung, str(address or ""))

    def doubt(self, device: bytes) -> None:
        """Nothing has come on this line since the network changed: call again beside it."""
        if device in self._ties:
            self._doubted.add(device)
            for place in self._places.values():
                if place.device == device:
                    place.next_ms = 0

    def lost(self, device: bytes, now_ms: int) -> None:
        """The line to a device is gone: its places are tried at once, then ever more rarely."""
        self._doubted.discard(device)
        if self._ties.pop(device, None) is not None:
            for place in self._places.values():
                if place.device == device:
                    self._try_soon(place, now_ms)

    # ------------------------------------------------------------- what to do

    def due(self, now_ms: int) -> list[Dial]:
        """The calls to make now. Each counts as under way until `finished`."""
        room = self._dials - len(self._under_way)
        if room <= 0:
            return []
        chosen = self._choice(now_ms)
        self._chance.shuffle(chosen)  # sorted below: chance decides only among equals
        busy = {self._key(one) for one in self._under_way}
        strangers = self._dials // 2 - sum(not one.device for one in self._under_way.values())
        made: list[Dial] = []
        for place in sorted(chosen, key=_order):
            key = place.device or place.instance or place.address
            if len(made) == room or key in busy or not (place.device or strangers > 0):
                continue
            strangers -= not place.device
            busy.add(key)
            dial = Dial(place.address, place.rung(), place.device)
            self._under_way[place.address] = dial
            made.append(dial)
        return made

    def begin(self, address: Address) -> None:
        """Somebody else calls this place now: it is under way until `finished`."""
        place = self._places.get(address)
        if place is not None:
            self._under_way[address] = Dial(address, place.rung(), place.device)

    def next_due_ms(self, now_ms: int) -> int:
        """When `due` is worth asking again, at most a second away while there are places."""
        waiting = [one.next_ms for one in self._places.values() if self._open(one)]
        return min([now_ms + FIRST_WAIT_MS, *(max(now_ms + 1, one) for one in waiting)])

    def surplus(self, now_ms: int) -> bytes:
        """A device whose line this kit may end: called by us, not wanted, above what is enough."""
        if self._neighbours.small or len(self._ties) <= ENOUGH + 2 or now_ms < self._tidy_ms:
            return b""
        old = {
            device
            for device, tie in self._ties.items()
            if tie.caller and now_ms - tie.since_ms > TIDY_AGE_MS
        }
        spare = sorted(old - self._neighbours.wanted(self._ties))
        if not spare:
            return b""
        self._tidy_ms = now_ms + TIDY_MS
        return self._chance.choice(spare)

    # ------------------------------------------------------------- what the screen asks

    def standing(self, device: bytes) -> Standing:
        """The rung in use for a device and since when; without a line, the best rung known."""
        tie = self._ties.get(device)
        if tie is not None:
            return Standing(tie.rung, tie.since_ms, tie.address, connected=True)
        known = [one for one in self._places.values() if one.device == device]
        if not known:
            return Standing("", 0, "", connected=False)
        best = min(known, key=_order)
        rung = best.rung()
        return Standing(rung, best.rungs[rung], str(best.address), connected=False)

    def last_good(self) -> dict[bytes, list[Address]]:
        """Where each device has answered, newest first: to be kept for the next start."""
        found: dict[bytes, list[_Place]] = {}
        for place in self._places.values():
            if Rung.LAST in place.rungs and place.device:
                found.setdefault(place.device, []).append(place)
        return {
            device: [one.address for one in sorted(places, key=_newest_first)[:LAST_GOOD]]
            for device, places in found.items()
        }

    # ------------------------------------------------------------- inside

    def _open(self, place: _Place) -> bool:
        """Whether a call to this place could be of use at all."""
        if place.address in self._under_way:
            return False
        if not place.device:
            return True
        idle = place.device not in self._ties or place.device in self._doubted
        return idle and place.device in self._members

    def _in_use(self, place: _Place) -> bool:
        """Whether an open line shows who is at this place."""
        tie = self._ties.get(place.device)
        return tie is not None and tie.address == str(place.address)

    def _choice(self, now_ms: int) -> list[_Place]:
        ready = [one for one in self._places.values() if one.next_ms <= now_ms and self._open(one)]
        if self._neighbours.small:
            return ready
        want = self._neighbours.wanted(self._ties) | self._doubted
        picked = [one for one in ready if one.device in want or Rung.TYPED in one.rungs]
        taken = {one.address for one in picked}
        others = [one for one in ready if one.address not in taken]
        lacking = ENOUGH - len(self._ties) - len(self._under_way)
        if lacking <= 0 and others and now_ms >= self._explore_ms:
            # Nobody knows who is there until somebody calls: a few calls a minute find out.
            others = [one for one in others if not one.device]
            lacking, self._explore_ms = 1, now_ms + EXPLORE_MS
        return picked + self._chance.sample(others, min(max(lacking, 0), len(others)))

    def _key(self, address: Address) -> str | bytes | Address:
        """What must not be called twice at once: a device, an instance, or else an address."""
        place = self._places.get(address)
        if place is None:
            return address
        return place.device or place.instance or address

    def _learn(self, address: Address, rung: Rung, now_ms: int) -> _Place | None:
        if rung in (Rung.MDNS, Rung.GOSSIP) and address.port < LOWEST_PORT:
            return None
        place = self._places.get(address)
        if place is None:
            if rung is Rung.MDNS and not self._make_room():
                return None
            place = _Place(address, next_ms=now_ms + self._chance.randrange(RUSH_MS))
            self._places[address] = place
        place.rungs[rung] = now_ms
        return place

    def _make_room(self) -> bool:
        """A place that nobody ever answered from goes, by chance.

        So a flood of announcements cannot push out a kit that is known, nor for sure a new one.
        """
        loose = [
            address
            for address, one in self._places.items()
            if set(one.rungs) == {Rung.MDNS} and not one.good_ms and address not in self._under_way
        ]
        if len(loose) < PLACES:
            return True
        failed = [one for one in loose if self._places[one].fails]
        del self._places[self._chance.choice(failed or loose)]
        return True

    def _found(self, place: _Place, device: bytes, now_ms: int) -> None:
        """A device has answered there; its other addresses of the same announcement are its too."""
        place.device, place.good_ms, place.fails = device, now_ms, 0
        place.next_ms = now_ms + self._wait(0)
        place.rungs.pop(Rung.TYPED, None)
        place.rungs[Rung.LAST] = now_ms
        for same in self._of_instance(place.instance):
            same.device = device
        self._keep_newest(device, Rung.LAST)

    def _keep_newest(self, device: bytes, rung: Rung) -> None:
        """Beyond the newest eight of a device an old place loses this rung; with none it goes."""
        if rung is Rung.STATIC:
            return
        kept = [one for one in self._places.values() if one.device == device and rung in one.rungs]
        for place in sorted(kept, key=lambda one: -one.rungs[rung])[LAST_GOOD:]:
            del place.rungs[rung]
            if not place.rungs:
                del self._places[place.address]

    def _of_instance(self, instance: str) -> list[_Place]:
        if not instance:
            return []
        return [one for one in self._places.values() if one.instance == instance]

    def _try_soon(self, place: _Place, now_ms: int) -> None:
        # A place that was never tried has its time already; repeating a name must not move it.
        if place.fails or place.good_ms:
            place.fails = 0
            place.next_ms = min(place.next_ms, now_ms + self._chance.randrange(RUSH_MS))

    def _wait(self, fails: int) -> int:
        whole = min(FIRST_WAIT_MS << min(fails, 10), LONGEST_WAIT_MS)
        return self._chance.randrange(whole // 2, whole + whole // 2)


def _order(place: _Place) -> tuple[bool, bool, int, int, int]:
    """A typed place first, then who is known before who is not, then by rung and by success."""
    typed = Rung.TYPED in place.rungs
    return not typed, not place.device, _HEIGHT[place.rung()], place.fails, -place.good_ms


def _newest_first(place: _Place) -> tuple[int, Address]:
    return -place.good_ms, place.address
