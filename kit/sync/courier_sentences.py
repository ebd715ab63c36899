"""What happened with a stick, what it means, what to do: a sentence per code.

Not for: deciding anything. Arguments never hold patient data.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kit.core.errors import Args
from kit.core.text import language, translator

_ = translator("courier")


def codes() -> list[str]:
    """Every code that has a sentence."""
    return sorted(_SENTENCES)


def sentence(code: str, args: Args) -> str:
    """The sentence of a code; one that fits any refusal where code or argument is unknown."""
    said = _SENTENCES.get(code, _unknown)()
    try:
        return said.format(**{"names": "100 000", **args, "code": code})
    except (KeyError, IndexError, ValueError):
        return _unknown().format(code=code)


def written_text(entries: int, files: int, size: int) -> str:
    """What was put on a stick. size: bytes."""
    if not entries:
        return _(
            "The other kits that use this stick have everything already. No bundle was needed."
        )
    megabytes = str(max(0.1, round(size / 1_000_000, 1)))
    if language() == "fr":
        megabytes = megabytes.replace(".", ",")
    return _(
        "Entries written: {entries}, in {files} files ({size}). Wait for the stick's "
        "light to go out, eject it, and take it to the other kit."
    ).format(entries=entries, files=files, size=_("{megabytes} MB").format(megabytes=megabytes))


def read_text(stored: int, known: int, refused: int, senders: Sequence[str]) -> str:
    """What came from a stick. senders: the kits that wrote its bundles, as people call them."""
    if not stored and not refused:
        return _("Everything on this stick was known already. Nothing changed.")
    said = [_("New entries: {stored}. Already known: {known}.").format(stored=stored, known=known)]
    if senders:
        said.append(_("From: {senders}.").format(senders=", ".join(senders)))
    if refused:
        said.append(_("Not taken: {refused}. The reasons follow.").format(refused=refused))
    else:
        said.append(_("Nothing was refused."))
    return " ".join(said)


def _unknown() -> str:
    return _(
        "An unknown reason ({code}) — these entries were not taken — have the bundle "
        "written again; if it comes back, call your IT contact."
    )


_SENTENCES: dict[str, Callable[[], str]] = {
    "USB-001": lambda: _(
        "There is no bundle of a kit in this folder — nothing was read, nothing is lost"
        " — check that it is the right stick, or write a bundle on the other kit first."
    ),
    "USB-002": lambda: _(
        "This folder is not there or is not a folder — nothing was read or written — "
        "plug the stick in again and choose its folder."
    ),
    "USB-003": lambda: _(
        "The stick is full — the bundle was not written, nothing is lost on this kit — "
        "remove older “kit-bundle” folders that were already read, or take another "
        "stick, then start again."
    ),
    "USB-004": lambda: _(
        "The stick cannot be written — what was read from it is kept, but nothing was "
        "put on it, so the other kit will not know what arrived — move its write-"
        "protect switch, or take another stick."
    ),
    "USB-005": lambda: _(
        "The stick was pulled out or does not answer any more — no half bundle will be "
        "read by anybody, nothing is lost on this kit — plug it in again and start "
        "again."
    ),
    "USB-006": lambda: _(
        "Part of the stick cannot be read — what was read before is kept — plug it in "
        "again and start again: only the rest will be read; if it comes back, write the"
        " bundle on another stick."
    ),
    "USB-007": lambda: _(
        "No other kit of this fleet could open this bundle — nothing was written — pair"
        " the kits first, or check the name of the kit that it is for."
    ),
    "USB-010": lambda: _(
        "A bundle on this stick comes from another hospital's kits — nothing of it was "
        "taken — check where the stick comes from, and give it back."
    ),
    "USB-011": lambda: _(
        "A bundle on this stick comes from an exercise, and this kit is for real "
        "patients — nothing of it was taken — keep the exercise's sticks apart from the"
        " real ones."
    ),
    "USB-012": lambda: _(
        "A bundle on this stick holds real data, and this kit is in an exercise — "
        "nothing of it was taken — take this stick to a real kit now."
    ),
    "USB-013": lambda: _(
        "A bundle on this stick was altered after it was written — nothing of it was "
        "taken — have it written again, and tell the information security officer."
    ),
    "USB-014": lambda: _(
        "A bundle on this stick was made by a kit that this fleet does not know — its "
        "entries were not taken — pair that kit, or bring a stick from a steering kit, "
        "then read this one again."
    ),
    "USB-015": lambda: _(
        "This stick was written by a kit that was put out of the fleet — what it wrote "
        "since is kept apart and shown nowhere — look at the entries to be reviewed "
        "with a person in charge."
    ),
    "USB-016": lambda: _(
        "A bundle on this stick was made by a newer version of the kit — nothing of it "
        "was taken — install that version here, or read it on another kit."
    ),
    "USB-017": lambda: _(
        "A bundle on this stick is for other kits — nothing of it was taken, nothing is"
        " lost — take it to the kit that it is for, or have one written for all."
    ),
    "USB-018": lambda: _(
        "The table of contents of a bundle is damaged or was cut off — nothing of it "
        "was taken — have it written again; the other bundles of this stick were read."
    ),
    "USB-019": lambda: _(
        "The key of a bundle does not open on this kit — nothing of it was taken — have"
        " it written again by a kit that has met this one lately."
    ),
    "USB-020": lambda: _(
        "A file of the stick was cut off — what stands before the cut was taken, the "
        "rest is missing here — have the bundle written again: only what is missing "
        "will travel."
    ),
    "USB-021": lambda: _(
        "A file of the stick is damaged or was altered — what stands before the damage "
        "was taken, the rest is missing here — have the bundle written again, on "
        "another stick if it comes back."
    ),
    "USB-022": lambda: _(
        "A file is missing on the stick, or the stick was pulled out — what was read "
        "before is kept — plug it in again and start again: only the rest will be read."
    ),
    "USB-023": lambda: _(
        "The stick holds a link or a device in place of a file — it was not followed, "
        "nothing of it was read — this is no ordinary stick: show it to the information"
        " security officer."
    ),
    "USB-024": lambda: _(
        "A file of the stick is larger than any file of a kit — it was not read — have "
        "the bundle written again; if it comes back, show the stick to the information "
        "security officer."
    ),
    "USB-025": lambda: _(
        "The stick holds more names than a kit looks at — bundles beyond the first "
        "{names} names were not seen — copy the “kit-bundle” folders to an empty stick "
        "and read that one."
    ),
    "USB-026": lambda: _(
        "A bundle is larger than a kit takes at once — the part beyond was not taken — "
        "have it written again in smaller parts."
    ),
    "USB-027": lambda: _(
        "A bundle does not hold what its table of contents says — the entries that are "
        "there were checked one by one and taken — have it written again to get what "
        "may be missing."
    ),
    "USB-028": lambda: _(
        "A file of the stick holds something else than entries — it was not taken — "
        "have the bundle written again, and tell the information security officer."
    ),
    "USB-029": lambda: _(
        "Older entries that these follow are not on this kit yet — these were not taken"
        " — this stick now tells what is missing: have the other kit write on it again,"
        " then read it again."
    ),
    "USB-030": lambda: _(
        "Reading a file of the stick had to be broken off to protect this kit — it was "
        "not taken, the other files were — have the bundle written again; if it comes "
        "back, show the stick to the information security officer."
    ),
    "USB-031": lambda: _(
        "The stick did not answer for a minute — what was read before is kept — pull it"
        " out, plug it in again and start again; if it comes back, take another stick."
    ),
    "SYN-001": lambda: _(
        "These entries are damaged or are not from the kit that they name — they were "
        "not taken, nothing on this kit changed — have the bundle written again; if it "
        "comes back, tell the information security officer."
    ),
    "SYN-004": lambda: _(
        "These entries are damaged or are not from the kit that they name — they were "
        "not taken, nothing on this kit changed — have the bundle written again; if it "
        "comes back, tell the information security officer."
    ),
    "SYN-002": lambda: _(
        "These entries do not follow those before them — they were not taken, nothing "
        "on this kit changed — have the bundle written again by the kit that they come "
        "from."
    ),
    "SYN-003": lambda: _(
        "These entries do not follow those before them — they were not taken, nothing "
        "on this kit changed — have the bundle written again by the kit that they come "
        "from."
    ),
    "SYN-005": lambda: _(
        "These entries do not follow those before them — they were not taken, nothing "
        "on this kit changed — have the bundle written again by the kit that they come "
        "from."
    ),
    "SYN-006": lambda: _(
        "The kit that wrote these entries may not write them — they were not taken — "
        "check its role and wards on a steering kit."
    ),
    "SYN-007": lambda: _(
        "These entries come from a kit that this one does not know yet — they were not "
        "taken — bring a stick from a steering kit, then read this one again."
    ),
    "SYN-009": lambda: _(
        "These entries come from a kit that this one does not know yet — they were not "
        "taken — bring a stick from a steering kit, then read this one again."
    ),
    "SYN-008": lambda: _(
        "These entries belong to another hospital's kits or to another world (real or "
        "exercise) — they were not taken — check where the stick comes from."
    ),
    "SYN-010": lambda: _(
        "These entries are not for this kit (another ward) — they were not taken, "
        "nothing is lost — there is nothing to do."
    ),
}
