"""Recognises a snapshot and reads it in batches (first shape)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

Batch = Any


def open_intake(path: Path) -> Any:
    """The reader for what lies at this path."""
    raise NotImplementedError
