"""The first run on a stick that nobody prepared: every step typed, the eight words read once.

The words are read from the picture, as a person copies them onto paper: no mark ever carries one.
Not for: prepared sticks (`scenarios_data`).
"""

from __future__ import annotations

import re
import time

from kit.core.errors import BadInput
from kit.store import phrase
from scripts.image.qemu import BOOT_S, Gone, Machine, Pc
from scripts.image.qemu_screen import Screen, Word, large_words, nearest
from scripts.image.scenarios import READ_EVERY_S, Bench, scenario
from scripts.image.scenarios_data import OPENING_S, SCREEN_S, asks_words, open_kit, switch_off

WORDS = 8
PIN = "2468"
WARNING = "photographiez"
"""Of the sentence beneath the cards; CARDS_PX: how far they reach above it."""
CARDS_PX = 300


@scenario(
    "first_run_is_shown", "first_run_shows_its_words", "first_run_proves_the_words",
    "first_run_opens_the_ward", "first_run_words_open_again",
)  # fmt: skip
def first_run(bench: Bench) -> None:
    """An empty stick: language, capsule, ward, key, account, to the empty board; then once more."""
    stick = bench.stick()
    with bench.machine(Pc(stick, usb=True), "first") as pc:
        pc.wait_screen("language", lambda seen: seen.says("Langue"), BOOT_S, READ_EVERY_S)
        bench.check("first_run_is_shown", seen=True)
        began = time.monotonic()
        _to_the_key(pc)
        words = _copy_words(pc)
        bench.measure("first_run_key", time.monotonic() - began)
        bench.check("first_run_shows_its_words", seen=True)
        _prove(pc, words)
        bench.check("first_run_proves_the_words", seen=True)
        _to_the_ward(pc)
        bench.check("first_run_opens_the_ward", seen=True)
        switch_off(pc)
    with bench.machine(Pc(stick, usb=True), "second") as pc:
        pc.wait_screen("lock", asks_words, BOOT_S, READ_EVERY_S)
        open_kit(pc, " ".join(words))
        bench.check("first_run_words_open_again", seen=True)


def _until(pc: Machine, *wanted: str, limit_s: float = SCREEN_S) -> Screen:
    name = re.sub(r"\W+", "-", wanted[0].lower())
    return pc.wait_screen(name, lambda seen: seen.says(*wanted), limit_s, READ_EVERY_S)[1]


def _on(pc: Machine) -> None:
    """To the next step, whatever has the keys now."""
    pc.control.press("ctrl", "ret")


def _to_the_key(pc: Machine) -> None:
    """Language and capsule stay as they are proposed; hospital and ward are typed."""
    pc.control.press("ret")
    _until(pc, "Patients, prescriptions")
    pc.control.press("ret")
    _until(pc, "Code du service")
    pc.control.type("Essai\tCARD\t")
    _on(pc)


def _copy_words(pc: Machine) -> list[str]:
    """The eight words, read until they belong together. Raises Gone."""
    screen = _until(pc, "Ne les photographiez pas", limit_s=OPENING_S)
    for enlarged in (1, 2, 3):
        words = large_words(_above_the_warning(screen.read(enlarged)), phrase.words(), WORDS)
        if words is not None and _belong_together(words):
            return words
    raise Gone("eight words that can be read")


def _above_the_warning(read: list[Word]) -> list[Word]:
    """The words of the cards: what stands in buttons elsewhere can look as tall as they are."""
    below = [word.top for word in read if nearest(word.text, [WARNING]) is not None]
    return [word for word in read if below and below[0] - CARDS_PX < word.top < below[0]]


def _belong_together(words: list[str]) -> bool:
    try:
        phrase.parse(" ".join(words))
    except BadInput:
        return False
    return True


def _prove(pc: Machine, words: list[str]) -> None:
    """The two words that are asked back."""
    pc.control.press("ret")
    asked = re.findall(r"num[eé]ro\s+(\d)", _until(pc, "Mot numéro").text)
    for number in asked:
        pc.control.type(f"{words[int(number) - 1]}\t")
    _on(pc)
    _until(pc, "Prénom et nom")


def _to_the_ward(pc: Machine) -> None:
    """One account, no extract, no printer; the empty board."""
    pc.control.type(f"Camille Essai\t\t{PIN}\t{PIN}\n")
    pc.wait_screen("enrolled", _is_enrolled, SCREEN_S, READ_EVERY_S)
    _on(pc)
    _until(pc, "Choisir un dossier")
    _on(pc)
    _until(pc, "Rejoindre une flotte")
    _on(pc)
    _until(pc, "Transmissions", "consignes")


def _is_enrolled(screen: Screen) -> bool:
    """Whether the account stands in the list beneath: its name, a dash, its profession."""
    return re.search(r"Camille\s+Essai\s+[—–-]", screen.text) is not None
