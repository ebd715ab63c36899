"""What every kind of extract offers the import: a survey, what opens it, its units, what closes it.

Not for: FHIR or tables as such (`fhir.reading`, `flat`). Files are read as streams; nothing here
holds a whole extract in memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import msgspec

from kit.core.event import Event
from kit.exchange.fhir.mapping import Desk
from kit.exchange.unit import RefusedUnit

Step = int
"""Bytes dealt with since the last step."""


class Found(msgspec.Struct):
    """A unit as it was found. value: what it says, None where it cannot be read; size: bytes."""

    file: str
    position: str
    kind: str
    raw: bytes
    value: dict[str, Any] | None = None
    refusal: RefusedUnit | None = None
    own: str = ""
    size: int = 0


class Source(Protocol):
    """One extract, opened."""

    kind: str
    extracted_at: int
    digest: int

    @property
    def blocks(self) -> tuple[str, ...]:
        """The blocks that the extract holds at all."""
        ...

    def survey(self) -> Iterator[Step]:
        """Read it once, so that who is who and what there is are known."""
        ...

    def start(self, desk_of: str, now_ms: int) -> Desk:
        """The desk at which its units are mapped; desk_of: the snapshot's id."""
        ...

    def opening_events(self, desk: Desk) -> list[Event]:
        """What is known before the first unit: the wards."""
        ...

    def units(self) -> Iterator[Found]:
        """Every unit, readable or not."""
        ...

    def map(self, found: Found, desk: Desk) -> None:
        """Make the events of one unit."""
        ...

    def closing_events(self, desk: Desk) -> Iterator[Event]:
        """What is whole only once every unit was read: the sets of vitals."""
        ...


def files_of(path: Path) -> list[Path]:
    """The files of an extract, by name: the file itself, or all below a folder but hidden ones."""
    if path.is_file():
        return [path]
    return sorted(
        found
        for found in path.rglob("*")
        if found.is_file() and not any(one.startswith(".") for one in found.relative_to(path).parts)
    )


def name_in(root: Path, file: Path) -> str:
    """A file's name as a person finds it: relative to the folder that was chosen."""
    return file.name if file == root else file.relative_to(root).as_posix()
