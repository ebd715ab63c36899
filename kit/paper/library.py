"""The forms of the house and of the hospital: read from TOML, checked whole, refused with reasons.

A hospital's own folder (`forms.d`) may change a form by `extends = "MEDA"`: title, blocks added,
replaced, removed, reordered. What it makes is checked like any other form, so no override can
leave the minima of legibility or the dictionary. Not for: drawing.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec

from kit.core.errors import Misconfigured
from kit.paper.dictionary import PATIENT, SOURCES, WARD
from kit.paper.form import (
    BLOCKS,
    Block,
    Column,
    Fields,
    Form,
    Item,
    Label,
    Lines,
    Measure,
    Notice,
    Section,
    Slots,
    Table,
    Text,
    VitalsGrid,
)

_KINDS = {str(block.__struct_config__.tag): block for block in BLOCKS}
_PARTS: dict[str, type[msgspec.Struct]] = {
    "fields.items": Item,
    "table.columns": Column,
    "slots.sections": Section,
    "vitals.measures": Measure,
}
_OVERRIDE = frozenset({"extends", "remove", "order"})
SMALLEST_PT = 7.0
SMALLEST_ROW_MM = 8.0
SMALLEST_COLUMN_MM = 10.0

Raw = dict[str, Any]
Library = dict[str, Form]


@cache
def house_forms() -> Library:
    """The forms that ship with the kit, by code."""
    folder = resources.files("kit.paper") / "forms"
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".toml")), key=lambda f: f.name)
    return {form.id: form for form in (compile_form(f.read_text("utf-8"), f.name) for f in files)}


def with_overrides(folder: Path) -> Library:
    """The house's forms with a hospital's `*.toml` laid over them; Misconfigured PAP-0xx if bad."""
    library = dict(house_forms())
    for file in sorted(folder.glob("*.toml")):
        try:
            text = file.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as fault:
            reason = type(fault).__name__
            raise Misconfigured("PAP-001", form=file.name, reason=reason) from None
        form = compile_form(text, file.name, library)
        library[form.id] = form
    return library


def compile_form(text: str, where: str, library: Library | None = None) -> Form:
    """One checked form from TOML. Misconfigured says what is wrong and where."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise Misconfigured("PAP-001", form=where, reason=str(fault)) from None
    _shape(raw, where)
    if "extends" in raw:
        raw = _merged(raw, where, library or {})
    _known_keys(raw, where)
    try:
        form = msgspec.convert(raw, Form)
    except msgspec.ValidationError as fault:
        raise Misconfigured("PAP-003", form=where, reason=str(fault)) from None
    _check(form)
    return form


# ------------------------------------------------------------------------------- overrides


def _merged(raw: Raw, where: str, library: Library) -> Raw:
    parent = library.get(str(raw["extends"]))
    if parent is None:
        raise Misconfigured("PAP-009", form=where, name=str(raw["extends"]))
    whole = msgspec.to_builtins(parent)
    blocks: list[Raw] = [dict(block) for block in whole["block"]]
    for name in raw.get("remove", []):
        del blocks[_place(blocks, name, where)]
    for block in raw.get("block", []):
        _insert(blocks, block, where)
    if order := raw.get("order"):
        blocks = [blocks[_place(blocks, name, where)] for name in order]
    changed = {key: value for key, value in raw.items() if key not in _OVERRIDE}
    return {**whole, **changed, "block": blocks}


def _insert(blocks: list[Raw], block: Raw, where: str) -> None:
    names = [known.get("name") for known in blocks]
    if block.get("name") and block["name"] in names:
        blocks[names.index(block["name"])] = block
    elif block.get("after"):
        blocks.insert(_place(blocks, block["after"], where) + 1, block)
    else:
        blocks.append(block)


def _place(blocks: list[Raw], name: str, where: str) -> int:
    for place, block in enumerate(blocks):
        if block.get("name") == name:
            return place
    raise Misconfigured("PAP-009", form=where, name=name)


# ---------------------------------------------------------------------------------- checks


def _shape(raw: Raw, where: str) -> None:
    """Lists are lists and tables are tables, before anything looks inside them."""
    blocks = raw.get("block", [])
    lists: list[Any] = [blocks]
    for block in blocks if isinstance(blocks, list) else ():
        for key in _PARTS:
            kind, field = key.split(".")
            if isinstance(block, dict) and block.get("kind") == kind:
                lists.append(block.get(field, []))
    for entries in lists:
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            raise Misconfigured("PAP-003", form=where, reason="block = [[…]]")
    for key in ("remove", "order"):
        names = raw.get(key, [])
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise Misconfigured("PAP-003", form=where, reason=f'{key} = ["…"]')


