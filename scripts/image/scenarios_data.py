"""What is kept on the stick: a prepared kit opens, a set of vitals outlives the plug, a full disk.

Everything is typed on the French keyboard and read from the screen, as a nurse does. Not for: what
the lock screen is made of (`scenarios_boot`).
"""

from __future__ import annotations

import os
from pathlib import Path

from kit.stick import layout
from kit.store.phrase import generate
from scripts.image.qemu import BOOT_S, STOP_S, Machine, Pc
from scripts.image.qemu_disk import Esp
from scripts.image.qemu_screen import Screen
from scripts.image.scenarios import READ_EVERY_S, Bench, scenario
from scripts.image.scenarios_boot import ASKS, is_lock
from scripts.image.scenarios_seed import Seed, prepared

OPENING_S = 300.0
"""Opening costs two Argon2id of 256 MiB, and the first time the making of the data partition."""
SCREEN_S = 120.0
NOT_THESE = "Ces mots n’ouvrent pas"
"""What the door says of words that belong together and to another kit (`KEY-027`)."""
TEMPERATURE, PULSE = "38,6", "117"
EXERCISE = "#5B2A86"
"""Colour of the bar that stands above everything in an exercise (`theme.LIGHT.exercise_bar`)."""


def asks_words(screen: Screen) -> bool:
    """Whether the lock screen asks the eight words."""
    return is_lock(screen) and screen.says(ASKS)


def asks_pin(screen: Screen) -> bool:
    """Whether the lock screen asks who is there."""
    return screen.says("Qui êtes-vous")


def open_kit(pc: Machine, words: str, limit_s: float = OPENING_S) -> float:
    """Type the eight words; the seconds until the kit is open and asks who is there."""
    began = pc.uptime_s
    pc.control.type(words)
    pc.wait_screen("typed", lambda seen: seen.says("8 mots sur 8"), SCREEN_S, READ_EVERY_S)
    pc.control.press("ret")
    at_s, _screen = pc.wait_screen("accounts", asks_pin, limit_s, READ_EVERY_S)
    return at_s - began


def sign_in(pc: Machine, pin: str) -> Screen:
    """Type the PIN of the first name; the board when it stands. Raises Gone."""
    pc.control.type(f"{pin}\n")
    _at, screen = pc.wait_screen("board", is_board, SCREEN_S, READ_EVERY_S)
    return screen


def switch_off(pc: Machine) -> float:
    """Locked; the PC's own button asks, the person says yes; seconds to off. Raises Gone."""
    pc.control.press("ctrl", "l")
    pc.wait_screen("locked-off", asks_pin, SCREEN_S, READ_EVERY_S)
    pc.control.power_button()
    pc.wait_screen("off", lambda seen: seen.says("Rien n’est perdu"), SCREEN_S, READ_EVERY_S)
    pc.control.press("tab")
    pc.control.press("spc")
    return pc.wait_event("SHUTDOWN", STOP_S)


def is_board(screen: Screen) -> bool:
    """Whether the ward's board stands, under the bar of an exercise."""
    return screen.share(EXERCISE, near=40) > 0.02 and screen.says(
        "Constantes", "Patient", "NEWS2", "FC"
    )


def record_vitals(pc: Machine) -> None:
    """The second bed that is taken: a temperature and a pulse, signed. Raises Gone."""
    pc.control.press("down")
    pc.control.type("c")
    pc.wait_screen("sheet", lambda seen: seen.says("Échelle de SpO"), SCREEN_S, READ_EVERY_S)
    pc.control.type(f"{TEMPERATURE}\t{PULSE}")
    pc.control.press("ctrl", "ret")
    pc.wait_screen("signed", lambda seen: seen.says("Constantes enregistrées"), 60, 1.0)


def shows_vitals(screen: Screen) -> bool:
    """Whether the two figures can be read on the board."""
    return screen.says(TEMPERATURE, f"FC {PULSE}")


