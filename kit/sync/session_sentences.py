"""Why entries of another kit were not taken, or a conversation ended, in words.

Not for: lines that did not come up (`line_sentences`), nor sticks (`courier_sentences`).
"""

from __future__ import annotations

from collections.abc import Callable

from kit.core.text import translator

_ = translator("sync")


def _damaged() -> str:
    return _(
        "Entries arrived damaged, or not signed by the kit that they name. They were not taken,"
        " nothing on this kit changed. If it comes back, tell the information security officer."
    )


def _out_of_order() -> str:
    return _(
        "Entries arrived that do not follow those before them. They were not taken, nothing on this"
        " kit changed. They are asked for again; if it comes back, have that kit checked"
        " (kit verify)."
    )


def _not_understood() -> str:
    return _(
        "Another kit said something that this one cannot read. The connection was ended, nothing"
        " changed here. It is tried again; if it comes back, compare the versions of both kits."
    )


FAULTS: dict[str, Callable[[], str]] = {
    "SYN-001": _damaged,
    "SYN-002": _damaged,
    "SYN-003": _out_of_order,
    "SYN-004": _damaged,
    "SYN-005": _out_of_order,
    "SYN-006": lambda: _(
        "The kit that wrote these entries may not write them. They were not taken. Check its role"
        " and its wards on a steering kit."
    ),
    "SYN-007": lambda: _(
        "Entries of a kit that this one does not know yet wait outside. They come in once a"
        " steering kit, or a stick from one, has told who it is."
    ),
    "SYN-008": lambda: _(
        "Entries of another hospital's kits, or of another world (real or exercise), were refused."
        " Nothing was taken. Check where they come from."
    ),
    "SYN-009": _out_of_order,
    "SYN-010": lambda: _(
        "Entries of a ward that is not this kit's were offered and not taken. Nothing is wrong."
    ),
    "SYN-020": _not_understood,
    "SYN-021": _not_understood,
    "SYN-022": _not_understood,
    "SYN-023": lambda: _(
        "A kit of another fleet, or under another kit's name, was refused. Nothing was exchanged."
        " If it should belong, pair it."
    ),
    "SYN-024": lambda: _(
        "The other kit speaks no version that this one speaks. Nothing is exchanged until the older"
        " of the two is updated; use the USB courier meanwhile."
    ),
    "SYN-025": lambda: _(
        "Another kit sent too much that had to be refused and was cut off. Nothing of it was taken."
        " Tell the information security officer which kit it is."
    ),
    "SYN-026": lambda: _(
        "Another kit asks and does not read the answers; it was cut off. It is called again by"
        " itself."
    ),
}
