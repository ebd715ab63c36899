"""Rows out of CSV files and workbooks, with every trap of health-data.md §6.1 (12) in mind.

A row whose cells do not fit the header is refused, never shifted; a stray quote costs its line, not
the rest of the file. Cells stay text. Not for: what a column means.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import msgspec

from kit.exchange.decode import Unreadable, decode_text, unpacked
from kit.exchange.unit import RefusedUnit

DELIMITERS = (";", ",", "\t", "|")
_HIDDEN = str.maketrans({"\u00a0": " ", "\u202f": " ", "\ufeff": "", "\u200b": "", "\x00": ""})
_QUOTED = re.compile(r'"[^"]*"')


class TableRow(msgspec.Struct):
    """A row: its table, place, cells by header (empty ones left out), raw bytes; or why not."""

    table: str
    file: str
    position: str
    cells: dict[str, str]
    raw: bytes
    refusal: RefusedUnit | None = None
    size: int = 0


def clean(cell: str) -> str:
    """A cell without outer space, no-break spaces, byte order marks."""
    return cell.translate(_HIDDEN).strip()


def read_rows(file: Path, name: str) -> Iterator[TableRow]:
    """Every row of one file, be it CSV or a workbook."""
    if file.suffix.lower() in (".xlsx", ".xlsm", ".xls", ".ods"):
        yield from _workbook(file, name)
        return
    try:
        text, _encoding = decode_text(unpacked(file.read_bytes()))
    except Unreadable as fault:
        yield _refused(name, "file", fault.code, fault.args_)
        return
    except OSError:
        yield _refused(name, "file", "intake.cannot_open", {})
        return
    yield from _csv(
        text, file.stem if file.suffix.lower() != ".gz" else file.stem.partition(".")[0], name
    )


def _refused(file: str, position: str, code: str, args: dict[str, Any]) -> TableRow:
    return TableRow("", file, position, {}, b"", RefusedUnit(file, position, code, args))


def delimiter_of(header: str) -> str:
    """The mark that divides a header line: the one that occurs most outside quotes."""
    bare = _QUOTED.sub("", header)
    return max(DELIMITERS, key=lambda mark: (bare.count(mark), -DELIMITERS.index(mark)))


def _csv(text: str, table: str, name: str) -> Iterator[TableRow]:
    if "\n" not in text:
        text = text.replace("\r", "\n")
    lines = text.split("\n")
    lines = [f"{line}\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])
    first = next((i for i, line in enumerate(lines) if line.strip()), None)
    if first is None:
        yield _refused(name, "file", "intake.empty", {})
        return
    mark = delimiter_of(lines[first])
    header, used = _row_at(lines, first, mark)
    if not header:
        yield _refused(name, "file", "intake.no_header", {})
        return
    columns = unique([clean(cell) for cell in header])
    at = first + used
    while at < len(lines):
        row, used = _one(lines, at, mark, columns, table, name)
        if row is not None:
            yield row
        at += used


def _one(
    lines: list[str], at: int, mark: str, columns: list[str], table: str, name: str
) -> tuple[TableRow | None, int]:
    cells, used = _row_at(lines, at, mark)
    raw = "".join(lines[at : at + used]).strip("\r\n").encode("utf-8", "replace")
    if cells is not None and not any(clean(cell) for cell in cells):
        return None, used
    position = f"row:{at + 1}"
    while cells and len(cells) > len(columns) and not clean(cells[-1]):
        cells = cells[:-1]
    if (
        cells is None
        or len(cells) != len(columns)
        or _swallows(lines[at + 1 : at + used - 1], mark, cells)
    ):
        if used > 1:
            # A quote that was never closed: only its own line is lost.
            raw, used = lines[at].strip("\r\n").encode("utf-8", "replace"), 1
        found = len(cells) if cells is not None else 0
        args = {"found": found, "wanted": len(columns)}
        return TableRow(
            table,
            name,
            position,
            {},
            raw,
            RefusedUnit(name, position, "intake.row_shape", args),
            len(raw),
        ), used
    kept = {
        column: text for column, cell in zip(columns, cells, strict=True) if (text := clean(cell))
    }
    return TableRow(table, name, position, kept, raw, size=len(raw)), used


def _row_at(lines: list[str], at: int, mark: str) -> tuple[list[str] | None, int]:
    reader = csv.reader(iter(lines[at : at + 400]), delimiter=mark, strict=True)
    try:
        return next(reader), reader.line_num
    except (csv.Error, StopIteration):
        return None, 1


def _swallows(inside: list[str], mark: str, cells: list[str]) -> bool:
    """Whether a quoted cell holds what is plainly a row: then its quote was a stray one."""
    for line in inside:
        own, used = _row_at([line], 0, mark)
        if own and used == 1 and len(own) == len(cells) > 2 and clean(own[0]):
            return True
    return False


def unique(columns: list[str]) -> list[str]:
    """Header names made different: a second `dose` becomes `dose (2)`, so that no cell is lost."""
    seen: dict[str, int] = {}
    found = []
    for place, column in enumerate(columns):
        plain = column or f"colonne {place + 1}"
        seen[plain] = seen.get(plain, 0) + 1
        found.append(plain if seen[plain] == 1 else f"{plain} ({seen[plain]})")
    return found


def _workbook(file: Path, name: str) -> Iterator[TableRow]:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_path(str(file))
        sheets = [(sheet, book.get_sheet_by_name(sheet).to_python()) for sheet in book.sheet_names]
    except (CalamineError, OSError, ValueError, IndexError):
        yield _refused(name, "file", "intake.bad_workbook", {})
        return
    for sheet, rows in sheets:
        yield from _sheet(sheet, rows, name)


def _sheet(sheet: str, rows: list[list[Any]], name: str) -> Iterator[TableRow]:
    columns: list[str] = []
    for number, row in enumerate(rows, 1):
        cells = [cell_text(cell) for cell in row]
        if not any(cells):
            continue
        if not columns:
            columns = unique(cells)
            continue
        kept = {column: text for column, text in zip(columns, cells, strict=False) if text}
        raw = msgspec.json.encode({"sheet": sheet, "row": number, "cells": kept})
        yield TableRow(sheet, name, f"row:{number}", kept, raw, size=len(raw))


def cell_text(cell: Any) -> str:
    """A workbook's cell as text: whole numbers without point, dates as ISO, times as HH:MM."""
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, datetime):
        plain = (cell.hour, cell.minute, cell.second) == (0, 0, 0)
        return cell.strftime("%Y-%m-%d" if plain else "%Y-%m-%dT%H:%M:%S")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, time):
        return cell.strftime("%H:%M")
    if isinstance(cell, float):
        return format(cell, ".0f") if cell.is_integer() and abs(cell) < 1e16 else repr(cell)
    return clean(str(cell)) if cell is not None else ""
