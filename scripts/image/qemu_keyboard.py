"""A French keyboard: which keys a person presses for a text. Names of keys are QEMU's qcodes.

QEMU names a key by what stands on it in America; what it writes is the layout's affair. Not for:
dead keys and capitals with accents, which no phrase and no figure of the kit needs.
"""

from __future__ import annotations

Chord = tuple[str, ...]
"""Keys that are down together, modifiers first."""

_MOVED = {"a": "q", "q": "a", "z": "w", "w": "z", "m": "semicolon"}
_PLAIN = {
    " ": "spc", "\n": "ret", "\t": "tab",
    "&": "1", "é": "2", '"': "3", "'": "4", "(": "5", "-": "6", "è": "7", "_": "8", "ç": "9",
    "à": "0", ")": "minus", "=": "equal", "$": "bracket_right", "ù": "apostrophe",
    "*": "backslash", ",": "m", ";": "comma", ":": "dot", "!": "slash", "<": "less",
}  # fmt: skip
_SHIFTED = {
    "+": "equal", "°": "minus", "?": "m", ".": "comma", "/": "dot", "§": "slash", ">": "less",
    "%": "apostrophe", "£": "bracket_right", "µ": "backslash",
}  # fmt: skip
_ALT_GR = {"@": "0", "#": "3", "{": "4", "[": "5", "|": "6", "]": "minus", "}": "equal"}


def chord(character: str) -> Chord:
    """The keys for one character; ValueError where the French layout has no plain way to it."""
    low = character.lower()
    if "a" <= low <= "z":
        key = _MOVED.get(low, low)
        return (key,) if character == low else ("shift", key)
    if "0" <= character <= "9":
        return ("shift", character)
    if character in _PLAIN:
        return (_PLAIN[character],)
    if character in _SHIFTED:
        return ("shift", _SHIFTED[character])
    if character in _ALT_GR:
        return ("alt_r", _ALT_GR[character])
    raise ValueError(f"no key for {character!r}")


def chords(text: str) -> list[Chord]:
    """The keys for a text, one chord a character."""
    return [chord(character) for character in text]
