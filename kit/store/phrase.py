"""The eight words that open a kit: 84 random bits and a 4-bit checksum, as words to read aloud.

Phrases are generated, never chosen. The checksum refuses most slips of the pen before the slow key
derivation runs. Not for: turning a phrase into a key (`vault`). Source: store.md section 3.
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_left
from collections.abc import Callable
from functools import cache
from importlib import resources

from kit.core.errors import BadInput
from kit.core.folding import fold

WORDS_IN_PHRASE = 8
UNIQUE_LETTERS = 4
"""So many letters tell every word of the list from every other."""

_BITS = 11
_SECRET_BYTES = 11  # 8 words of 11 bits: 84 bits of chance, then 4 bits of checksum
_fold: Callable[[str], str] = fold.__wrapped__  # its cache would keep the phrase in memory
_NOT_LETTERS = re.compile(r"[^a-z]+")


@cache
def words() -> tuple[str, ...]:
    """The 2,048 French words, in alphabetical order."""
    text = (resources.files("kit.store") / "words_fr.txt").read_text(encoding="ascii")
    return tuple(text.split())


def generate(random: Callable[[int], bytes]) -> list[str]:
    """Eight new words; `random(n)` draws n bytes from the system's generator."""
    chance = int.from_bytes(random(_SECRET_BYTES), "big") >> 4
    return _spelt(chance << 4 | _checksum(chance))


def parse(text: str) -> bytes:
    """The 11 bytes that a typed phrase stands for.

    Takes any case, accents, separators and numbering, and words cut after four letters or more.
    Raises BadInput: STO-031 (`count`, `wanted`), STO-032 (`position` of a word that is not in the
    list, from 1), STO-033 (the words do not belong together). No argument carries a word.
    """
    typed = [word for word in _NOT_LETTERS.split(_fold(text)) if word]
    if len(typed) != WORDS_IN_PHRASE:
        raise BadInput("STO-031", count=len(typed), wanted=WORDS_IN_PHRASE)
    number = 0
    for position, word in enumerate(typed, start=1):
        index = _index(word)
        if index is None:
            raise BadInput("STO-032", position=position)
        number = number << _BITS | index
    if number & 0xF != _checksum(number >> 4):
        raise BadInput("STO-033")
    return number.to_bytes(_SECRET_BYTES, "big")


def canonical(text: str) -> str:
    """The eight words of a typed phrase as they stand in the list, with one space between.

    Whatever opens by the text itself, not by what it stands for, needs it always written alike.
    Raises as `parse`.
    """
    return " ".join(_spelt(int.from_bytes(parse(text), "big")))


def completions(prefix: str) -> list[str]:
    """The words that begin as typed; all of them for an empty prefix."""
    start = _fold(prefix)
    first = bisect_left(words(), start)
    last = bisect_left(words(), start + "{")  # `{` follows `z`
    return list(words()[first:last])


def _spelt(number: int) -> list[str]:
    shifts = range(_BITS * (WORDS_IN_PHRASE - 1), -1, -_BITS)
    return [words()[number >> shift & 0x7FF] for shift in shifts]


def _index(word: str) -> int | None:
    """A word's place in the list, given whole or by its first four letters or more."""
    place = bisect_left(words(), word)
    known = place < len(words()) and words()[place].startswith(word)
    return place if known and len(word) >= UNIQUE_LETTERS else None


def _checksum(chance: int) -> int:
    data = chance.to_bytes(_SECRET_BYTES, "big")
    return hashlib.blake2b(data, person=b"kit phrase", digest_size=1).digest()[0] >> 4
