"""What a colour may say; the word beside it says it too.

Not for: the colours themselves (`theme`).
"""

from __future__ import annotations

from enum import StrEnum


class Tone(StrEnum):
    """NORMAL says nothing; the others are abnormal in rising order, MUTED is secondary text."""

    NORMAL = "normal"
    MUTED = "muted"
    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"
