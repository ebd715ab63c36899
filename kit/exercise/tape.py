"""The tape on which the demo's events are laid, and how they come off it in causal order.

An entry unpacks as four: event, ward whose scope it belongs to (empty: the hospital's), author,
moment of recording (UTC ms). A correction also names what it replaces by position on the tape,
because entry numbers exist only once a log has taken the entries in. Not for: what happens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from kit.core.command import Outcome
from kit.core.event import Event


class Entry(NamedTuple):
    """What one author recorded at one moment."""

    event: Event
    ward: str
    actor: str
    wall_ms: int

    @property
    def replaces(self) -> tuple[int, ...]:
        """Positions (from 0) of the entries that this one replaces."""
        return ()


class Correction(Entry):
    """An entry that replaces others; still unpacks as four."""

    _replaces: tuple[int, ...]

    @property
    def replaces(self) -> tuple[int, ...]:
        """Positions (from 0) of the entries that this one replaces."""
        return self._replaces


def correction(entry: Entry, replaces: tuple[int, ...]) -> Correction:
    """The same entry, with what it replaces."""
    made = Correction(*entry)
    made._replaces = replaces  # noqa: SLF001  (its own class, one page up)
    return made


class Tape:
    """Entries as they are thought of; they come off sorted by moment, then as laid."""

    def __init__(self) -> None:
        self._laid: list[Entry] = []
        self._replaced: dict[int, tuple[int, ...]] = {}

    def lay(
        self, event: Event, ward: str, actor: str, wall_ms: int, replaces: tuple[int, ...] = ()
    ) -> int:
        """Add an entry; its handle for a later correction."""
        self._laid.append(Entry(event, ward, actor, wall_ms))
        handle = len(self._laid) - 1
        if replaces:
            self._replaced[handle] = replaces
        return handle

    def take(self, other: Tape) -> None:
        """Add another tape's entries (without corrections) after these."""
        self._laid += other._laid

    def entries(self) -> Iterator[Entry]:
        """All entries in causal order."""
        order = sorted(range(len(self._laid)), key=lambda handle: self._laid[handle].wall_ms)
        place = {handle: position for position, handle in enumerate(order)}
        for handle in order:
            entry, replaces = self._laid[handle], self._replaced.get(handle, ())
            if replaces:
                yield correction(entry, tuple(place[one] for one in replaces))
            else:
                yield entry


Append = Callable[[list[Outcome], Entry], list[int]]
"""Takes outcomes of one author and moment (those of the entry given), gives entry numbers."""


def deliver(entries: Iterable[Entry], append: Append) -> int:
    """Hand entries to a log in order, what belongs together at once; how many there were.

    What a correction replaces is translated into the numbers that `append` gave.
    """
    numbers: list[int] = []
    waiting: list[Entry] = []
    for entry in entries:
        if waiting and (entry[1:] != waiting[0][1:] or entry.replaces):
            numbers += _hand_over(waiting, numbers, append)
            waiting = []
        waiting.append(entry)
    if waiting:
        numbers += _hand_over(waiting, numbers, append)
    return len(numbers)


def _hand_over(waiting: list[Entry], numbers: list[int], append: Append) -> list[int]:
    outcomes = [
        Outcome(entry.event, tuple(numbers[position] for position in entry.replaces))
        for entry in waiting
    ]
    return append(outcomes, waiting[0])
