"""Damage: a rotten root is never shown, and the other slot takes over.

Not for: updates, which are cut after each step on plain files (`tests/stick`).
"""

from __future__ import annotations

from kit.stick import layout
from scripts.image.qemu import BOOT_S, Gone, Pc
from scripts.image.qemu_disk import flip_bit, place
from scripts.image.scenarios import Bench, scenario
from scripts.image.scenarios_boot import LOCK_EVERY_S, is_lock
from scripts.image.scenarios_seed import prepared
from scripts.image.scenarios_slots import write_slot_b

SQUASHFS_ID_COUNT = 26
"""A byte of the superblock whose change no reader survives unnoticed under verity."""
BREAKING_S = 240.0


@scenario("tampered_root_never_painted", "tampered_root_starts_again")
def tampered(bench: Bench) -> None:
    """One bit of the root is turned and there is no other slot: nothing looks as if all were well.

    The machine starts again by itself, so that nobody stands before a black screen for ever.
    """
    stick, _seed = prepared(bench)
    flip_bit(stick, place(layout.ROOT["a"])[0] + SQUASHFS_ID_COUNT)
    with bench.machine(Pc(stick)) as pc:
        try:
            pc.wait("restart", lambda: len(pc.control.happened("RESET")) > 0, BREAKING_S)
            bench.measure("tampered_root_restart", pc.uptime_s)
            bench.check("tampered_root_starts_again", seen=True)
        except Gone:
            bench.check("tampered_root_starts_again", seen=False)
        bench.check("tampered_root_never_painted", not is_lock(pc.look("tampered")))


@scenario("other_slot_takes_over")
def slots(bench: Bench) -> None:
    """Slot A is rotten, slot B is good: B's lock screen, with nobody's help."""
    stick, _seed = prepared(bench)
    write_slot_b(stick)
    flip_bit(stick, place(layout.ROOT["a"])[0] + SQUASHFS_ID_COUNT)
    with bench.machine(Pc(stick, answers=True)) as pc:
        at_s, _screen = pc.wait_screen("lock", is_lock, 2 * BOOT_S, LOCK_EVERY_S)
        bench.measure("other_slot_lock_painted", at_s)
        pc.wait_shell(60)
        code, _said = pc.shell.run("grep -qw kit.slot=b /proc/cmdline")
        bench.check("other_slot_takes_over", code == 0)
