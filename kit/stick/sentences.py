"""Refusals and faults of the stick in words, in the language in force.

One sentence per code: what happened, what it means, what to do. Not for: deciding anything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kit.core.text import translator

_ = translator("stick")


class _Words(dict[str, str]):
    """Arguments as text; one that is missing leaves a gap that is seen, not an error."""

    def __missing__(self, _name: str) -> str:
        return "…"


def text_of(code: str, args: Mapping[str, Any]) -> str:
    """The sentence of a code. Never raises."""
    said = FAULTS.get(code, _unknown)()
    return said.format_map(_Words({"code": code} | {k: str(v) for k, v in _readable(args).items()}))


def _readable(args: Mapping[str, Any]) -> dict[str, Any]:
    """Bytes as gigabytes: nobody reads ten digits."""
    sized = {
        name: f"{value / 1e9:.1f}" for name, value in args.items()
        if name in ("bytes", "least") and isinstance(value, int)
    }  # fmt: skip
    return {**args, **sized}


def _unknown() -> str:
    return _(
        "The stick met a fault ({code}). What was recorded is safe. Try again; if it comes back,"
        " prepare another stick."
    )


ASKING: dict[str, Callable[[], str]] = {
    "KEY-001": lambda: _("The stick's service did not understand a request. Nothing was done."),
    "KEY-002": lambda: _("The stick's service does not know “{name}”. Nothing was done."),
    "KEY-003": lambda: _("The value given for {field} cannot be right. Nothing was done."),
    "KEY-004": lambda: _("Stopped. Nothing that was there has been lost; start again at will."),
    "KEY-005": lambda: _(
        "The stick is busy with something else. Wait until it is finished, then try again."
    ),
    "KEY-006": lambda: _(
        "The stick's service does not answer. Switch the computer off and on again; the data is"
        " safe."
    ),
    "KEY-040": lambda: _(
        "A part of the system is missing or does not answer ({tool}). Nothing more was done. Use"
        " another stick and call your IT contact."
    ),
    "KEY-041": lambda: _(
        "A fault in the stick's service ({kind}). What was recorded is safe. Try again; if it"
        " comes back, use another stick."
    ),
}

PERSISTENCE: dict[str, Callable[[], str]] = {
    "KEY-020": lambda: _("This computer was not started from a kit's stick. Nothing was done."),
    "KEY-021": lambda: _(
        "The stick's list of partitions is damaged. Nothing was written on it. Prepare another"
        " stick and use that one."
    ),
    "KEY-022": lambda: _("This stick holds a kit's data already. Nothing was overwritten."),
    "KEY-023": lambda: _(
        "The stick is too small: {bytes} GB are free, {least} GB are needed. Nothing was written."
        " Use a stick of 16 GB or more."
    ),
    "KEY-024": lambda: _(
        "The stick does not give back what is written on it: it is worn out, or smaller than it"
        " says. Do not use it. Prepare another stick."
    ),
    "KEY-025": lambda: _(
        "The stick refused a step ({step}). Nothing that was there has been overwritten. Try"
        " again; if it comes back, prepare another stick."
    ),
    "KEY-026": lambda: _("This stick holds no kit's data yet. Nothing was done."),
    "KEY-027": lambda: _(
        "These words do not open this stick. Nothing was changed. Check each word on the card and"
        " type them again."
    ),
    "KEY-028": lambda: _(
        "The data of this stick cannot be opened: its head is damaged. Nothing was overwritten."
        " Choose: work without it (everything is lost at power-off), or start another stick and"
        " fetch the data again from another kit. Keep this stick for your IT contact."
    ),
    "KEY-029": lambda: _(
        "The data of this stick is damaged. Nothing was overwritten. Choose: repair it, work"
        " without it (everything is lost at power-off), or start another stick and fetch the data"
        " again from another kit."
    ),
    "KEY-031": lambda: _(
        "This computer has too little free memory to open the stick. Nothing was changed. Switch"
        " off and on again, or use a computer with 2 GB or more."
    ),
    "KEY-032": lambda: _("The stick's data is in use. Close the kit first, then try again."),
    "KEY-033": lambda: _(
        "The kit on this prepared stick opens with the words of its own card. These are others, or"
        " mistyped. Nothing was changed. Check the card and type them again."
    ),
    "KEY-034": lambda: _(
        "The kit that this stick was prepared with cannot be copied. Nothing was erased. Try"
        " again; if it comes back, prepare another stick."
    ),
}

DRIVES: dict[str, Callable[[], str]] = {
    "KEY-030": lambda: _(
        "{device} is no drive that can be taken out, or it is gone. Nothing was done. Plug it in"
        " again and choose it from the list."
    ),
    "KEY-035": lambda: _(
        "The format of {device} cannot be read here (FAT, exFAT, NTFS and ext4 can). Nothing was"
        " changed."
    ),
    "KEY-036": lambda: _("{device} could not be opened. Nothing was changed. Try another drive."),
    "KEY-037": lambda: _("{device} is in use. Wait until it is finished, or take it out first."),
    "KEY-038": lambda: _(
        "The number typed is not the one of this drive. Nothing was written. Read it from the list"
        " and type it again."
    ),
    "KEY-039": lambda: _(
        "{device} cannot be written on in this format (FAT, exFAT and NTFS can). Nothing was"
        " changed. Use another drive."
    ),
}

CHECKS: dict[str, Callable[[], str]] = {
    "KEY-060": lambda: _(
        "Parts of this stick can no longer be read. Make another one from it to-day, as long as it"
        " still starts."
    ),
}

PHRASE: dict[str, Callable[[], str]] = {
    "KEY-061": lambda: _(
        "These are not the new words. Nothing was changed: the old ones open the kit. Compare them"
        " with the paper, or have others drawn."
    ),
    "KEY-062": lambda: _(
        "These words no longer open this stick: a change before was cut off. The new words of then"
        " open stick and kit; use those."
    ),
    "KEY-063": lambda: _(
        "It could not be seen whether the stick took the new words. Keep both papers: one of them"
        " opens stick and kit. Try the new words first at the next start."
    ),
}

NETWORK: dict[str, Callable[[], str]] = {
    "KEY-064": lambda: _(
        "Networks are kept with the kit's data, and that is closed. Nothing was changed. Open the"
        " kit with its words first."
    ),
    "KEY-065": lambda: _(
        "The system's network service does not answer. Nothing was changed. Try again in a minute;"
        " if it comes back, restart the kit or carry entries by stick."
    ),
    "KEY-066": lambda: _(
        "This computer has no Wi-Fi card that works here, or it is switched off (a switch or a key"
        " with an aerial). Nothing was changed. Use a cable."
    ),
    "KEY-067": lambda: _(
        "The kit cannot join “{name}”: it asks for a personal account, or its protection is too"
        " old. Nothing was changed. Choose another network or use a cable."
    ),
    "KEY-068": lambda: _(
        "A Wi-Fi password has 8 to 63 signs. Nothing was changed. Look at it with the eye and type"
        " it again."
    ),
    "KEY-069": lambda: _(
        "“{name}” did not take this password. Nothing was kept. Capitals count: look at it with the"
        " eye and type it again."
    ),
    "KEY-070": lambda: _(
        "“{name}” is not within reach. Nothing was changed. Move closer, then search again."
    ),
    "KEY-071": lambda: _(
        "“{name}” could not be joined. Nothing was kept. Move closer and try again, or use a cable."
    ),
    "KEY-072": lambda: _(
        "This kit runs its own Wi-Fi cell, and its card can do only one. Nothing was changed. Who"
        " joined the cell would be cut off: close it first."
    ),
    "KEY-073": lambda: _(
        "This computer's Wi-Fi card cannot open a cell. Nothing was changed. Open it from another"
        " kit, or join the kits by a cable."
    ),
    "KEY-074": lambda: _(
        "The network did not take the account “{name}”. Nothing was kept; the cable is used without"
        " it. Check name and password with your IT contact."
    ),
}

CLOCK: dict[str, Callable[[], str]] = {
    "KEY-050": lambda: _(
        "This date cannot be right: it lies before this version was made, or too far ahead. The"
        " clock was not changed."
    ),
}

FAULTS: dict[str, Callable[[], str]] = {
    **ASKING, **PERSISTENCE, **DRIVES, **CHECKS, **PHRASE, **NETWORK, **CLOCK,
}  # fmt: skip
