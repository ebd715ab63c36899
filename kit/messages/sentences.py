"""Refusals and notices of messages, directives and ward points in words, in the language in force.

Not for: deciding anything; the rooms of `kit.messages` and `kit.steering` declare their sentences.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kit.core.command import SENTENCES
from kit.core.text import translator

_ = translator("messages")


class _Words(dict[str, str]):
    """Arguments as text; one that is missing leaves a gap that is seen, not an error."""

    def __missing__(self, _name: str) -> str:
        return "…"


def text_of(code: str, args: Mapping[str, Any]) -> str:
    """The sentence of a code. Never raises."""
    kind = SENTENCES.get(code)
    said = _(kind.sentence) if kind else _("Refused ({code}). Nothing was sent. Call instead.")
    return said.format_map(_Words({"code": code} | {k: str(v) for k, v in args.items()}))
