"""Damage and other people's disks: a rotten root, a pulled stick, the PC that is evidence.

Not for: updates, which are cut after each step on plain files (`tests/stick`).
"""

from __future__ import annotations

import time

from kit.stick import layout
from scripts.image.qemu import BOOT_S, Gone, Pc
from scripts.image.qemu_disk import flip_bit, make_victim, place, sha256
from scripts.image.scenarios import Bench, scenario
from scripts.image.scenarios_boot import LOCK_EVERY_S, is_lock, to_lock
from scripts.image.scenarios_seed import prepared
from scripts.image.scenarios_slots import write_slot_b

PULLED_S = 60.0
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


@scenario(
    "victim_disk_is_read_only", "raw_write_is_refused", "victim_disk_unchanged",
    "clock_of_the_pc_not_written", "firmware_variables_out_of_reach", "victim_is_not_mounted",
    quick=True,
)  # fmt: skip
def evidence(bench: Bench) -> None:
    """The PC's own disk may be evidence: read-only from the moment it appears, same bytes after."""
    stick, _seed = prepared(bench)
    victim = make_victim(bench.folder / "victim.img")
    before = sha256(victim)
    with bench.machine(Pc(stick, victims=(victim,), answers=True)) as pc:
        to_lock(bench, pc, "evidence")
        pc.wait_shell(60)
        code, said = pc.shell.run("cat /sys/class/block/sda/ro /sys/class/block/sda1/ro")
        bench.check("victim_disk_is_read_only", code == 0 and said.split() == ["1", "1"])
        code, said = pc.shell.run("dd if=/dev/zero of=/dev/sda bs=4096 count=1 conv=fsync")
        bench.check("raw_write_is_refused", code != 0)
        code, said = pc.shell.run("findmnt -rno SOURCE | grep /dev/sda")
        bench.check("victim_is_not_mounted", code != 0)
        code, said = pc.shell.run("ls -A /sys/firmware/efi/efivars /sys/fs/pstore")
        bench.check("firmware_variables_out_of_reach", ".efi" not in said and "-" not in said)
        pc.stop()
        bench.check("clock_of_the_pc_not_written", not pc.control.happened("RTC_CHANGE"))
    bench.check("victim_disk_unchanged", sha256(victim) == before)


@scenario("pulled_stick_switches_off")
def pulled(bench: Bench) -> None:
    """The stick is pulled out: the PC is off within seconds, and shows nothing any more."""
    with bench.machine(Pc(prepared(bench)[0], usb=True)) as pc:
        pc.wait_screen("lock", is_lock, BOOT_S, LOCK_EVERY_S)
        began = time.monotonic()
        pc.control.pull("stick")
        try:
            pc.wait("off", lambda: bool(pc.control.happened("SHUTDOWN")), PULLED_S)
            bench.measure("pulled_stick_off", time.monotonic() - began)
            bench.check("pulled_stick_switches_off", seen=True)
        except Gone:
            bench.check("pulled_stick_switches_off", seen=False)
