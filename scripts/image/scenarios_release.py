"""Another release and another stick, on machines that really start: update, plug pulled, copy.

The newer release comes from a second stick that carries it (`boot --newer IMG`), as in a ward. Not
for: each single step of an update; `tests/stick` cuts them all on plain files.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from kit.stick import grubenv, layout, slots
from scripts.image.qemu import BOOT_S, Gone, Machine, Pc
from scripts.image.qemu_disk import Esp, blank, copy_image
from scripts.image.qemu_lines import wait_for
from scripts.image.qemu_screen import Screen
from scripts.image.scenarios import READ_EVERY_S, Bench, scenario
from scripts.image.scenarios_boot import LOCK_EVERY_S, is_lock
from scripts.image.scenarios_data import (
    asks_words,
    open_kit,
    record_vitals,
    shows_vitals,
    sign_in,
    switch_off,
)
from scripts.image.scenarios_seed import Seed, prepared

WORK_S = 900.0
STOOD_S = 240.0
"""The lock screen stands a minute before a slot is marked good; then the rescue copy is written."""
CUTS = (0.35, 0.85)
"""Where in an update the plug is pulled, as parts of the time that a whole one took."""
UPDATE_S = 60.0
"""So long where no whole one was measured."""
OTHER = "b"
GOOD = """cd /run/kit/esp/kit; for try in $(seq 60); do
  grep -aqx {tries} grubenv && grep -q {rescue} rescue/slot.cfg && exit_code=0 && break
  exit_code=1; sleep 3
