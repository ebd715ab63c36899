"""How many strangers may knock, and how often: a handshake costs the host a millisecond or two.

One token bucket per neighbourhood, one for all together, and a bounded memory of both. A place that
a member has called from keeps its own turn when strangers use up everybody's. Without sockets and
without a clock of its own. Not for: who is a member (the handshake says that).
"""

from __future__ import annotations

from collections import OrderedDict

import msgspec

PLACES = 1024
"""Neighbourhoods that are remembered; the one heard longest ago is forgotten first."""


class Rates(msgspec.Struct, frozen=True):
    """Bursts and sustained rates (a second) of handshakes that are begun for callers.

    Sixty kits behind one address (a demo on one machine) pass at once; a flood costs < 10 % of a
    core.
    """

    place_burst: float = 64.0
    place_rate: float = 8.0
    all_burst: float = 256.0
    all_rate: float = 64.0


class _Bucket:
    """Tokens that come back with time."""

    __slots__ = ("_at_ms", "_burst", "_rate", "tokens")

    def __init__(self, burst: float, rate: float, now_ms: int) -> None:
        self._burst, self._rate, self._at_ms = burst, rate, now_ms
        self.tokens = burst

    def refill(self, now_ms: int) -> None:
        # A clock that runs back gives nothing and takes nothing.
        passed = max(0, now_ms - self._at_ms) / 1000
        self.tokens = min(self._burst, self.tokens + passed * self._rate)
        self._at_ms = now_ms


class Doorkeeper:
    """Says of each caller, before the handshake, whether it may try now."""

    def __init__(self, rates: Rates, now_ms: int) -> None:
        self._rates = rates
        self._all = _Bucket(rates.all_burst, rates.all_rate, now_ms)
        self._places: OrderedDict[str, _Bucket] = OrderedDict()
        self._friends: OrderedDict[str, None] = OrderedDict()

    def lets(self, place: str, now_ms: int) -> bool:
        """Whether a caller from this neighbourhood may begin a handshake; takes its turn if so."""
        own = self._bucket(place, now_ms)
        own.refill(now_ms)
        self._all.refill(now_ms)
        if own.tokens < 1 or (self._all.tokens < 1 and place not in self._friends):
            return False
        own.tokens -= 1
        self._all.tokens = max(0.0, self._all.tokens - 1)
        return True

    def befriend(self, place: str) -> None:
        """A member has called from there."""
        self._friends[place] = None
        self._friends.move_to_end(place)
        if len(self._friends) > PLACES:
            self._friends.popitem(last=False)

    def _bucket(self, place: str, now_ms: int) -> _Bucket:
        bucket = self._places.get(place)
        if bucket is None:
            bucket = _Bucket(self._rates.place_burst, self._rates.place_rate, now_ms)
            self._places[place] = bucket
        self._places.move_to_end(place)
        if len(self._places) > PLACES:
            self._places.popitem(last=False)
        return bucket
