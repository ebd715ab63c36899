"""Our own CSV template: which table and column a header means (`template.toml`), and its rows.

Headers are compared without accents, case or punctuation, and have synonyms. A column that nobody
knows is an unmapped leaf; a cell that cannot be read is kept in words and said, or its row refused.
The rows themselves: `template_rows` and `template_drugs`. Documented in docs/import.md.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from kit.core.event import Event
from kit.exchange.fhir.mapping import Desk
from kit.exchange.fhir.references import References
from kit.exchange.flat import template_drugs, template_rows
from kit.exchange.flat.cells import moment
from kit.exchange.flat.reader import TableRow
from kit.exchange.flat.tables import Warn
from kit.exchange.flat.template_row import (
    Row,
    columns_of,
    patient_id,
    plain,
    tables_by_name,
    template_table,
)
from kit.ward.place import Bed, WardDescribed

RowMapper = Callable[[Row], str]


class Template:
    """The layout."""

    kind = "template"
    family = "csv"

    def __init__(self) -> None:
        self.blocks = {table: what["block"] for table, what in template_table().items()}
        self._patients: set[str] = set()
        self._wards: dict[str, tuple[str, dict[str, str]]] = {}

    def table_of(self, row: TableRow) -> str:
        """By the name of the file or sheet, else by the columns it has."""
        named = tables_by_name().get(plain(row.table), "")
        if named or not row.cells:
            return named
        return guess_table(tuple(row.cells))

    def note(self, table: str, cells: dict[str, str], directory: References) -> int:
        """Wards of patients, beds of wards; the moment the extract was taken, where it says so."""
        known = columns_of(table)
        row = {
            known[plain(header)]: cell for header, cell in cells.items() if plain(header) in known
        }
        if table == "extrait":
            return moment(row.get("ended", "")) or moment(row.get("begun", "")) or 0
        patient = patient_id(row)
        if table == "patients":
            self._patients.add(patient)
        if row.get("ward") and table in ("sejours", "lits"):
            _name, beds = self._wards.setdefault(
                row["ward"], (row.get("ward_name") or row["ward"], {})
            )
            if row.get("bed"):
                beds.setdefault(row["bed"], row.get("room", ""))
        if table == "sejours":
            left = moment(row.get("closed", "")) or 0
            rank = (not left, moment(row.get("admitted", "")) or 0, row.get("ward", ""))
            directory.stay_wards[patient] = max(
                directory.stay_wards.get(patient, (False, -1, "")), rank
            )
        return max((moment(row.get(field, "")) or 0 for field in _PROOF.get(table, ())), default=0)

    def map(self, table: str, cells: dict[str, str], desk: Desk, warn: Warn) -> str:
        """One row to its events."""
        mapper = MAPPERS.get(table)
        if mapper is None:
            return ""
        row = Row(table, cells, desk, warn)
        for field in template_table()[table]["must"]:
            if not row.text(field):
                desk.own = row.columns.get(field, field)
                return "intake.row_no_patient" if field == "ipp" else "intake.row_cell"
        if row.patient and row.patient not in self._patients:
            desk.stand_in(row.patient, row.text("ipp"), row.text("ipp"))
        return mapper(row)

    def wards(self, desk: Desk) -> list[Event]:
        """The wards that stays and beds name."""
        return [
            WardDescribed(
                ward=ward,
                name=name,
                src=desk.src,
                beds=tuple(Bed(bed, room) for bed, room in sorted(beds.items())),
            )
            for ward, (name, beds) in sorted(self._wards.items())
        ]


_PROOF = {
    "administrations": ("done",),
    "constantes": ("at",),
    "resultats": ("at",),
    "sejours": ("admitted",),
}
MAPPERS: dict[str, RowMapper] = template_rows.MAPPERS | template_drugs.MAPPERS


@cache
def guess_table(headers: tuple[str, ...]) -> str:
    """The table whose columns these headers are, where at least three and most of them fit."""
    best, most = "", 2
    for table in template_table():
        known = columns_of(table)
        fit = sum(plain(header) in known for header in headers)
        if fit > most and fit * 2 >= len(headers):
            best, most = table, fit
    return best
