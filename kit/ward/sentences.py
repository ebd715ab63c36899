"""Refusals and notices in words: a code and its arguments become the sentence a person reads.

Codes inside the arguments (measures, statuses, drugs' reasons) become words; a code that has no
sentence still says what it means for the patient. Not for: faults of the machine (`docs/errors.md`
and the catalogue of the floor that raised them).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from kit.core.command import SENTENCES
from kit.core.text import translator
from kit.ward.words import order_status_word, profession_word, vital_word

_ = translator("clinical")


def text_of(code: str, args: Mapping[str, Any]) -> str:
    """The sentence of a Refused or Notice in the language in force. Never raises."""
    kind = SENTENCES.get(code)
    if kind is None:
        return _("Refused ({code}). Nothing was recorded. Write it on paper and say so.").format(
            code=code
        )
    said = _(kind.sentence).format_map(_Words(args))
    return said[:1].upper() + said[1:]


class _Words(dict[str, str]):
    """Arguments in words; one that is missing leaves a gap that is seen, not an error."""

    def __init__(self, args: Mapping[str, Any]) -> None:
        super().__init__({name: _argument(name, value) for name, value in args.items()})

    def __missing__(self, _name: str) -> str:
        return "…"


def _argument(name: str, value: Any) -> str:
    word = _WORDS.get(name)
    if word is None:
        return str(value)
    parts = value.split(", ") if isinstance(value, str) else value
    if not isinstance(parts, Iterable):
        return str(value)
    return ", ".join(word(str(part)) for part in parts)


_WORDS: dict[str, Callable[[str], str]] = {
    "fields": vital_word,
    "codes": vital_word,
    "status": order_status_word,
    "list": lambda code: f"{code} ({profession_word(code)})",
}
