"""From a code to the sentence a person reads: asks each floor's own catalogue, then the node's.

What happened, what it means for the patient, what to do. Not for: sentences themselves, except
those of the node (`NOD`, `CMD`, `RPC`, `session`, `permission`, `work`).
"""

from __future__ import annotations

import re
from importlib import import_module
from typing import Any

from kit.core.errors import KitError
from kit.core.text import language, translator

_ = translator("cli")


def text_of(code: str, args: dict[str, Any]) -> str:
    """The sentence of a refusal, notice or fault in the language in force; never empty."""
    own = _own().get(code)
    if own is not None:
        return _filled(own, args)
    family = re.split("[-.]", code, maxsplit=1)[0]
    if family in ("PAP", "PRN"):
        paper = import_module("kit.paper.faults")
        return str(paper.sentence(KitError(code, **args), language()))
    module, name = _ROOMS.get(family, ("kit.ward.sentences", "text_of"))
    return str(getattr(import_module(module), name)(code, args))


# Which floor's catalogue knows a family of codes; all others are the ward's.
_ROOMS = {
    "STO": ("kit.store.messages", "sentence"),
    "IMP": ("kit.exchange.reasons", "sentence"),
    "KEY": ("kit.stick.sentences", "text_of"),
    "USB": ("kit.sync.courier_sentences", "sentence"),
    "UPD": ("kit.stick.update_sentences", "sentence"),
    **dict.fromkeys(
        ("SYN", "device", "fleet", "access", "adoption", "pairing", "transfer"),
        ("kit.sync.sentences", "text_of"),
    ),
    **dict.fromkeys(
        ("message", "directive", "receipt", "courier", "needs"),
        ("kit.messages.sentences", "text_of"),
    ),
}


def _filled(text: str, args: dict[str, Any]) -> str:
    try:
        return text.format(**args)
    except (KeyError, IndexError):
        return text


def _own() -> dict[str, str]:
    return {**_people(), **_calls(), **_faults()}


def _people() -> dict[str, str]:
    return {
        "permission.nobody": _(
            "Nobody is signed in. Nothing was recorded. Sign in, then try again."
        ),
        "permission.denied": _(
            "Your profession ({role}) may not do this ({action}). Nothing was recorded. Ask a "
            "colleague who may."
        ),
        "session.unknown": _(
            "No account with this name on this kit. Choose from the list, or ask a manager to add"
            " you."
        ),
        "session.wrong_pin": _("Wrong PIN. {left} tries left before a five-minute pause."),
        "session.paused": _(
            "Too many wrong PINs. This account can try again in {seconds} s; colleagues can still"
            " sign in."
        ),
        "session.weak_pin": _("A PIN has at least {digits} digits and nothing else."),
    }


def _calls() -> dict[str, str]:
    return {
        "work.cancelled": _(
            "Stopped. What was finished before is kept; start again to do the rest."
        ),
        "node.lost": _("The kit's core restarted. This request was not done. Try again."),
        "CMD-001": _("No such command: {name}. “kit do --list” shows them all."),
        "CMD-002": _("Arguments of {name} not understood: {why}. Nothing was recorded."),
        "CMD-003": _("No such query: {name}. “kit query --list” shows them all."),
        "CMD-004": _("No such service: {name}."),
        "CMD-005": _("This is not JSON: {why}. Nothing was recorded."),
        "CMD-006": _("The phrase file cannot be read: {path}. Check the path."),
        "CMD-007": _(
            "Nobody is named to record this act. Add --as with a name from “kit query person.list”."
        ),
        "CMD-008": _(
            "There is already something in {path}. Choose an empty folder; nothing was changed."
        ),
    }


def _faults() -> dict[str, str]:
    return {
        "EVT-001": _(
            "This entry is too long to be kept ({bytes} bytes). It was not recorded. Split it in "
            "two."
        ),
        "EVT-002": _("This correction names too many entries ({count}). Nothing was recorded."),
        "EVT-003": _(
            "An entry of the log cannot be read. Reading goes on without it; call your IT "
            "contact."
        ),
        "EVT-004": _(
            "An entry comes from a newer version (format {version}). Update this kit to read it."
        ),
        "EVT-005": _("An entry's counter is out of range. It was not taken; call your IT contact."),
        "EVT-006": _("The entry to correct is not in this kit. Nothing was recorded."),
        "NOD-001": _(
            "This store has no set-up. It may be damaged; use another kit or paper and call your "
            "IT contact."
        ),
        "NOD-003": _(
            "The directory that this kit was given is not one of its fleet. The kit was not made;"
            " prepare the fleet again."
        ),
        "NOD-002": _("The kit is sealed. Open it with its phrase first."),
        "NOD-004": _("No node runs in this folder: {path}. Start it with “kit node”."),
        "NOD-005": _("The node ended before it answered. Ask again whether the act was recorded."),
        "NOD-006": _("This kit's network is not running. Start it with “kit node” or the window."),
        "NOD-900": _(
            "A fault in the programme ({kind}). What was signed is safe. Try again; if it comes "
            "back, restart the kit or use paper."
        ),
        "RPC-001": _("A message was too large and was not taken. Nothing was recorded."),
        "RPC-002": _(
            "A message could not be read. Nothing was recorded. Restart the kit's window."
        ),
        "RPC-003": _("An answer was too large to be shown. Narrow the search."),
        "TAB-001": _(
            "The clinical table {table} is missing or damaged. What depends on it is not shown; "
            "call your IT contact."
        ),
        "PRN-020": _("This print preview is no longer there. Prepare the print again."),
    }  # fmt: skip
