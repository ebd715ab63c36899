"""Text folded for matching: accents, ligatures, hyphens, and a sound key for French names.

Not for: display. A name is always shown as it was supplied.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_LIGATURES = str.maketrans({"œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae", "ß": "ss", "ø": "o", "Ø": "o",
                            "ł": "l", "Ł": "l", "đ": "d", "Đ": "d"})
_BREAKS = re.compile(r"[^a-z0-9]+")


@lru_cache(maxsize=65536)
def fold(text: str) -> str:
    """Lower case, no accents, words apart by one space: `D'Ôrnano-Lévy` → `d ornano levy`."""
    decomposed = unicodedata.normalize("NFKD", text.translate(_LIGATURES))
    plain = "".join(c for c in decomposed if not unicodedata.combining(c)).lower()
    return _BREAKS.sub(" ", plain).strip()


# Longest first: how a French ear spells what it heard. Own table, for names of people.
_SOUNDS = (
    (r"eaux?|aux?|ault|aud|aut|ot$|os$|o$|ho", "o"),
    (r"^h|(?<=[^cps])h", ""),
    (r"ph", "f"),
    (r"sch|sh|ch", "S"),
    (r"gn|ni(?=[aeo])", "N"),
    (r"qu|q|ck|k|c(?=[aourlt]|$)", "k"),
    (r"c(?=[eiy])|ss|ç|sc(?=[eiy])", "s"),
    (r"ge(?=[ao])|g(?=[eiy])|j", "j"),
    (r"gu(?=[eiy])", "g"),
    (r"(?:ain|ein|aim|in|im|yn|ym|un|um)(?![aeiouynm])", "1"),
    (r"(?:an|en|am|em)(?![aeiouynm])", "2"),
    (r"(?:on|om)(?![aeiouynm])", "3"),
    (r"oi|oy", "wa"),
    (r"ou", "u"),
    (r"(?:ai|ei|ay|ey|et|er|ez|e)$", "e"),
    (r"ai|ei|ay|ey|oe|eu|e", "e"),
    (r"ill|ll(?=e)|y", "i"),
    (r"x$|s$|t$|d$|z$|p$", ""),
    (r"z", "s"),
    (r"w", "v"),
)
_RULES = tuple((re.compile(pattern), sound) for pattern, sound in _SOUNDS)
_REPEAT = re.compile(r"(.)\1+")


@lru_cache(maxsize=65536)
def sound(word: str) -> str:
    """The sound key of one folded word: `lefebvre` = `lefevre`, `dupond` = `dupont` = `dupon`."""
    key = word.replace("bv", "v")
    for pattern, letter in _RULES:
        key = pattern.sub(letter, key)
    return _REPEAT.sub(r"\1", key)


def sounds(text: str) -> str:
    """The sound keys of all words of a name, space between."""
    return " ".join(key for word in fold(text).split() if (key := sound(word)))
