"""A refusal or a fault in words, whoever refused: the node's own text, a room's sentence, or ours.

Not for: drawing it (`widgets.panel`) nor for what a screen declares for itself (`states.declare`).
A sentence of the house reads "what happened — what it means — what to do"; panels show it split.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from msgspec.structs import replace

from kit.core.clock import MINUTE, span_text
from kit.core.command import SENTENCES
from kit.core.errors import Refused
from kit.core.quantity import NBSP
from kit.gui.states import Explained, Sentences, declare, declared_codes, explain_code

DASH = " — "
TWO_PARTS = ("KEY-", "UPD-", "PRN-")
EXPECTED = ("session.", "permission.", "work.", "clock.", "disk.")


def _said(happened: str, means: str = "", todo: str = "") -> Sentences:
    return Sentences(happened, means, todo)


def explained(code: str, args: Mapping[str, Any] | None = None) -> Explained:
    """What happened, what it means, what to do, in the person's language, with the code.

    Codes met at the door have sentences here; else the node's text, which knows those of the store
    and of the printer; else the room's own.
    """
    given = dict(args or {})
    if isinstance(given.get("seconds"), int):
        given["wait"] = wait_text(given["seconds"])
    text = given.get("text")
    if code in declared_codes():
        said = explain_code(code, given)
        # An expected refusal is no fault: its code would only be noise.
        return replace(said, code="") if code.startswith(EXPECTED) else said
    if isinstance(text, str) and text:
        return _split(text, code)
    if _has_sentence(code):
        from kit.ward.sentences import text_of

        return _split(text_of(code, given), "")
    return explain_code(code, given)


def explain_refusal(refused: Refused) -> Explained:
    """`explained`, of a refusal as it came."""
    return explained(refused.code, refused.args)


def sentence(code: str, args: Mapping[str, Any] | None = None) -> str:
    """The same in one line of text; the code is said only where nobody has a sentence for it."""
    said = explained(code, args)
    known = code in declared_codes() or bool((args or {}).get("text")) or _has_sentence(code)
    parts = (said.happened, said.means, said.todo, "" if known else f"({code})")
    return " ".join(part for part in parts if part)


def wait_text(seconds: int) -> str:
    """A wait as said aloud: `45 s`, `2 min`."""
    return f"{seconds}{NBSP}s" if seconds < 60 else span_text(-(-seconds // 60) * MINUTE)


def _split(text: str, code: str) -> Explained:
    parts = [part.strip() for part in text.split(DASH)]
    if len(parts) == 1:
        first, stop, rest = text.partition(". ")
        if stop and code.startswith(TWO_PARTS):  # sentences that stand one after the other
            return Explained(f"{first}.", rest, code=code)
        return Explained(text, code=code)
    happened, means, todo = (
        _as_sentence(part) for part in (parts[0], parts[1], DASH.join(parts[2:]))
    )
    return Explained(happened, means, todo, code)


def _as_sentence(part: str) -> str:
    if not part:
        return ""
    closed = part if part.endswith((".", "!", "?")) else f"{part}."
    return closed[:1].upper() + closed[1:]


def _has_sentence(code: str) -> bool:
    """Whether a room declared this code; the rooms are loaded at the first refusal, not before."""
    if code not in SENTENCES:
        for room in ("kit.ward", "kit.people.person"):
            opened = import_module(room)
            if room == "kit.ward":
                opened.open_rooms()
    return code in SENTENCES


def _sentences() -> dict[str, Sentences]:
    """Codes of the node that people meet at the door."""
    return {
        "session.wrong_pin": _said(
            "This PIN is not right.",
            "Tries left before a pause of five minutes: {left}.",
            "Type it again, or choose your own name in the list.",
        ),
        "session.paused": _said(
            "Several wrong PINs were typed for this name.",
            "It can be used again in {wait}. Nothing is lost; others may sign in.",
        ),
        "session.unknown": _said(
            "This name has no account on this kit.", "", "Choose a name in the list."
        ),
        "session.weak_pin": _said(
            "This PIN is too short.", "", "Type at least {digits} digits, and only digits."
        ),
        "permission.nobody": _said(
            "Nobody is signed in.",
            "Nothing was recorded; what you typed is kept.",
            "Unlock the kit, then sign again.",
        ),
        "permission.denied": _said(
            "Your profession does not give access to this.",
            "Nothing was recorded.",
            "Ask a colleague whose role allows it.",
        ),
        "work.cancelled": _said("Stopped on request.", "What was already done is kept."),
        "STO-022": _said(
            "These eight words are not this kit's phrase.",
            "The kit stays closed; nothing is lost. Next try in {wait}.",
            "Check the words on the envelope of this very kit.",
        ),
        "STO-023": _said(
            "Several wrong phrases were typed.",
            "The kit stays closed for {wait}; nothing is lost.",
            "Wait, then try again; meanwhile use another kit or paper.",
        ),
    }


declare("gui_ward", _sentences())
