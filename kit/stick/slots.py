"""Two slots in turn: which one starts, how often it may still be tried, what an update changes.

`choose` is what `grub.cfg` does with its environment, step by step, so that everything that is
decided here can be tried against it. Pure. Not for: reading or writing the block (`grubenv`).
Source: the study of the image, §6.3, and its `grub-ab.cfg`, which was run.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from kit.stick.layout import FIRST, LEFT, SLOTS, TRIES


class Slots(msgspec.Struct, frozen=True):
    """first: tried first; left: slot → tries left, 0 to TRIES."""

    first: str
    left: dict[str, int]


FRESH = Slots("a", {"a": TRIES, "b": 0})
"""A new stick: nothing is in b yet."""


def other(slot: str) -> str:
    """The slot beside this one."""
    return "b" if slot == "a" else "a"


def read(variables: Mapping[str, str] | None) -> Slots:
    """What GRUB makes of its environment; of none, what `grub.cfg` begins with."""
    found = variables or {}
    first = "b" if found.get(FIRST) == "b" else "a"
    known = {str(count): count for count in range(1, TRIES + 1)}
    full = str(TRIES)
    return Slots(first, {slot: known.get(found.get(LEFT[slot], full), 0) for slot in SLOTS})


def written(slots: Slots, variables: Mapping[str, str] | None) -> dict[str, str]:
    """The variables with these slots; all others stay as they are, behind them."""
    own = {FIRST: slots.first, **{LEFT[slot]: str(slots.left[slot]) for slot in SLOTS}}
    return own | {name: value for name, value in (variables or {}).items() if name not in own}


def choose(slots: Slots) -> tuple[str, Slots]:
    """The slot that GRUB starts now, and what it writes down before it does.

    Both at zero (many power cuts, or two bad slots): everything is filled up again and `first` is
    tried, for a kit that stops for good helps nobody.
    """
    for slot in (slots.first, other(slots.first)):
        if slots.left[slot] > 0:
            return slot, _with(slots, slot, slots.left[slot] - 1)
    filled = Slots(slots.first, dict.fromkeys(SLOTS, TRIES))
    return filled.first, _with(filled, filled.first, TRIES - 1)


def mark_good(slots: Slots, running: str) -> Slots:
    """The running slot has shown its lock screen long enough: it may be tried again in full."""
    return _with(slots, running, TRIES)


def before_update(slots: Slots, running: str) -> Slots:
    """The other slot is about to be overwritten: nothing starts it, whatever happens now."""
    return Slots(running, {running: TRIES, other(running): 0})


def after_update(slots: Slots, running: str) -> Slots:
    """The other slot holds a new, verified release: it is tried first, the running one after it."""
    return Slots(other(running), {running: TRIES, other(running): TRIES})


def fell_back(slots: Slots, running: str) -> bool:
    """Whether the slot that should start did not, and this one runs in its place."""
    return slots.first != running


def _with(slots: Slots, slot: str, count: int) -> Slots:
    return Slots(slots.first, slots.left | {slot: count})
