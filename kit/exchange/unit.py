"""What an import hands to the node: units with their account, events, refusals, in batches.

A unit is what is kept raw and addressed by its SHA-256: a resource of a bundle, a line of NDJSON, a
row of a table. A batch is committed in one transaction, units and events together. Not for: how a
unit is read (`intake`) nor how it is stored (`ledger`).
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from kit.core.errors import Args
from kit.core.event import Event


class Fate(StrEnum):
    """What became of a leaf: exactly one of these (health-data.md §5.3)."""

    MAPPED = "mapped"
    KEPT = "kept"
    IGNORED = "ignored"
    UNMAPPED = "unmapped"


class Account(msgspec.Struct, frozen=True, array_like=True):
    """The leaves of a unit, by fate; `leaves` is their sum."""

    leaves: int = 0
    mapped: int = 0
    kept: int = 0
    ignored: int = 0
    unmapped: int = 0

    def plus(self, other: Account) -> Account:
        """Both together."""
        return Account(
            self.leaves + other.leaves,
            self.mapped + other.mapped,
            self.kept + other.kept,
            self.ignored + other.ignored,
            self.unmapped + other.unmapped,
        )


class Unit(msgspec.Struct, frozen=True):
    """One unit read. position: `line:12`, `entry:3`, `row:14`; new: not in the store yet."""

    sha256: bytes
    file: str
    position: str
    kind: str
    raw: bytes
    account: Account
    new: bool = True


class LeafTally(msgspec.Struct, frozen=True):
    """How often a path met a fate in a batch, with its first place; rule: why it was ignored."""

    path: str
    fate: str
    count: int
    file: str
    position: str
    rule: str = ""
    danger: bool = False


class RefusedUnit(msgspec.Struct, frozen=True):
    """A unit that could not be read, or not whole: where, and why (`reasons`)."""

    file: str
    position: str
    code: str
    args: Args = {}


class Opening(msgspec.Struct, frozen=True):
    """What is known of an import before its first unit. extracted_at: UTC ms, 0 unknown."""

    label: str
    path_name: str
    kind: str
    snapshot: str
    extracted_at: int
    started: int
    total_bytes: int
    blocks: tuple[str, ...]


class Batch(msgspec.Struct, frozen=True):
    """One transaction's worth. outcomes: (event, ward code; empty = this kit's own).

    opening: set on the first batch only. keys: digests of the events, so that none is made twice.
    done_bytes: how far the reading has come, for progress. An empty batch only tells progress.
    """

    units: tuple[Unit, ...] = ()
    outcomes: tuple[tuple[Event, str], ...] = ()
    refused: tuple[RefusedUnit, ...] = ()
    leaves: tuple[LeafTally, ...] = ()
    keys: tuple[bytes, ...] = ()
    counts: dict[str, int] = {}
    opening: Opening | None = None
    done_bytes: int = 0

    @property
    def empty(self) -> bool:
        """Nothing to commit: only progress."""
        return not (self.units or self.outcomes or self.refused or self.opening or self.counts)
