"""Releases, updates and other sticks: what happened, what it means, what to do. By code.

Not for: the keeper's own sentences (`KEY`, `sentences`). Arguments name versions, parts of a stick
and amounts, never a patient.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kit.core.errors import Args
from kit.core.text import translator

_ = translator("update")


class _Words(dict[str, Any]):
    """Arguments as text; one that is missing leaves a gap that is seen, not an error."""

    def __missing__(self, _name: str) -> str:
        return "…"


def codes() -> list[str]:
    """Every code that has a sentence."""
    return sorted(_SENTENCES)


def sentence(code: str, args: Args) -> str:
    """The sentence of a code. Never raises."""
    return _SENTENCES.get(code, _unknown)().format_map(_Words(args | {"code": code}))


def _unknown() -> str:
    return _(
        "The stick met a fault ({code}). What was recorded is safe. Start again; if it comes back,"
        " take another stick."
    )


_SENTENCES: dict[str, Callable[[], str]] = {
    "UPD-001": lambda: _(
        "The signature of this release cannot be read. Nothing was changed. Fetch the file again"
        " from where it came from."
    ),
    "UPD-002": lambda: _(
        "This release was not signed by a key that this kit trusts. Nothing was changed. Do not use"
        " this file or this stick; tell the person in charge of the kits."
    ),
    "UPD-003": lambda: _(
        "This kit was made without release keys, so it cannot tell a true release from a false one"
        " and takes none. Make a new stick from a signed image."
    ),
    "UPD-004": lambda: _("This file is no signing key: 64 hexadecimal digits are expected."),
    "UPD-010": lambda: _(
        "The partition table of this stick is damaged or is none. Nothing was written. Make the"
        " stick again, or take another one."
    ),
    "UPD-011": lambda: _(
        "The part “{label}” is missing on this stick. Nothing was written. If the stick is new,"
        " start a PC with it once; otherwise make it again."
    ),
    "UPD-012": lambda: _(
        "The stick is smaller than it says, or its table does not fit it. Nothing more was written."
        " Take another stick."
    ),
    "UPD-013": lambda: _(
        "The stick was pulled out, or does not answer any more (error {errno}). The kit still"
        " starts as before. Plug it in again and start again; if it comes back, take another stick."
    ),
    "UPD-014": lambda: _(
        "The boot part of this stick is not as a kit writes it. Nothing was changed. Make the stick"
        " again."
    ),
    "UPD-020": lambda: _(
        "What the kit has to remember for its next start does not fit into its place. Nothing was"
        " changed. Tell the person in charge of the kits."
    ),
    "UPD-021": lambda: _(
        "What the kit has to remember for its next start cannot be written. Nothing was changed."
        " Tell the person in charge of the kits."
    ),
    "UPD-030": lambda: _(
        "The checksums of the system on this stick are damaged or missing. Do not use this stick;"
        " make it again."
    ),
    "UPD-031": lambda: _(
        "The description of this release cannot be understood. Nothing was changed. Fetch the file"
        " again, or take a newer one."
    ),
    "UPD-032": lambda: _(
        "This release is for sticks of another make ({format}). Nothing was changed. Make a new"
        " stick from its image; the records are taken over by pairing."
    ),
    "UPD-033": lambda: _("This kit runs this very release already ({version}). Nothing to do."),
    "UPD-034": lambda: _(
        "This release ({version}) is older than the one that runs ({installed}). Nothing was"
        " changed. Going back may bring back faults that were mended; only an administrator may"
        " confirm it."
    ),
    "UPD-035": lambda: _(
        "From {installed} there is no way straight to {version}. Nothing was changed. Update to"
        " {least} first."
    ),
    "UPD-040": lambda: _(
        "This file is not an update of the kit. Nothing was changed. Choose a file whose name ends"
        " in “.kitupdate”."
    ),
    "UPD-041": lambda: _(
        "This file ends too early: it was not copied whole. Nothing was changed. Copy it again."
    ),
    "UPD-042": lambda: _(
        "The part “{part}” is not the one that was signed: the file was damaged or altered. The kit"
        " still starts as before. Copy it again; if it comes back, do not use this source."
    ),
    "UPD-050": lambda: _(
        "This release is larger than the place for it on this stick ({label}). Nothing was changed."
        " Make a new stick from its image."
    ),
    "UPD-051": lambda: _(
        "The boot part of the stick is full: {mib} MiB are needed. Nothing was changed. Make the"
        " stick again from the image."
    ),
    "UPD-052": lambda: _(
        "The stick does not give back what was written to it ({part}). The kit still starts as"
        " before, but this stick is failing: clone the kit to another stick now."
    ),
    "UPD-060": lambda: _(
        "No signed release of the kit is on this stick. Nothing was changed. Choose another stick,"
        " or a file whose name ends in “.kitupdate”."
    ),
    "UPD-061": lambda: _(
        "The tool “{tool}” is missing on this system. Nothing was written. Use a stick of the"
        " current image."
    ),
    "UPD-062": lambda: _(
        "The other stick could not be prepared ({tool}, {status}). It does not start a kit now."
        " Pull it out, plug it in again and start again; if it comes back, take another stick."
    ),
    "UPD-063": lambda: _(
        "This is not a removable stick, it may be a disk of the PC. Nothing was written. Choose the"
        " stick by its model, size and serial number."
    ),
    "UPD-064": lambda: _(
        "This stick is in use. Nothing was written. Eject it first, then start again."
    ),
    "UPD-065": lambda: _(
        "This stick is too small: at least {gb} GB are needed. Nothing was written. Take a larger"
        " one."
    ),
    "UPD-066": lambda: _(
        "The serial number is not that of this stick. Nothing was written. Read it again and make"
        " sure that it is the stick you mean."
    ),
    "UPD-067": lambda: _(
        "The kit runs from this very stick. Nothing was written. Plug in another one."
    ),
    "UPD-068": lambda: _(
        "There are sealed records of a kit on this stick; they would be lost. Nothing was written."
        " Make sure that they are on another kit, then confirm, or take another stick."
    ),
    "UPD-069": lambda: _(
        "This stick is altered or damaged itself ({part}), so it is not copied. Do not make other"
        " sticks from it; have it checked from another kit."
    ),
    "UPD-070": lambda: _("Not what was signed for this release: altered or damaged."),
    "UPD-071": lambda: _("Missing."),
    "UPD-072": lambda: _("No signature that this kit trusts speaks for it."),
    "UPD-073": lambda: _("Not part of the kit."),
    "UPD-074": lambda: _("Cannot be read."),
    "UPD-075": lambda: _(
        "An update was not finished here; this part does not start. Apply the update again."
    ),
    "UPD-076": lambda: _(
        "The first start was cut off before it wrote down the partitions' names; the next one does."
    ),
    "UPD-080": lambda: _(
        "No kit that is in reach offers this release. Nothing was changed. Wait until the kit is"
        " back, or take the file on a stick."
    ),
    "UPD-081": lambda: _(
        "There is too little room for this release beside the records: {mib} MiB are missing."
        " Nothing was changed. Take the update from a stick instead."
    ),
    "UPD-082": lambda: _(
        "There is no update of the kit in this place: a file whose name ends in “.kitupdate”."
        " Nothing was changed."
    ),
    "UPD-083": lambda: _(
        "Stopped. What is here already is kept; asking again fetches only the rest."
    ),
}
