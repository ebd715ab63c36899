"""Text folded for matching: accents, ligatures, hyphens, and a sound key for French names.

Not for: display. A name is always shown as it was supplied.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_LIGATURES = str.maketrans(
    {"œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae", "ß": "ss", "ø": "o", "Ø": "o"}
    | {"ł": "l", "Ł": "l", "đ": "d", "Đ": "d", "ı": "i"}
)
_BREAKS = re.compile(r"[^a-z0-9]+")


@lru_cache(maxsize=65536)
def fold(text: str) -> str:
    """Lower case, no accents, words apart by one space: `D'Ôrnano-Lévy` → `d ornano levy`."""
    decomposed = unicodedata.normalize("NFKD", text.translate(_LIGATURES))
    plain = "".join(c for c in decomposed if not unicodedata.combining(c)).lower()
    return _BREAKS.sub(" ", plain).strip()


# How a French ear spells what it heard, rule after rule; own table, for names of people. Sounds
# that one letter cannot say are digits, since an index folds case: 1 in, 2 an, 3 on, 4 ch, 5 gn.
_SOUNDS = (
    (r"(.)\1+", r"\1"),
    (r"bv", "v"),
    (r"(?:eau|au|o)(?:l?[tdx]|s|p)*$", "o"),
    (r"ais(?=t)", "ai"),
    (r"w", "v"),
    (r"ph", "f"),
    (r"ch(?=[rl])", "k"),
    (r"sch|sh|ch", "4"),
    (r"h", ""),
    (r"gn", "5"),
    (r"sc(?=[eiy])|c(?=[eiy])", "s"),
    (r"cq|ck|qu|q|c", "k"),
    (r"ge(?=[ao])|g(?=[eiy])", "j"),
    (r"gu(?=[eiy])", "g"),
    (r"oin(?![aeiouynm])", "w1"),
    (r"ien(?![aeiouynm])", "i1"),
    (r"(?:ain|ein|aim|eim|in|im|yn|ym|un|um)(?![aeiouynm])", "1"),
    (r"(?:an|en|am|em)(?![aeiouynm])", "2"),
    (r"(?:on|om)(?![aeiouynm])", "3"),
    (r"(?<=.)(?:e[rtszy]|e|a[iy][st]?|[tdsxz]+)$", ""),
    (r"oi|oy", "wa"),
    (r"eau|au", "o"),
    (r"ou", "u"),
    (r"oeu|eu|oe|ai|ei|ay|ey", "e"),
    (r"y", "i"),
    (r"x", "ks"),
    (r"z", "s"),
    (r"(.)\1+", r"\1"),
)
_RULES = tuple((re.compile(pattern), sound) for pattern, sound in _SOUNDS)
_PARTICLES = frozenset("de du des d la le les l el al ben ibn van von der den".split())


@lru_cache(maxsize=65536)
def sound(word: str) -> str:
    """The sound key of one folded word: `lefebvre` = `lefevre`, `dupond` = `dupont`.

    Coarse by design: it finds a name that was heard, and never decides that two are the same.
    """
    key = word
    for pattern, letter in _RULES:
        key = pattern.sub(letter, key)
    return key or word


def sounds(text: str) -> str:
    """The sound keys of all words of a name, space between."""
    return " ".join(sound(word) for word in fold(text).split())


def name_sounds(text: str) -> frozenset[str]:
    """The sound keys of the words that tell a surname apart: `de`, `le`, `ben` say nothing."""
    words = fold(text).split()
    return frozenset(sound(word) for word in words if word not in _PARTICLES)