@scenario(
    "seed_words_open_the_kit", "ward_is_on_the_board", "vital_recorded", "wrong_words_refused",
    "right_words_open_again", "vital_read_back_after_power_cut", "ward_of_30_beds_in_2_gib",
    "seed_is_gone_from_the_esp", "data_is_encrypted", "networks_are_kept_with_the_data",
    "full_disk_is_said", "full_disk_loses_nothing", "power_button_stops",
    quick=True,
)  # fmt: skip
def data(bench: Bench) -> None:
    """First start of a prepared stick, a vital, the plug; then wrong words and right words."""
    stick, seed = prepared(bench)
    _first_day(bench, stick, seed)
    _second_day(bench, stick, seed)


def _first_day(bench: Bench, stick: Path, seed: Seed) -> None:
    with bench.machine(Pc(stick, usb=True, answers=True), "first") as pc:
        pc.wait_screen("lock", asks_words, BOOT_S, READ_EVERY_S)
        bench.measure("first_opening", open_kit(pc, seed.words))
        bench.check("seed_words_open_the_kit", seen=True)
        bench.check("ward_is_on_the_board", is_board(sign_in(pc, seed.pin)))
        record_vitals(pc)
        bench.check("vital_recorded", seen=True)
        pc.wait_shell(60)
        code, said = pc.shell.run("findmnt -no SOURCE,OPTIONS /persist; lsblk -no FSTYPE")
        bench.check(
            "data_is_encrypted", code == 0 and "/dev/mapper/" in said and "crypto_LUKS" in said
        )
        code, said = pc.shell.run("findmnt -no SOURCE /etc/NetworkManager/system-connections")
        bench.check("networks_are_kept_with_the_data", code == 0 and "/dev/mapper/" in said)
        pc.cut_power()
    bench.check("seed_is_gone_from_the_esp", not Esp(stick).names(layout.SEED))


def _second_day(bench: Bench, stick: Path, seed: Seed) -> None:
    wrong = " ".join(generate(os.urandom))
    with bench.machine(Pc(stick, usb=True, answers=True), "second") as pc:
        pc.wait_screen("lock", asks_words, BOOT_S, READ_EVERY_S)
        pc.control.type(f"{wrong}\n")
        pc.wait_screen("refused", lambda seen: seen.says(NOT_THESE), OPENING_S, READ_EVERY_S)
        bench.check("wrong_words_refused", seen=True)
        pc.control.press("ctrl", "q")  # A, on a French keyboard: all that was typed
        bench.measure("second_opening", open_kit(pc, seed.words))
        bench.check("right_words_open_again", seen=True)
        board = sign_in(pc, seed.pin)
        bench.check("vital_read_back_after_power_cut", shows_vitals(board))
        pc.wait_shell(60)
        code, said = pc.shell.run(
            "awk '/MemAvailable/{print $2}' /proc/meminfo; dmesg | grep -ci 'out of memory'"
        )
        figures = [int(figure) for figure in said.split() if figure.isdigit()]
        enough = len(figures) == 2 and figures[0] > 200_000 and figures[1] == 0
        bench.check("ward_of_30_beds_in_2_gib", code >= 0 and enough)
        if figures:
            bench.weigh("memory_available_with_a_ward", figures[0] * 1024)
        _fill(bench, pc, seed)
        bench.measure("power_off", switch_off(pc))
        bench.check("power_button_stops", seen=True)


def _fill(bench: Bench, pc: Machine, seed: Seed) -> None:
    """No room left on the stick: the kit says so, and what was signed before is there.

    Locked and opened again: a person who comes now is told too.
    """
    pc.shell.run(
        "fallocate -l $(df --output=avail -B1 /persist | tail -1) /persist/filler;"
        " dd if=/dev/zero of=/persist/rest bs=64k; sync", 120,
    )  # fmt: skip
    pc.control.press("ctrl", "l")
    pc.wait_screen("locked", asks_pin, SCREEN_S, READ_EVERY_S)
    bench.check("full_disk_loses_nothing", shows_vitals(sign_in(pc, seed.pin)))
    bench.sees("full_disk_is_said", pc, lambda seen: seen.says("presque plein"))
