"""Refusals, notices and faults of the fleet in words, in the language in force.

One sentence per code: what happened, what it means for the patient, what to do. Not for: deciding
anything. The rooms of `kit.sync` declare their sentences; the faults without a room stand here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kit.core.command import SENTENCES
from kit.core.text import translator
from kit.sync import line_sentences as _lines
from kit.sync import pairing_sentences as _pairing
from kit.sync import session_sentences as _session

_ = translator("sync")


class _Words(dict[str, str]):
    """Arguments as text; one that is missing leaves a gap that is seen, not an error."""

    def __missing__(self, _name: str) -> str:
        return "…"


def text_of(code: str, args: Mapping[str, Any]) -> str:
    """The sentence of a code. Never raises."""
    kind, fault = SENTENCES.get(code), FAULTS.get(code)
    said = fault() if fault else _(kind.sentence) if kind else _unknown()
    return said.format_map(_Words({"code": code} | {k: str(v) for k, v in args.items()}))


def _unknown() -> str:
    return _(
        "The exchange between kits met a fault ({code}). What was recorded on this kit is safe and"
        " will be sent later. Try again; if it comes back, use the USB courier or paper."
    )


FAULTS: dict[str, Callable[[], str]] = {
    **_pairing.FAULTS,
    **_lines.FAULTS,
    **_session.FAULTS,
    "SYN-110": lambda: _(
        "A kit's exchange key is not one ({bytes} bytes). It is given no key. Pair it again."
    ),
}
