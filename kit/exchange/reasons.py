"""Why a unit was not read, in words: what happened, what it means for the patient, what to do.

One sentence per code, in the language chosen at start. Not for: deciding anything. Arguments never
hold patient data.
"""

from __future__ import annotations

from collections.abc import Callable

from kit.core.errors import Args
from kit.core.text import translator

_ = translator("intake")


def codes() -> list[str]:
    """Every code that has a sentence."""
    return sorted(_SENTENCES)


def sentence(code: str, args: Args) -> str:
    """The sentence of a code; one that fits any refusal where code or argument is unknown."""
    said = _SENTENCES.get(code, _unknown)()
    try:
        return said.format(**args)
    except (KeyError, IndexError, ValueError):
        return _unknown().format(code=code)


def position_text(position: str) -> str:
    """`line:12` for people: `line 12`, in the language in force."""
    return ", ".join(_place(piece) for piece in position.split("/"))


def _place(piece: str) -> str:
    kind, _colon, number = piece.partition(":")
    words = {"line": _("line {n}"), "entry": _("entry {n}"), "row": _("row {n}")}
    return words[kind].format(n=number) if kind in words else _("whole file")


def block_name(block: str) -> str:
    """A block of the extract in words, for "what the ward will not have"."""
    return _blocks().get(block, block)


def _blocks() -> dict[str, str]:
    return {
        "identity": _("patients' identities"),
        "stays": _("stays and beds"),
        "places": _("wards and empty beds"),
        "allergies": _("allergies"),
        "alerts": _("alerts"),
        "directives": _("limits of care and directives"),
        "prescriptions": _("prescriptions"),
        "administrations": _("doses already given"),
        "vitals": _("vital signs"),
        "results": _("laboratory results"),
        "care": _("care plan"),
        "problems": _("diagnoses and history"),
        "documents": _("documents and letters"),
        "appointments": _("appointments"),
        "contacts": _("people to call"),
        "directory": _("crisis directory"),
    }


def _unknown() -> str:
    return _(
        "This part of the extract could not be read ({code}) — what it says of its patient "
        "is missing here — open the original, and check that patient's allergies and "
        "treatments on paper."
    )


_SENTENCES: dict[str, Callable[[], str]] = {
    "intake.not_json": lambda: _(
        "This part is damaged and is no valid JSON ({bytes} bytes) — what it says of its "
        "patient is missing here — ask for the extract again; until then check this patient"
        " on paper."
    ),
    "intake.truncated": lambda: _(
        "This part was cut off ({bytes} bytes) — what it says of its patient is missing "
        "here, and what came after it too — copy the extract again, then import it again: "
        "nothing is entered twice."
    ),
    "intake.nul_byte": lambda: _(
        "This part holds a null byte (at {byte}) and is damaged — what it says of its "
        "patient is missing here — copy the extract again, then import it again."
    ),
    "intake.too_deep": lambda: _(
        "This part is nested too deeply to be a health record — it was not read — ask where"
        " this file comes from, and check the patients concerned on paper."
    ),
    "intake.too_large": lambda: _(
        "This file is larger than {limit_mb} MB — its patients are missing here — ask for "
        "an extract in several files, or in NDJSON."
    ),
    "intake.bad_archive": lambda: _(
        "This compressed file is damaged or cut off — what stands after the damage is "
        "missing here — copy the extract again, then import it again."
    ),
    "intake.empty": lambda: _(
        "This file is empty — it says nothing of any patient — check that the extract was complete."
    ),
    "intake.cannot_open": lambda: _(
        "This file cannot be opened — its patients are missing here — check the disk or the"
        " stick, then import again."
    ),
    "intake.unknown_file": lambda: _(
        "This file is of a kind that the kit does not read — what it says is missing here —"
        " if it holds patient data, ask for it as FHIR, CSV or XLSX."
    ),
    "intake.xml": lambda: _(
        "This file is XML, which the kit does not read yet — what it says is missing here —"
        " ask for the same extract in JSON."
    ),
    "intake.other_format": lambda: _(
        "This file stands beside another kind of extract in the same folder and was not "
        "read — it may repeat the same patients — import its folder by itself if it is "
        "needed."
    ),
    "intake.no_resource": lambda: _(
        "This part is no health record that the kit knows — it was kept but nothing of it "
        "is shown — check with whoever made the extract."
    ),
    "intake.odd_shape": lambda: _(
        "This record ({kind}) is not built as its kind should be — it was kept but nothing "
        "of it is shown — check this patient's data in the original or on paper."
    ),
    "intake.broken_entry": lambda: _(
        "This record ({kind}) is damaged inside its file — it is missing here, the others "
        "of the file were read — ask for the extract again; until then check this patient "
        "on paper."
    ),
    "intake.broken_bundle": lambda: _(
        "This file is damaged — the records that are still whole were read, others may be "
        "missing without a trace — do not trust this extract as complete; ask for it again."
    ),
    "intake.damaged_text": lambda: _(
        "Some letters of this record are damaged — it was read, and the damaged letters "
        "show as � — check names and drugs in the original."
    ),
    "intake.row_shape": lambda: _(
        "This row has {found} cells where the table has {wanted} columns — it was not read,"
        " so that no value slips into another column — correct the row in the file, then "
        "import it again."
    ),
    "intake.row_cell": lambda: _(
        "The cell “{column}” of this row cannot be read or is empty — the row was not "
        "entered, because a wrong value there would be dangerous — correct it in the file, "
        "then import it again."
    ),
    "intake.cell_kept": lambda: _(
        "The cell “{column}” of this row cannot be read — the row was entered with the text"
        " as it stands, to be checked — check this value on paper."
    ),
    "intake.row_no_patient": lambda: _(
        "This row names no patient — nobody can tell whose it is, so it was not entered — "
        "add the IPP in the file, then import it again."
    ),
    "intake.number_lost": lambda: _(
        "The cell “{column}” of this row was damaged by a spreadsheet (a long number "
        "written as 2,79E+14) — the number is lost and was left out — ask for the file "
        "again with numbers as text."
    ),
    "intake.unknown_table": lambda: _(
        "This table is not one that the kit knows — its rows are missing here — see the "
        "documented template for names of tables and columns."
    ),
    "intake.no_header": lambda: _(
        "No column of this table is known — its rows are missing here — the first row must "
        "hold the names of the documented template."
    ),
    "intake.bad_workbook": lambda: _(
        "This workbook is damaged or protected by a password — its patients are missing "
        "here — save it again without password, or as CSV."
    ),
    "IMP-001": lambda: _(
        "The kit's table of what may be ignored names a rule without a reason ({rule}) — "
        "nothing was imported, what was in the kit is unchanged — call your IT contact; "
        "work with the last import or on paper."
    ),
    "IMP-002": lambda: _(
        "A table that the import reads by ({table}) is missing or damaged — nothing was "
        "imported, what was in the kit is unchanged — install the kit again from its "
        "release; work with the last import or on paper."
    ),
    "IMP-010": lambda: _(
        "There is nothing at this place ({name}) — no patient was imported — check that the"
        " stick or the disk is plugged in, then choose the folder again."
    ),
    "IMP-011": lambda: _(
        "{name} holds nothing that the kit can read — no patient was imported — ask for an "
        "extract in FHIR (JSON or NDJSON), in CSV or XLSX after the documented template."
    ),
    "IMP-012": lambda: _(
        "This folder is empty ({name}) — no patient was imported — check that the copy was "
        "complete, then choose the folder again."
    ),
}
