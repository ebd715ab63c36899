"""The store's faults in words: what happened, what it means for the patient, what to do.

One sentence per code, in the language chosen at start. Not for: deciding anything. Arguments come
from the fault and never hold patient data. The same list, for engineers: docs/store.md.
"""

from __future__ import annotations

from collections.abc import Callable

from kit.core.errors import Args
from kit.core.text import translator

_ = translator("store")


def codes() -> list[str]:
    """Every code that has a sentence."""
    return sorted(_SENTENCES)


def sentence(code: str, args: Args) -> str:
    """The sentence of a code; one that fits any fault where the code or an argument is unknown."""
    said = _SENTENCES.get(code, _unknown)()
    try:
        return said.format(**args)
    except (KeyError, IndexError, ValueError):
        return _unknown().format(code=code)


def _unknown() -> str:
    return _(
        "The kit met a fault of its store ({code}) — the last entry may not be recorded, "
        "everything before it is safe — note it on paper, start the kit again, and report this "
        "code to the technical support."
    )


_SENTENCES: dict[str, Callable[[], str]] = {
    "STO-001": lambda: _(
        "The kit's store file is missing — nothing recorded on this kit can be read until it "
        "is found — do not create a new kit here; put the disk or its backup back, or work on "
        "another kit or on paper."
    ),
    "STO-002": lambda: _(
        "The kit's store file is empty — nothing recorded on this kit can be read — do not "
        "create a new kit here; restore the last backup, or work on another kit or on paper."
    ),
    "STO-003": lambda: _(
        "The store file is not encrypted, so it is not this kit's — patient data may have been "
        "exposed and cannot be trusted — do not enter anything; call the information security "
        "officer and work on another kit or on paper."
    ),
    "STO-004": lambda: _(
        "The store file does not open with this kit's key: it is damaged or belongs to another "
        "kit — the records of this kit cannot be read — restore the last backup, or work on "
        "another kit or on paper."
    ),
    "STO-005": lambda: _(
        "The encryption library is too old ({found}, at least {wanted} is needed) — the kit "
        "stays closed so that no record is damaged — install the kit again from its release, "
        "or use another kit."
    ),
    "STO-006": lambda: _(
        "The file in place of the store is not a kit's store — the records of this kit cannot "
        "be read — restore the last backup, or work on another kit or on paper."
    ),
    "STO-007": lambda: _(
        "The store file belongs to another kit — its patients may not be those of this ward — "
        "put this kit's own file back, or work on another kit or on paper."
    ),
    "STO-008": lambda: _(
        "The store file was made with another key generation ({found} instead of {wanted}) — "
        "it may be an old copy, with old prescriptions — restore the newest backup, or work on "
        "another kit or on paper."
    ),
    "STO-009": lambda: _(
        "The store file and the kit are not of the same world (real or exercise) — exercise "
        "data must never be taken for a patient's — put the right file back, or start the "
        "other kit."
    ),
    "STO-010": lambda: _(
        "The disk is full — the last entry was not recorded, everything before it is safe — "
        "note it on paper, free space on the disk, then enter it again."
    ),
    "STO-011": lambda: _(
        "The disk did not answer — the last entry may not be recorded, everything before it is "
        "safe — note it on paper, check the disk or the stick, then start the kit again."
    ),
    "STO-012": lambda: _(
        "A part of the store file is damaged — some records cannot be read, and none is shown "
        "in place of another — work on another kit or on paper, and have this kit checked (kit "
        "verify) and restored."
    ),
    "STO-013": lambda: _(
        "The store is open for reading only — nothing can be recorded here for the moment — "
        "note it on paper, then start the kit again from a disk that can be written."
    ),
    "STO-014": lambda: _(
        "The store was busy for too long — the last entry was not recorded — enter it again; "
        "if this comes back, start the kit again."
    ),
    "STO-015": lambda: _(
        "The kit refused an operation that could expose or damage the store — no record was "
        "changed — report this code to the technical support."
    ),
    "STO-016": lambda: _(
        "There is already a store here — nothing was changed, no record is lost — open the "
        "existing kit, or choose another folder."
    ),
    "STO-017": lambda: _(
        "Encryption is not working on this computer — the kit stays closed so that no patient "
        "data is written in clear — install the kit again from its release, or use another kit."
    ),
    "STO-018": lambda: _(
        "The disk is full, so the kit cannot open its store — nothing is lost, but no record "
        "can be read here until there is room — free space on the disk and open the kit again; "
        "meanwhile use another kit or paper."
    ),
    "STO-020": lambda: _(
        "The kit's key files are missing — nothing recorded on this kit can be read without "
        "them — put slots.a or slots.b back from the backup, or work on another kit or on "
        "paper."
    ),
    "STO-021": lambda: _(
        "Both copies of the kit's key file are damaged — nothing recorded on this kit can be "
        "read without one — put slots.a or slots.b back from the backup, or work on another "
        "kit or on paper."
    ),
    "STO-022": lambda: _(
        "These eight words are not this kit's phrase — the kit stays closed, nothing is lost — "
        "check the words on the envelope of this very kit and try again (wait before the next "
        "try: {seconds} s)."
    ),
    "STO-023": lambda: _(
        "Several wrong phrases were typed — the kit stays closed for now, nothing is lost — "
        "wait {seconds} s, then try again; meanwhile use another kit or paper."
    ),
    "STO-024": lambda: _(
        "There is already a kit in this folder — nothing was changed, no record is lost — open "
        "it with its phrase, or choose another folder for a new kit."
    ),
    "STO-025": lambda: _(
        "The kit's key file asks for a protection that is too weak or out of bounds — it may "
        "have been forged, so the kit stays closed — put slots.a and slots.b back from the "
        "backup and tell the information security officer; meanwhile use another kit or paper."
    ),
    "STO-026": lambda: _(
        "The kit's key file was written by a newer version of the kit ({found}, this one knows "
        "{wanted}) — nothing is lost, but this version cannot open it — install the newer "
        "version, or use another kit."
    ),
    "STO-027": lambda: _(
        "This kit cannot be opened with a phrase — nothing is lost — use the key or the card "
        "it was prepared with, or another kit."
    ),
    "STO-028": lambda: _(
        "The kit's key file was changed by something other than the kit — someone may have "
        "tampered with it, so its records are not shown — tell the information security "
        "officer, put slots.a and slots.b back from the backup, and work on another kit or on "
        "paper."
    ),
    "STO-029": lambda: _(
        "There is not enough free memory to open the kit ({memory_mib} MB are needed) — the "
        "kit stays closed, nothing is lost — close other programs and try again, or use "
        "another kit."
    ),
    "STO-031": lambda: _(
        "{count} words were read instead of {wanted} — the kit stays closed, nothing is lost — "
        "type the {wanted} words of the envelope, apart from each other."
    ),
    "STO-032": lambda: _(
        "Word number {position} is not in the kit's list — the kit stays closed, nothing is "
        "lost — check the spelling of word number {position}."
    ),
    "STO-033": lambda: _(
        "One of the words, or their order, is not right — the kit stays closed, nothing is "
        "lost — compare each word with the envelope, one by one."
    ),
    "STO-035": lambda: _(
        "A change of the eight words was cut off — no words for the safe can be made until then,"
        " nothing is lost — switch off, open the kit with the new words, else with the old ones."
    ),
    "STO-034": lambda: _(
        "The signing key of this device cannot be read — nothing new can be signed here, what "
        "is recorded stays readable — have the kit checked (kit verify) and note on another "
        "kit or on paper."
    ),
    "STO-040": lambda: _(
        "This kit's data are older than what it had already recorded: an old copy was put back "
        "— doses and allergies noted since may be missing — check each patient against paper "
        "and the other kits before acting."
    ),
    "STO-041": lambda: _(
        "The file that tells how far this kit had come is missing — the data look sound, but "
        "an old copy would not be noticed — compare the last entries with paper or another kit "
        "before relying on them."
    ),
    "STO-042": lambda: _(
        "The file that tells how far this kit had come is damaged — the data look sound, but "
        "an old copy would not be noticed — compare the last entries with paper or another kit "
        "before relying on them."
    ),
    "STO-050": lambda: _(
        "This kit is already open in another window or session — nothing is lost — go back to "
        "that window, or close it, then try again."
    ),
    "STO-051": lambda: _(
        "The kit's folder cannot be used: {path} — nothing can be read or recorded there — "
        "check the rights on this folder and that the disk can be written."
    ),
    "STO-052": lambda: _(
        "There is a file where the kit's folder should be: {path} — nothing was changed — "
        "choose another folder for the kit."
    ),
    "STO-053": lambda: _(
        "There is no kit in this folder: {path} — no patient record is here — check the "
        "folder, or make a new kit there."
    ),
}
