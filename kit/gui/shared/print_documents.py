"""What can be printed: the documents, in groups, with their words; as data, without Qt.

Not for: what is on them (`kit.paper`'s forms).
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from kit.core.text import translator

_ = translator("gui_entry")

WARD_PACK, PATIENT = "ward-pack", "patient"
CARRIED, KITS = "MESS", "KITS"
"""A message on paper; it is in the list only where one was chosen to be carried."""
FORMS = ("MEDA", "SURV", "TRAN", "FPAT")


@dataclass(frozen=True, slots=True)
class Document:
    """A line of the list: name for the node, what it is called, what it holds."""

    name: str
    title: str
    about: str
    group: str
    of_patient: bool = False


def documents(*, with_ward: bool = True) -> list[Document]:
    """All of them, the one that matters most first; a kit of no ward has no patient to print."""
    whole, sheets, blanks = _("Whole ward"), _("Sheets"), _("Blank forms, numbered")
    made = [
        Document(
            WARD_PACK, _("Whole ward pack"), _("Census, telephones, every patient's sheets"), whole
        ),
        Document("CENS", _("Who is here (CENS)"), _("One line per bed"), whole),
        Document("TELE", _("Telephone list (TELE)"), _("Numbers for the crisis"), whole),
        Document(KITS, _("Kits of the hospital (KITS)"), _("State, gap, address of each"), whole),
        Document(
            "MEDA", _("Round (MEDA)"), _("Doses due, with empty boxes"), sheets, of_patient=True
        ),
        Document(
            PATIENT,
            _("Patient's sheets"),
            _("Identity, round, vital signs, notes"),
            sheets,
            of_patient=True,
        ),
        Document("SURV", _("Vital signs (SURV)"), _("Chart to fill in"), sheets, of_patient=True),
        Document("TRAN", _("Notes (TRAN)"), _("Targeted notes"), sheets, of_patient=True),
    ]
    titles = {
        "MEDA": _("Blank round sheet"), "SURV": _("Blank vital signs sheet"),
        "TRAN": _("Blank notes sheet"), "FPAT": _("Blank patient sheet"),
    }  # fmt: skip
    if not with_ward:
        made = [one for one in made if one.name in ("TELE", KITS)]
    return made + [Document(f"blank:{form}", titles[form], form, blanks) for form in FORMS]


def carried_document() -> Document:
    """The message that a courier will carry."""
    about = _("Its words, its units, the code that comes back")
    return Document(CARRIED, _("Message to carry (MESS)"), about, _("Messages"))


@cache
def print_table() -> dict[str, Any]:
    """`data/printing.toml`."""
    text = (resources.files("kit.gui") / "data" / "printing.toml").read_text("utf-8")
    return tomllib.loads(text)


def valid_hours(document: str) -> int:
    """How long the paper may be used, hours; 0 where it does not age."""
    return int(print_table()["valid_hours"].get(document, 0))


def minutes_for(pages: int) -> int:
    """About how long a printer takes; at least one."""
    return max(1, -(-pages // int(print_table()["pages_per_minute"])))