done; cd /; test $exit_code = 0"""


@scenario("clone_is_made", "clone_is_right", "clone_starts")
def clone(bench: Bench) -> None:
    """The running stick onto an empty one, that one checked, and started by itself."""
    stick, copy = bench.stick(), blank(bench.folder / "copy.img")
    with bench.machine(Pc(stick, answers=True, drives=(copy,)), "first") as pc:
        pc.wait_screen("lock", first_screen, BOOT_S, READ_EVERY_S)
        pc.wait_shell(60)
        _clone(bench, pc)
    with bench.machine(Pc(copy), "copy") as pc:
        bench.sees("clone_starts", pc, first_screen, BOOT_S)


@scenario(
    "update_is_taken_from_a_stick", "update_starts_the_other_slot", "update_is_marked_good",
    "data_outlives_the_update",
)  # fmt: skip
def update(bench: Bench) -> None:
    """A kit in use takes a newer release from another stick, and starts with it.

    The stick is no USB one here but a disk inside the PC, as in a prepared laptop.
    """
    stick, seed = prepared(bench)
    donor = copy_image(bench.newer, bench.folder / "donor.img")
    with bench.machine(Pc(stick, answers=True, drives=(donor,)), "first") as pc:
        pc.wait_screen("lock", asks_words, BOOT_S, READ_EVERY_S)
        open_kit(pc, seed.words)
        sign_in(pc, seed.pin)
        record_vitals(pc)
        pc.wait_shell(60)
        _update(bench, pc)
        switch_off(pc)
    _second_start(bench, stick, seed)


@scenario("update_cut_off_still_starts", "update_after_a_cut_goes_through")
def cut(bench: Bench) -> None:
    """The plug is pulled in an update, early and late; what starts then takes it whole."""
    stick, seed = prepared(bench)
    donor = copy_image(bench.newer, bench.folder / "donor.img")
    with bench.machine(Pc(stick, answers=True), "first") as pc:
        pc.wait_screen("lock", asks_words, BOOT_S, READ_EVERY_S)
        open_kit(pc, seed.words)
        pc.wait_shell(60)
        pc.shell.run("sync")
    took_s = bench.report.seconds.get("update", UPDATE_S)
    for place, part in enumerate(CUTS):
        _cut_off(bench, copy_image(stick, bench.folder / "cut.img"), donor, part * took_s, place)


def first_screen(screen: Screen) -> bool:
    """Whether a stick that nobody has used asks for the language of its first run."""
    return screen.says("Langue")


def _kit(pc: Machine, *words: str) -> dict[str, Any]:
    """What `kit stick …` answers on that machine. Raises Gone where it is no answer."""
    _code, said = pc.shell.run(f"{_told(*words)} 2>/dev/null", WORK_S)
    try:
        answer: dict[str, dict[str, Any]] = json.loads(said)
        return answer["ok"]
    except (json.JSONDecodeError, KeyError):
        raise Gone(f"an answer to {words[0]}: {said[-300:]}") from None


def _told(*words: str) -> str:
    return f"/opt/cyber-kit/kit stick {' '.join(words)}"


def _drive(pc: Machine, place: int) -> str:
    """The kernel's name of the machine's drive number `place`. Raises Gone."""
    serial = pc.pc.serial(place)
    rows = _kit(pc, "drives")["drives"]
    found = [row["device"] for row in rows if serial in row["serial"]]
    if len(found) != 1:
        raise Gone(f"drive {serial} among {[row['serial'] for row in rows]}")
    return str(found[0])


def _clone(bench: Bench, pc: Machine) -> None:
    """The running stick onto an empty one, and that one checked."""
    device = _drive(pc, 0)
    began = time.monotonic()
    made = _kit(pc, "clone", device, "--serial", pc.pc.serial(0))
    bench.measure("clone", time.monotonic() - began)
    if not bench.check("clone_is_made", "version" in made):
        bench.say(f"      {made}")
    began = time.monotonic()
    checked = _kit(pc, "check", device)
    bench.measure("check_of_the_clone", time.monotonic() - began)
    if not bench.check("clone_is_right", checked.get("verdict") == "right"):
        bench.say(f"      {checked}")


def _update(bench: Bench, pc: Machine) -> None:
    """The newer release from the other stick."""
    device = _drive(pc, 0)
    began = time.monotonic()
    taken = _kit(pc, "update", device)
    bench.measure("update", time.monotonic() - began)
    if not bench.check("update_is_taken_from_a_stick", "version" in taken):
        bench.say(f"      {taken}")


def _second_start(bench: Bench, stick: Path, seed: Seed) -> None:
    """The new release starts from the other slot, opens the same data, and is marked good."""
    with bench.machine(Pc(stick, answers=True), "second") as pc:
        at_s, _screen = pc.wait_screen("lock", asks_words, BOOT_S, LOCK_EVERY_S)
        bench.measure("updated_lock_painted", at_s)
        pc.wait_shell(60)
        bench.check("update_starts_the_other_slot", _slot(pc) == OTHER)
        bench.check("update_is_marked_good", _marked(pc))
        open_kit(pc, seed.words)
        bench.check("data_outlives_the_update", shows_vitals(sign_in(pc, seed.pin)))
        switch_off(pc)


def _marked(pc: Machine) -> bool:
    """Whether the running slot comes to have all its tries, and to be the rescue copy."""
    told = GOOD.format(tries=f"{layout.LEFT[OTHER]}={layout.TRIES}", rescue=f"rescue={OTHER}")
    code, _said = pc.shell.run(told, STOOD_S)
    return code == 0


def _slot(pc: Machine) -> str:
    _code, said = pc.shell.run("sed -n 's/.*kit.slot=\\([ab]\\).*/\\1/p' /proc/cmdline")
    return said


def _cut_off(bench: Bench, stick: Path, donor: Path, after_s: float, place: int) -> None:
    """The plug is pulled in the middle of an update; what starts then takes it whole."""
    with bench.machine(Pc(stick, answers=True, drives=(donor,)), f"cut-{place}") as pc:
        pc.wait_screen("lock", is_lock, BOOT_S, LOCK_EVERY_S)
        pc.wait_shell(60)
        device = _drive(pc, 0)
        pc.shell.run(f"{_told('update', device)} >/dev/null 2>&1 &")
        wait_for([pc.control.lines], lambda: not pc.lives(), after_s)
        pc.cut_power()
    before = slots.read(grubenv.parse(Esp(stick).read(layout.GRUBENV)))
    with bench.machine(Pc(stick, answers=True, drives=(donor,)), f"after-cut-{place}") as pc:
        bench.sees("update_cut_off_still_starts", pc, is_lock, BOOT_S)
        pc.wait_shell(60)
        bench.say(f"      cut after {after_s:.0f} s: {before}; slot {_slot(pc)} runs")
        bench.check("update_cut_off_still_starts", _slot(pc) == before.first)
        taken = _kit(pc, "update", _drive(pc, 0))
        bench.check("update_after_a_cut_goes_through", "version" in taken)
