"""What the kit says on the serial line under the test credential: `KIT-MARK lock painted mem=301`.

Not for: who says it (the keeper, and only when the machine's firmware carries `kit.smoke`).
"""

from __future__ import annotations

from dataclasses import dataclass, field

SIGN = "KIT-MARK"


@dataclass(frozen=True)
class Mark:
    """One mark: its words, its values, and when it was read (seconds since the machine's start)."""

    name: str
    values: dict[str, str] = field(default_factory=dict)
    at_s: float = 0.0

    def number(self, key: str) -> float | None:
        """A value as a figure; None where it is missing or is none."""
        try:
            return float(self.values[key])
        except (KeyError, ValueError):
            return None


def read_mark(line: str, at_s: float = 0.0) -> Mark | None:
    """The mark of a line, which may begin with another programme's unfinished words."""
    _before, sign, text = line.partition(SIGN)
    if not sign or not text.startswith(" "):
        return None
    words: list[str] = []
    values: dict[str, str] = {}
    for word in text.split():
        key, equals, value = word.partition("=")
        if equals and key:
            values[key] = value
        else:
            words.append(word)
    return Mark(" ".join(words), values, at_s) if words else None
