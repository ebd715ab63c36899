"""What a screen says when it is not simply ready: what happened, what it means, what to do.

Also the sentences for codes of refusals and faults: each room declares its own here once, and any
screen explains any code. Not for: drawing (`widgets.panel`), nor deciding the state (the screen).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import msgspec

from kit.core.errors import KitError, Refused
from kit.core.text import plural_translator, translator
from kit.gui.tone import Tone

_ = translator("gui")
ngettext = plural_translator("gui")


def _N(message: str) -> str:
    return message


class State(StrEnum):
    """Of a screen; each but READY has something to say."""

    LOADING = "loading"
    READY = "ready"
    EMPTY = "empty"
    STALE = "stale"
    ALONE = "alone"
    REFUSED = "refused"
    BROKEN = "broken"


TONES = {
    State.STALE: Tone.WARNING,
    State.REFUSED: Tone.WARNING,
    State.BROKEN: Tone.CRITICAL,
}
ICONS = {
    State.LOADING: "clock",
    State.EMPTY: "inbox",
    State.STALE: "clock",
    State.ALONE: "wifi-off",
    State.REFUSED: "triangle-alert",
    State.BROKEN: "octagon-alert",
}


class Explained(msgspec.Struct, frozen=True):
    """Sentences ready to show, in the person's language; `code` goes in small type, or is ""."""

    happened: str
    means: str = ""
    todo: str = ""
    code: str = ""

    def spoken(self) -> str:
        """All of it as one text."""
        return " ".join(part for part in (self.happened, self.means, self.todo, self.code) if part)


class Sentences(msgspec.Struct, frozen=True):
    """English sentences of a code, to be translated and filled with the code's arguments."""

    happened: str
    means: str = ""
    todo: str = ""


_declared: dict[str, tuple[str, Sentences]] = {}


def declare(domain: str, sentences: dict[str, Sentences]) -> None:
    """Teach the sentences of some codes; `domain` is the catalogue that translates them."""
    for code, said in sentences.items():
        _declared[code] = (domain, said)


def declared_codes() -> frozenset[str]:
    """Every code that has sentences of its own."""
    return frozenset(_declared)


def explain(what: Refused | KitError) -> Explained:
    """The sentences of a refusal or a fault; an unknown code still says what to do."""
    args = what.args if isinstance(what, Refused) else what.args_
    return explain_code(what.code, args)


def explain_code(code: str, args: dict[str, Any] | None = None) -> Explained:
    """Like `explain`, from a bare code."""
    domain, said = _declared.get(code, ("gui", _UNKNOWN))
    translate = translator(domain)
    filled = _Gaps(args or {})
    happened, means, todo = (
        translate(part).format_map(filled) for part in (said.happened, said.means, said.todo)
    )
    return Explained(happened, means, todo, code)


class _Gaps(dict[str, Any]):
    """An argument that did not come shows as a dash; a sentence never fails for want of one."""

    def __missing__(self, key: str) -> str:
        return "—"


_UNKNOWN = Sentences(
    _N("The kit could not do this."),
    _N("Nothing that was signed is lost."),
    _N("Try again; if it happens again, write on paper and give the code below to IT support."),
)

declare(
    "gui",
    {
        "node.lost": Sentences(
            _N("The kit's core stopped before it answered."),
            _N("This request was not carried out. What was signed before is safe."),
            _N("Wait for the core to come back, then try again."),
        ),
        "node.other-person": Sentences(
            _N("The kit's core restarted while an entry was being recorded."),
            _N("The entry was not recorded: another person is signed in now. Its draft is kept."),
            _N("The person who made the entry signs in and records it again."),
        ),
        "clock.unknown": Sentences(
            _N("This computer's date or time cannot be right."),
            _N(
                "Ages and times of doses on screen may be wrong; entries are recorded all the same."
            ),
            _N("Compare with a watch. If it is wrong, check times on paper and have it set."),
        ),
        "disk.low": Sentences(
            _N("This kit's disk is almost full."),
            _N("Entries are still recorded, but soon they could not be."),
            _N("Have IT support free some space; keep blank paper forms at hand."),
        ),
        "RPC-001": Sentences(
            _N("The kit's core sent a message that is too long."),
            _N("The screen may not be up to date."),
            _N("The core restarts by itself; check the last entry, then go on."),
        ),
        "RPC-002": Sentences(
            _N("The kit's core sent a message that cannot be read."),
            _N("The screen may not be up to date."),
            _N("The core restarts by itself; check the last entry, then go on."),
        ),
        "RPC-003": Sentences(
            _N("This entry is too long to be recorded at once."),
            _N("It has not been recorded; the text is still on screen."),
            _N("Shorten it, or split it into two entries."),
        ),
        "RPC-004": Sentences(
            _N("The screen could not prepare this entry."),
            _N("It has not been recorded; the text is still on screen."),
            _N("Write it on paper and give the code below to IT support."),
        ),
    },
)


def core_down(seconds: int) -> Explained:
    """The strip's words while the node restarts; after 15 s it says to use paper."""
    if seconds < 15:
        return Explained(_("Core restarting ({seconds} s)").format(seconds=seconds))
    return Explained(
        _("The core has not answered for {seconds} s.").format(seconds=seconds),
        _("What you type is kept, but nothing is recorded for now."),
        _("Write on paper from now on; the kit keeps trying."),
    )


def alone(waiting: int) -> Explained:
    """No other kit is in reach: a fact, not an error."""
    return Explained(
        _("You are working alone; everything is recorded here."),
        ngettext(
            "{count} entry will leave when another kit is back.",
            "{count} entries will leave when another kit is back.",
            waiting,
        ).format(count=waiting),
    )
