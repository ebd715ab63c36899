"""One row of our own template's tables: its cells by field, whatever its columns were called.

Not for: what a row means (`template_rows`, `template_drugs`).
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Any

from kit.core.event import Event
from kit.core.folding import fold
from kit.core.ids import derived_id
from kit.exchange.fhir.mapping import Desk
from kit.exchange.flat.cells import is_lost_number, moment
from kit.exchange.flat.tables import Warn
from kit.exchange.leaf_rules import leaf_name
from kit.exchange.tables import exchange_table

_NUMBERS = ("ipp", "ins", "order", "iep", "code", "phone")


@cache
def template_table() -> dict[str, Any]:
    """The table of tables."""
    text = (resources.files("kit.exchange.flat") / "template.toml").read_text("utf-8")
    return dict(tomllib.loads(text)["table"])


def plain(header: str) -> str:
    """A header as it is compared: `Date de naissance ` and `date_de_naissance` are one."""
    return fold(header).replace(" ", "")


@cache
def tables_by_name() -> dict[str, str]:
    """Every name of a table → the table."""
    return {
        plain(name): table for table, what in template_table().items() for name in what["names"]
    }


@cache
def columns_of(table: str) -> dict[str, str]:
    """Every name of a column → the field it means."""
    return {
        plain(name): field
        for field, names in template_table()[table]["column"].items()
        for name in names
    }


class Row:
    """One row of a known table, by field; the columns it came from, for what is said about it."""

    def __init__(self, table: str, cells: dict[str, str], desk: Desk, warn: Warn) -> None:
        self.table, self.desk, self.warn = table, desk, warn
        self.columns: dict[str, str] = {}
        self.cells: dict[str, str] = {}
        known = columns_of(table)
        for header, cell in cells.items():
            field = known.get(plain(header))
            if field is None or field in self.cells:
                desk.demote(leaf_name(header))
                continue
            self.cells[field], self.columns[field] = cell, header
        for field in _NUMBERS:
            if is_lost_number(self.cells.get(field, "")):
                warn("intake.number_lost", self.columns[field])
                desk.demote(leaf_name(self.columns[field]))
                del self.cells[field]
        self.patient = patient_id(self.cells)

    def text(self, field: str) -> str:
        """The cell of a field, or empty."""
        return self.cells.get(field, "")

    def moment(self, field: str) -> int:
        """UTC ms of a cell; 0 where there is none; one that cannot be read is said and kept."""
        text = self.text(field)
        found = moment(text) if text else 0
        if found is None:
            self.doubt(field)
        return found or 0

    def doubt(self, field: str) -> None:
        """Say that this cell was entered as it stands, to be checked."""
        self.warn("intake.cell_kept", self.columns.get(field, field))
        self.unread.append(f"{self.columns.get(field, field)} {self.text(field)[:60]}")

    @property
    def unread(self) -> list[str]:
        """What could not be read of this row, in words."""
        found: list[str] = self.__dict__.setdefault("_unread", [])
        return found

    def key(self, kind: str, *fields: str) -> str:
        """The id of what this row tells, from these fields; the same at every import."""
        return derived_id(kind, self.patient, *(self.text(field) for field in fields))

    def emit(self, event: Event) -> None:
        """Record an event for this row's patient."""
        self.desk.emit(event, self.patient)


def patient_id(cells: dict[str, str]) -> str:
    """The id of the patient that a row names, empty where it names none."""
    number = cells.get("ipp", "")
    system = cells.get("ipp_system") or str(exchange_table("sources")["template"]["patient"])
    return derived_id("patient", system, number) if number else ""
