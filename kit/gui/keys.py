"""Every shortcut of the screens in one registry: bound from here, listed by F1, checked by a test.

Not for: what an action does. Made for AZERTY: function keys and Ctrl+letters, never Ctrl+digits;
a single letter acts only on a selected row of a list, never while text is being typed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import msgspec
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from kit.core.text import translator

_ = translator("gui")

EVERYWHERE = ""


class Key(msgspec.Struct, frozen=True):
    """One shortcut. `scope` is "" (everywhere), a capsule ("ward"), or a screen ("ward.board").

    `label` is an English sentence of the catalogue `domain`. `in_list` marks keys that act on the
    selected row only, and may therefore be a bare letter.
    """

    action: str
    sequence: str
    label: str
    scope: str = EVERYWHERE
    in_list: bool = False
    domain: str = "gui"


def _N(message: str) -> str:
    return message


KEYS: list[Key] = [
    Key("help", "F1", _N("Help of this screen")),
    Key("fullscreen", "F11", _N("Full screen")),
    Key("lock", "Ctrl+L", _N("Lock now")),
    Key("night", "Ctrl+Shift+N", _N("Night colours")),
    Key("print", "Ctrl+P", _N("Print this screen's document")),
    Key("find", "Ctrl+F", _N("Find a patient")),
    Key("goto", "Ctrl+K", _N("Go to a screen, an action or a patient")),
    Key("back", "Alt+Left", _N("Back to the previous screen")),
    Key("close", "Esc", _N("Close the sheet, keeping the draft")),
    Key("new", "Ctrl+N", _N("New entry of this screen")),
    Key("sign", "Ctrl+Return", _N("Sign and save")),
    Key("undo", "Ctrl+Z", _N("Undo the last step, or within 10 s of signing")),
    Key("next-patient", "Ctrl+PgDown", _N("Next patient")),
    Key("previous-patient", "Ctrl+PgUp", _N("Previous patient")),
    Key("fold-rail", "Ctrl+B", _N("Fold or unfold the sections")),
    Key("open", "Return", _N("Open the selected row"), in_list=True),
    Key("preview", "Space", _N("Preview the selected row"), in_list=True),
]


def register(*keys: Key) -> None:
    """Add a screen's keys; registering the same key twice changes nothing."""
    KEYS.extend(key for key in keys if key not in KEYS)


def conflicts(keys: Sequence[Key] | None = None) -> list[tuple[Key, Key]]:
    """Pairs that would answer to the same chord in the same place, or share an action's name."""
    known = list(KEYS if keys is None else keys)
    return [
        (one, other)
        for place, one in enumerate(known)
        for other in known[place + 1 :]
        if _overlap(one.scope, other.scope)
        and (_chord(one) == _chord(other) or one.action == other.action)
    ]


def breaches(keys: Iterable[Key] | None = None) -> list[Key]:
    """Keys that break the rules for AZERTY and for safety (interface.md §7)."""
    return [key for key in (KEYS if keys is None else keys) if _breaks(key)]


def find(action: str, scope: str = EVERYWHERE) -> Key:
    """The key of that action seen from that scope; KeyError where none is registered."""
    for key in KEYS:
        if key.action == action and (key.scope == EVERYWHERE or _overlap(key.scope, scope)):
            return key
    raise KeyError(action)


def sequence(action: str, scope: str = EVERYWHERE) -> QKeySequence:
    """The chord of that action as Qt knows it."""
    return QKeySequence(find(action, scope).sequence)


def bind(
    widget: QWidget, action: str, slot: Callable[[], object], scope: str = EVERYWHERE
) -> QAction:
    """Give the widget that action: its words, its chord, and what it does."""
    key = find(action, scope)
    made = QAction(translator(key.domain)(key.label), widget)
    # The keypad's Enter is another key to Qt, and the same to a nurse.
    chords = {key.sequence, key.sequence.replace("Return", "Enter")}
    made.setShortcuts([QKeySequence(chord) for chord in sorted(chords)])
    reach = Qt.ShortcutContext.WidgetWithChildrenShortcut
    made.setShortcutContext(
        reach if key.scope or key.in_list else Qt.ShortcutContext.WindowShortcut
    )
    made.triggered.connect(slot)
    widget.addAction(made)
    return made


def listed(scope: str) -> list[tuple[str, str]]:
    """(chord, words) of all keys that work in that scope, for F1: the screen's own first."""
    seen = [key for key in KEYS if key.scope == EVERYWHERE or _overlap(key.scope, scope)]
    seen.sort(key=lambda key: -len(key.scope))
    return [(chord_text(key), translator(key.domain)(key.label)) for key in seen]


def chord_text(key: Key) -> str:
    """The chord as printed on a French or English keyboard: `Ctrl+Entrée`."""
    names = {
        "Return": _("Enter"),
        "Space": _("Space bar"),
        "Esc": _("Esc"),
        "PgUp": _("PgUp"),
        "PgDown": _("PgDn"),
        "Left": "←",
        "Shift": _("Shift"),
    }
    return "+".join(names.get(part, part) for part in key.sequence.split("+"))


def _overlap(one: str, other: str) -> bool:
    if EVERYWHERE in (one, other) or one == other:
        return True
    short, long = sorted((one, other), key=len)
    return long.startswith(f"{short}.")


def _chord(key: Key) -> str:
    return QKeySequence(key.sequence).toString()


def _breaks(key: Key) -> bool:
    parts = key.sequence.split("+")
    last, modifiers = parts[-1], set(parts[:-1])
    if last.isdigit():
        return True
    bare = not (modifiers & {"Ctrl", "Alt"})
    return bare and len(last) == 1 and not key.in_list
