"""The sentence that a person reads for a fault of paper or printing, by its stable code."""

from __future__ import annotations

from kit.core.errors import KitError
from kit.paper.words import Say, speaker


def sentence(fault: KitError, language: str = "fr") -> str:
    """What happened, what it means, what to do; the code alone when it is not one of paper's."""
    return _sentences(speaker(language)).get(fault.code, fault.code).format_map(_Args(fault.args_))


class _Args(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "…"


def _sentences(say: Say) -> dict[str, str]:
    return {
        **_form_sentences(say), **_job_sentences(say), **_printer_sentences(say),
        **_hand_sentences(say), **_midway_sentences(say),
    }  # fmt: skip


def _form_sentences(say: Say) -> dict[str, str]:
    _ = say
    return {
        "PAP-001": _(
            "Form {form}: this is not TOML ({reason}). The form is not used; mend the file."
        ),
        "PAP-002": _(
            "Form {form}, {where}: unknown field “{field}”. The form is not used; correct its name."
        ),
        "PAP-003": _("Form {form}: {reason}. The form is not used; mend the file."),
        "PAP-004": _("Form {form}, {where}: unknown kind “{kind}”. The form is not used."),
        "PAP-005": _(
            "Form {form}, {where}: “{field}” is not in the dictionary of fields. The form is not"
            " used, so that no sheet is printed with a hole; see the list in docs/paper.md."
        ),
        "PAP-006": _("Form {form}: a label has no French text. The form is not used."),
        "PAP-007": _("Form {form}, {where}: columns {asked} mm > {room} mm. The form is not used."),
        "PAP-008": _("Form {form}: two blocks are named “{name}”. The form is not used."),
        "PAP-009": _("Form {form}: “{name}” is not known here. The form is not used."),
        "PAP-013": _(
            "Form {form}, {where}: {asked} is below the least that can be read or written on"
            " ({least}). The form is not used."
        ),
    }


def _job_sentences(say: Say) -> dict[str, str]:
    _ = say
    return {
        "PAP-010": _("A page of {form} cannot be numbered ({page}/{pages}). Nothing was printed."),
        "PAP-011": _("This is not a sheet number of a kit, or it was misread. Type it again."),
        "PAP-012": _("A symbol could not be made. Nothing was printed; tell the kit's support."),
        "PAP-020": _("A column is too narrow for one letter. Nothing was printed; mend the form."),
        "PAP-021": _(
            "A part of a form is taller than the page. Nothing was printed, so that nothing is"
            " cut off; shorten the form or write the patient's identity by hand on a blank."
        ),
        "PAP-023": _(
            "The name of the hospital, ward, kit or source is too long for the sheet's frame."
            " Nothing was printed; shorten it in the settings."
        ),
        "PAP-030": _("The form {form} does not exist in this kit."),
        "PAP-031": _("The PDF cannot be shown: {reason}."),
        "PAP-040": _(
            "No symbol can be read in this picture. Take it again, flat, in good light, filling"
            " the picture; or type its text."
        ),
        "glyph": _(
            "{count} character(s) exist in no font of the kit and are printed as their number"
            " ({characters}). Read those words on screen."
        ),
    }


def _printer_sentences(say: Say) -> dict[str, str]:
    _ = say
    return {
        "PRN-001": _(
            "No printing service answers on this computer. The sheets are not printed; save them"
            " as PDF or print from another kit."
        ),
        "PRN-002": _("The printer “{printer}” does not exist here. Choose another one."),
        "PRN-003": _(
            "The printer “{printer}” refused the job ({reason}). The sheets are not printed; check"
            " paper and power, or save as PDF."
        ),
        "PRN-004": _(
            "The printer at {address} does not answer ({reason}). The sheets are not printed;"
            " check cable and power, or choose another printer."
        ),
        "PRN-005": _("The printer at {address} does not take PDF. Choose another printer."),
        "PRN-006": _(
            "The PDF could not be saved at {path} ({reason}). Nothing was written; choose another"
            " folder or free some space."
        ),
        "PRN-007": _("“{address}” is not the address of a printer (ipp://name:631/ipp/print)."),
        "PRN-008": _("The answer of the printer at {address} cannot be understood."),
    }


def _hand_sentences(say: Say) -> dict[str, str]:
    """What a hand at the printer, or another choice, puts right."""
    _ = say
    return {
        "PRN-009": _(
            "The printer “{printer}” has no paper. Nothing was printed. Put paper in, then print"
            " again; or choose another printer."
        ),
        "PRN-010": _(
            "Paper is stuck in the printer “{printer}”. Nothing was printed. Take the paper out,"
            " then print again; or choose another printer."
        ),
        "PRN-011": _(
            "A cover or a tray of the printer “{printer}” is open. Nothing was printed. Close it,"
            " then print again."
        ),
        "PRN-012": _(
            "The printer “{printer}” has no toner or ink. Nothing was printed. Change the"
            " cartridge, or choose another printer."
        ),
        "PRN-013": _(
            "The printer “{printer}” has stopped ({reason}). Nothing was printed. Look at its"
            " display; or choose another printer, or save as PDF."
        ),
        "PRN-014": _(
            "Another printer answers now in the place of “{printer}”: “{other}”. Nothing was"
            " printed, so that no sheet comes out in another ward. Choose the printer again."
        ),
        "PRN-018": _(
            "The printer “{printer}” does not take PDF, and its queue could not be made"
            " ({reason}). Nothing was printed. Choose another printer, or save as PDF."
        ),
        "PRN-019": _(
            "This printer is no longer known here. Nothing was printed. Choose a printer again."
        ),
        "PRN-021": _(
            "The printer “{printer}” does not answer: it is off, or its cable is out. Nothing was"
            " printed. Switch it on, wait a minute, then print again; or choose another printer."
        ),
        "PRN-022": _(
            "The printer “{printer}” does not take PDF, and no printing service answers on this"
            " computer. Nothing was printed. Choose another printer, or save as PDF."
        ),
    }


def _midway_sentences(say: Say) -> dict[str, str]:
    """Sheets are out, and not all of them."""
    _ = say
    return {
        "PRN-015": _(
            "The printer “{printer}” gave the job up. Some sheets may be out and others missing."
            " Count the pages; print again what is missing and destroy what is there twice."
        ),
        "PRN-016": _(
            "The printer “{printer}” ran out of paper while printing. Put paper in: the rest comes"
            " out by itself. Do not print again before; count the pages."
        ),
        "PRN-017": _(
            "The printer “{printer}” stopped while printing. Look at its display: when it goes on,"
            " the rest comes out by itself. Count the pages before printing again."
        ),
    }
