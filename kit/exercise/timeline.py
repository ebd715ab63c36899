"""The demo's hours: when the attack came, what the extracts knew, when the kits were opened.

Everything is relative to now: four hours into an attack, whatever the hour is. Not for: who does
what (`staff`), nor whom it happens to.
"""

from __future__ import annotations

from dataclasses import dataclass

from kit.core.clock import HOUR, MINUTE

RECORD, OLD, EMERGENCY = "record", "old", "emergency"


@dataclass(frozen=True)
class Extract:
    """A snapshot: its id, label, moment (UTC ms), and the blocks that it holds."""

    key: str
    snapshot: str
    label: str
    at: int
    blocks: tuple[str, ...]


@dataclass(frozen=True)
class Timeline:
    """The instants of one generation, UTC ms."""

    seed: int
    now: int

    @property
    def attack(self) -> int:
        """The record stopped answering."""
        return self.now - 4 * HOUR

    @property
    def opened(self) -> int:
        """The first kit was opened and the accounts were there."""
        return self.attack + 12 * MINUTE

    @property
    def imported(self) -> int:
        """The extracts were read in."""
        return self.attack + 20 * MINUTE

    @property
    def first_act(self) -> int:
        """Carers began to write in the kits."""
        return self.attack + 35 * MINUTE

    @property
    def death(self) -> int:
        """A patient of the demo died."""
        return self.now - 2 * HOUR

    def extract(self, key: str) -> Extract:
        """One of the three: the record's, the old one of a ward, the emergency room's."""
        hours, label, blocks = _EXTRACTS[key]
        moment = self.now - int(hours * HOUR)
        return Extract(key, f"valmont-{key}-{self.seed}", label, moment, blocks)


_ALL = (
    "identities", "stays", "allergies", "alerts", "problems", "prescriptions", "administrations",
    "vitals", "results", "notes", "care", "contacts", "appointments", "directory",
)  # fmt: skip
_EXTRACTS: dict[str, tuple[float, str, tuple[str, ...]]] = {
    RECORD: (6, "DPI Valmont, extraction de nuit", _ALL),
    OLD: (26, "DPI Valmont, extraction de la veille", _ALL),
    # The emergency room's own software knows no allergies: they are unavailable, not none.
    EMERGENCY: (5, "Logiciel des urgences", tuple(name for name in _ALL if name != "allergies")),
}
