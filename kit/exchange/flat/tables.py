"""An extract made of tables: its survey and its rows, whichever of the known layouts it has.

Not for: what a column means; each layout (`clinosim`, `template`) brings that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from kit.core.event import Event
from kit.exchange.fhir.mapping import Desk
from kit.exchange.fhir.references import References
from kit.exchange.flat.reader import TableRow, read_rows
from kit.exchange.source import Found, files_of, name_in
from kit.exchange.unit import RefusedUnit

TABLES = (".csv", ".tsv", ".xlsx", ".xlsm", ".xls", ".ods", ".gz")
_FIRST = ("extrait", "patients", "sejours", "encounters", "allergies", "prescriptions", "orders")
Warn = Callable[[str, str], None]
"""Say that a cell was damaged: (reason code, column)."""


class Layout(Protocol):
    """What a family of tables means."""

    kind: str
    family: str
    blocks: dict[str, str]

    def table_of(self, row: TableRow) -> str:
        """The name of the table that a row belongs to; empty where it is not known."""
        ...

    def note(self, table: str, cells: dict[str, str], directory: References) -> int:
        """Take in what other rows need; the newest moment that the row proves (UTC ms, 0 none)."""
        ...

    def map(self, table: str, cells: dict[str, str], desk: Desk, warn: Warn) -> str:
        """Make the events of a row. A reason code, where the row must not be entered."""
        ...

    def wards(self, desk: Desk) -> list[Event]:
        """The wards that the tables speak of."""
        ...


class TableSource:
    """A folder of CSV files, one CSV file, or a workbook."""

    def __init__(self, root: Path, layout: Layout) -> None:
        self.root, self.layout, self.kind = root, layout, layout.kind
        self.directory = References()
        self.extracted_at = 0
        self.digest = 0
        self._found: set[str] = set()
        files = [file for file in files_of(root) if file.suffix.lower() != ".md"]
        self._files = sorted(files, key=lambda file: (_rank(file), file))
        self._newest = max((int(file.stat().st_mtime * 1000) for file in self._files), default=0)

    @property
    def blocks(self) -> tuple[str, ...]:
        """The blocks that the tables hold at all."""
        names = " ".join(self.layout.blocks.get(table, "") for table in self._found)
        return tuple(sorted(set(names.split())))

    def survey(self) -> Iterator[int]:
        """Read every row once: digest, age, who lies where."""
        for row in self._rows():
            if row.raw:
                self.digest = (
                    self.digest + int.from_bytes(sha256(_raw(row)).digest(), "big")
                ) % 2**256
            table = self.layout.table_of(row)
            self._found.add(table)
            if row.cells and table:
                moment = self.layout.note(table, row.cells, self.directory)
                # Nothing that was done is later than the file that tells of it.
                if self.extracted_at < moment <= self._newest:
                    self.extracted_at = moment
            yield row.size

    def _rows(self) -> Iterator[TableRow]:
        for file in self._files:
            name = name_in(self.root, file)
            if file.suffix.lower() in TABLES:
                yield from read_rows(file, name)
            else:
                refusal = RefusedUnit(name, "file", "intake.unknown_file")
                yield TableRow("", name, "file", {}, b"", refusal)

    def start(self, desk_of: str, now_ms: int) -> Desk:
        """The desk of this import."""
        return Desk(self.directory, desk_of, now_ms, self.extracted_at)

    def opening_events(self, desk: Desk) -> list[Event]:
        """The wards."""
        return self.layout.wards(desk)

    def units(self) -> Iterator[Found]:
        """Every row."""
        unknown: set[str] = set()
        for row in self._rows():
            table = self.layout.table_of(row)
            refusal = row.refusal
            if row.cells and not table and (row.file + row.table) not in unknown:
                unknown.add(row.file + row.table)
                refusal = RefusedUnit(row.file, row.position, "intake.unknown_table")
            value = dict(row.cells) if row.cells else None
            yield Found(
                row.file,
                row.position,
                f"{self.layout.family}:{table or row.table}",
                _raw(row) if row.raw else b"",
                value,
                refusal,
                size=row.size,
            )

    def map(self, found: Found, desk: Desk) -> None:
        """Make the events of one row; a row that must not be entered makes none."""
        if found.value is None:
            return

        def warn(code: str, column: str) -> None:
            found.refusal = RefusedUnit(found.file, found.position, code, {"column": column})

        table = found.kind.partition(":")[2]
        code = self.layout.map(table, found.value, desk, warn)
        if code:
            desk.drop()
            if found.refusal is None or found.refusal.code != code:
                found.refusal = RefusedUnit(found.file, found.position, code, {"column": desk.own})

    def closing_events(self, desk: Desk) -> Iterator[Event]:
        """Nothing: each row stands alone."""
        return iter(())


def _rank(file: Path) -> int:
    """Who is here and what they must not be given comes first, should the import be cut short."""
    return next((i for i, name in enumerate(_FIRST) if name in file.name.lower()), len(_FIRST))


def _raw(row: TableRow) -> bytes:
    """A row's own bytes; its table is part of what it says."""
    return row.table.encode() + b"\t" + row.raw
