"""The keyboard: no two acts on one key, nothing that an AZERTY keyboard cannot type."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from kit.gui import keys
from kit.gui.keys import Key
from kit.gui.screen import SCREENS


def _with_sections() -> list[Key]:
    """All keys, with the function keys of the sections."""
    sections = [
        Key(spec.key, spec.fkey, spec.title_id, "" if spec.capsule == "shared" else spec.capsule)
        for spec in SCREENS
    ]
    return [*keys.KEYS, *sections]


def test_no_key_means_two_things_in_one_place() -> None:
    assert keys.conflicts(_with_sections()) == []


def test_no_key_breaks_the_rules_of_the_ward() -> None:
    assert keys.breaches(_with_sections()) == []


@pytest.mark.parametrize(
    ("one", "other", "clash"),
    [
        (Key("a", "Ctrl+P", "A"), Key("b", "Ctrl+P", "B", "ward.board"), True),
        (Key("a", "F5", "A", "ward"), Key("b", "F5", "B", "steering"), False),
        (Key("a", "F5", "A", "ward"), Key("b", "F5", "B", "ward.round"), True),
        (Key("a", "V", "A", "ward.board"), Key("b", "V", "B", "ward.round"), False),
        (Key("a", "Ctrl+p", "A"), Key("b", "Ctrl+P", "B"), True),
        (Key("a", "Ctrl+P", "A"), Key("a", "Ctrl+R", "B"), True),
        (Key("a", "F5", "A", "ward"), Key("b", "F5", "B", "wardrobe"), False),
    ],
)
def test_a_clash_is_seen_where_two_scopes_meet(one: Key, other: Key, clash: bool) -> None:
    assert bool(keys.conflicts([one, other])) is clash


@pytest.mark.parametrize(
    ("sequence", "in_list", "breaks"),
    [
        ("Ctrl+1", False, True),
        ("1", True, True),
        ("M", False, True),
        ("M", True, False),
        ("Shift+M", False, True),
        ("Ctrl+M", False, False),
        ("F4", False, False),
    ],
)
def test_digits_and_bare_letters_are_refused(sequence: str, in_list: bool, breaks: bool) -> None:
    """Digits need Shift on AZERTY; a bare letter outside a list would act while somebody types."""
    assert bool(keys.breaches([Key("x", sequence, "X", in_list=in_list)])) is breaks


def test_help_lists_the_screen_s_own_keys_first_in_french() -> None:
    mine = Key("test-only", "Ctrl+J", "Search", "ward.board")
    keys.register(mine, mine)
    try:
        listed = keys.listed("ward.board")
        assert ("Ctrl+J", "Rechercher") in listed
        assert ("Ctrl+Entrée", "Signer et enregistrer") in listed
        assert len([line for line in listed if line[0] == "Ctrl+J"]) == 1
        assert ("Ctrl+J", "Rechercher") not in keys.listed("ward.round")
    finally:
        keys.KEYS.remove(mine)


def test_the_keypad_s_enter_signs_too(qtbot: QtBot) -> None:
    """A nurse with a hand on the keypad is not left with a key that does nothing."""
    widget = QWidget()
    qtbot.addWidget(widget)
    widget.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    done: list[str] = []
    keys.bind(widget, "sign", lambda: done.append("signed"))
    with qtbot.waitActive(widget):
        widget.show()
        widget.activateWindow()
    widget.setFocus()
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
        qtbot.keyClick(widget, key, Qt.KeyboardModifier.ControlModifier)
    assert done == ["signed", "signed"]


def test_an_unknown_action_is_an_error() -> None:
    with pytest.raises(KeyError):
        keys.find("nothing-of-the-kind")