def _known_keys(raw: Raw, where: str) -> None:
    """Unknown keys and kinds, found before conversion so that they can be named plainly."""
    _only(raw, Form, where, "")
    for number, block in enumerate(raw.get("block", []), 1):
        place = f"block {number}"
        kind = str(block.get("kind"))
        if kind not in _KINDS:
            raise Misconfigured("PAP-004", form=where, where=place, kind=kind)
        _only(block, _KINDS[kind], where, place)
        for key, part in _PARTS.items():
            owner, field = key.split(".")
            if owner == kind:
                for row, entry in enumerate(block.get(field, []), 1):
                    _only(entry, part, where, f"{place}, {field} {row}")


def _only(raw: Raw, struct: type[msgspec.Struct], where: str, place: str) -> None:
    known = {*struct.__struct_fields__, "kind"}
    for key in raw:
        if key not in known:
            raise Misconfigured("PAP-002", form=where, where=place, field=key)


def _check(form: Form) -> None:
    if not re.fullmatch(r"[A-Z]{4}", form.id) or not 1 <= form.version <= 99:
        raise Misconfigured("PAP-003", form=form.id, reason="id = 4 × A–Z, version = 1…99")
    names = [block.name for block in form.block if block.name]
    for name in names:
        if names.count(name) > 1:
            raise Misconfigured("PAP-008", form=form.id, name=name)
    for field in _labels(form):
        if not field.get("fr"):
            raise Misconfigured("PAP-006", form=form.id)
    for number, block in enumerate(form.block, 1):
        place = block.name or f"block {number}"
        _check_names(form, block, place)
        _check_widths(form, block, place)
        _check_minima(form, block, place)


def _labels(form: Form) -> Iterator[Label]:
    """Every label that must speak French: optional ones only where they are given."""
    yield form.title
    for block in form.block:
        parts: list[Any] = [block]
        for name in ("items", "columns", "sections", "measures", "signs"):
            value = getattr(block, name, ())
            parts.extend(value if isinstance(value, tuple) else ())
        for part in parts:
            if isinstance(part, dict):
                yield part
                continue
            for name in ("label", "heading", "text", "legend", "empty", "score", "source_text"):
                text = getattr(part, name, None)
                if text:
                    yield text


def _check_names(form: Form, block: Block, place: str) -> None:
    single = {**WARD, **(PATIENT if form.scope == "patient" else {})}
    match block:
        case Fields(items=items):
            used = {item.field for item in items}
        case Notice(field=field):
            used = {field}
        case Table(source=source, columns=columns):
            used = {column.field for column in columns}
            single = _row_names(form, source, place)
        case VitalsGrid(measures=measures):
            used = {measure.field for measure in measures}
            single = _row_names(form, "vitals", place)
        case Slots():
            used = set()
            single = _row_names(form, "prescriptions", place)
        case _:
            return
    for name in sorted(used - {""}):
        if name not in single:
            raise Misconfigured("PAP-005", form=form.id, where=place, field=name)


def _row_names(form: Form, source: str, place: str) -> dict[str, Any]:
    if not source:
        return {}
    known = SOURCES.get(source)
    if known is None or known.scope not in ("any", form.scope):
        raise Misconfigured("PAP-005", form=form.id, where=place, field=source)
    return dict(known.fields)


def _check_widths(form: Form, block: Block, place: str) -> None:
    match block:
        case Table(columns=columns):
            asked = sum(column.mm for column in columns)
            narrow = min((column.mm for column in columns), default=SMALLEST_COLUMN_MM)
        case Slots():
            asked = block.drug_mm + block.bands * block.slot_mm + block.sign_mm + block.stop_mm
            narrow = min(block.drug_mm / 4, block.sign_mm, block.stop_mm)
        case VitalsGrid():
            narrow = (form.width_mm - block.label_mm - block.score_mm) / max(block.columns, 1)
            asked = block.label_mm + block.score_mm + SMALLEST_COLUMN_MM * block.columns
        case _:
            return
    if asked > form.width_mm + 0.01:
        raise Misconfigured(
            "PAP-007", form=form.id, where=place, asked=f"{asked:g}", room=f"{form.width_mm:g}"
        )
    if narrow < SMALLEST_COLUMN_MM:
        _too_small(form, place, f"{narrow:g} mm", f"{SMALLEST_COLUMN_MM:g} mm")


def _check_minima(form: Form, block: Block, place: str) -> None:
    sizes = [block.size] if isinstance(block, Text | Table) else [SMALLEST_PT]
    if isinstance(block, Table):
        sizes += [column.size for column in block.columns if column.size]
    size = min(sizes)
    if size < SMALLEST_PT:
        _too_small(form, place, f"{size:g} pt", f"{SMALLEST_PT:g} pt")
    row = SMALLEST_ROW_MM
    if isinstance(block, Lines | VitalsGrid):
        row = block.row_mm
    elif isinstance(block, Table) and (block.blank_rows or block.fill_page):
        row = block.min_row_mm
    if row < SMALLEST_ROW_MM:
        _too_small(form, place, f"{row:g} mm", f"{SMALLEST_ROW_MM:g} mm")


def _too_small(form: Form, place: str, asked: str, least: str) -> None:
    raise Misconfigured("PAP-013", form=form.id, where=place, asked=asked, least=least)
