"""What every start must show: each firmware, display and memory comes to the painted lock screen.

Also what runs behind it: verified root, closed doors, no swap, nothing failed. Not for: what is
typed at the lock screen (`scenarios_data`).
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable

from kit.stick import layout
from scripts.image.qemu import BOOT_S, STICK, Gone, Machine, Pc
from scripts.image.qemu_disk import Esp, make_victim, sha256
from scripts.image.qemu_screen import Screen
from scripts.image.scenarios import Bench, scenario
from scripts.image.scenarios_seed import prepared

PANEL, CARD = "#F2F5F8", "#FFFFFF"
"""Colours of the locked screen (`kit.gui.theme.LIGHT`, panel and bg; a test compares them)."""
LOCK_EVERY_S = 1.0
ASKS = "mot sur 8"
"""What stands under the empty field of the eight words, before and after the first start."""
PULLED_S = 60.0
BARE_WINDOW = (
    "/usr/bin/env QT_QPA_PLATFORM=wayland WLR_RENDERER=pixman XKB_DEFAULT_LAYOUT=fr"
    " cage -d -- /opt/cyber-kit/kit gui --bare"
)
PRINTER = (
    "lpadmin -p essai -E -v ipp://127.0.0.1:60999/ipp/print -m raw"
    " && lpstat -p essai && lpadmin -x essai"
)
"""A queue made and taken away again, as the kit does for a printer that takes no PDF."""
RATIO = 1.3
"""How much later than a bare Qt window the lock screen may be painted."""
ALLOWED = frozenset({("udp", 5353), ("udp", 546), ("udp", 68)})
"""Sockets besides the exchange's own port: mDNS, and the two ends of DHCP."""
EXCHANGE_PORT = 47_443


def is_lock(screen: Screen) -> bool:
    """Whether the locked screen is painted: its ground, and the card in the middle."""
    return screen.share(PANEL) > 0.5 and screen.share(CARD) > 0.02


def is_bare(screen: Screen) -> bool:
    """Whether the bare window is painted: before it the screen is black, and has a few letters."""
    return screen.brightness > 200


def to_lock(bench: Bench, pc: Machine, name: str, limit_s: float = BOOT_S) -> bool:
    """Look until the lock screen is painted and measure the time. Raises Gone."""
    at_s, screen = pc.wait_screen("lock", is_lock, limit_s, LOCK_EVERY_S)
    bench.measure(f"{name}_lock_painted", at_s)
    return bench.check(f"{name}_lock_painted", not screen.uniform)


@scenario(
    "uefi_lock_painted", "lock_screen_reads", "root_verified", "sockets_are_those_allowed",
    "firewall_drops_by_default", "no_swap", "no_unit_failed", "session_is_not_root",
    "no_login_on_any_terminal", "keyboard_is_french", "session_may_add_a_printer",
    "victim_disk_is_read_only",
    "raw_write_is_refused", "victim_disk_unchanged", "victim_is_not_mounted",
    "clock_of_the_pc_not_written", "firmware_variables_out_of_reach", "pulled_stick_switches_off",
    quick=True,
)  # fmt: skip
def uefi(bench: Bench) -> None:
    """The way of most PCs: UEFI, the stick on USB, a disk of the hospital's own inside.

    What runs behind the lock screen; what is out of reach of it; then the stick is pulled out.
    """
    stick, _seed = prepared(bench)
    victim = make_victim(bench.folder / "victim.img")
    before = sha256(victim)
    with bench.machine(Pc(stick, usb=True, victims=(victim,), answers=True)) as pc:
        to_lock(bench, pc, "uefi")
        bench.sees("lock_screen_reads", pc, lambda seen: seen.says(ASKS))
        pc.wait_shell(60)
        kernel_at = began_at(pc)
        _look_inside(bench, pc)
        look_at_victim(bench, pc)
        pull(bench, pc)
        bench.check("clock_of_the_pc_not_written", not pc.control.since("RTC_CHANGE", kernel_at))
    bench.check("victim_disk_unchanged", sha256(victim) == before)


def _look_inside(bench: Bench, pc: Machine) -> None:
    """Everything that a root sees and the person at the lock screen relies on."""
    for name, told in {
        "root_verified": 'test "$(lsblk -ndo TYPE /dev/mapper/root)" = crypt -o -e /dev/dm-0'
        " && grep -qw verity /sys/class/block/dm-*/dm/uuid -i",
        "firewall_drops_by_default": "nft list chain inet filter input 2>/dev/null"
        " || nft list ruleset | grep -A2 'hook input' | grep -q 'policy drop'",
        "no_swap": "test $(wc -l </proc/swaps) -eq 1",
        "session_is_not_root": "test \"$(ps -o uid= -C cage | tr -d ' ')\" = 1000",
        "no_login_on_any_terminal": "! ps -A -o comm= | grep -qE 'agetty|login$|sulogin'",
        "keyboard_is_french": "tr '\\0' '\\n' </proc/$(pidof -s cage)/environ"
        " | grep -qx XKB_DEFAULT_LAYOUT=fr",
        "session_may_add_a_printer": f"runuser -u kit -- sh -c '{PRINTER}'",
    }.items():
        code, said = pc.shell.run(told)
        bench.check(name, code == 0)
        if code:
            bench.say(f"      {said[-300:]}")
    _code, failed = pc.shell.run("systemctl --failed --plain --no-legend")
    bench.check("no_unit_failed", not failed)
    for unit in re.findall(r"^\W*(\S+)", failed, re.MULTILINE):
        bench.say(pc.shell.run(f"journalctl -o cat -n 8 -u {unit}")[1])
    _code, sockets = pc.shell.run("ss -lntuH")
    strange = list(strangers(sockets))
    bench.check("sockets_are_those_allowed", not strange)
    bench.say(f"      {strange or 'no socket that is not allowed'}")
    code, said = pc.shell.run("awk '/MemTotal|MemAvailable/{print $2}' /proc/meminfo")
    if code == 0:
        total, available = (int(figure) for figure in said.split())
        bench.weigh("memory_used_at_lock", (total - available) * 1024)


def look_at_victim(bench: Bench, pc: Machine) -> None:
    """The PC's own disk may be evidence: read-only from the moment it appears."""
    _code, said = pc.shell.run("lsblk -dno PATH,TRAN | awk '$2 == \"sata\" {print $1}'")
    disk = said.split()[0] if said.split() else "/dev/none"
    _code, said = pc.shell.run(f"lsblk -no RO {disk}")
    bench.check("victim_disk_is_read_only", set(said.split()) == {"1"})
    code, _said = pc.shell.run(f"dd if=/dev/zero of={disk} bs=4096 count=1 conv=fsync")
    bench.check("raw_write_is_refused", disk != "/dev/none" and code != 0)
    code, _said = pc.shell.run(f"findmnt -rno SOURCE | grep {disk}")
    bench.check("victim_is_not_mounted", code == 1)
    _code, said = pc.shell.run("ls -A /sys/firmware/efi/efivars /sys/fs/pstore | grep -- -")
    bench.check("firmware_variables_out_of_reach", not said)


def began_at(pc: Machine) -> float:
    """When the kernel took over, in seconds of this machine's clock.

    What the firmware does before is the PC's own affair: OVMF sets the hardware clock each time.
    """
    _code, said = pc.shell.run("cut -d' ' -f1 /proc/uptime")
    return time.time() - float(said)


def pull(bench: Bench, pc: Machine) -> None:
    """The stick is pulled out: the PC is off within seconds, and shows nothing any more."""
    began = time.monotonic()
    pc.control.pull(STICK)
    try:
        pc.wait("off", lambda: bool(pc.control.happened("SHUTDOWN")), PULLED_S)
    except Gone:
        bench.check("pulled_stick_switches_off", seen=False)
        return
    bench.measure("pulled_stick_off", time.monotonic() - began)
    bench.check("pulled_stick_switches_off", seen=True)


def strangers(said: str) -> Iterable[str]:
    """Lines of `ss -lntuH` that no list allows; what listens on the loopback alone is at home."""
    for line in said.splitlines():
        found = re.match(r"(tcp|udp)\s+\S+\s+\S+\s+\S+\s+(\S+):(\d+)\s", line + " ")
        if found is None:
            yield line
            continue
        kind, host, port = found[1], found[2].split("%")[0], int(found[3])
        if host in {"127.0.0.1", "[::1]", "127.0.0.53", "127.0.0.54"}:
            continue
        if (kind, port) not in ALLOWED and not (kind == "tcp" and port == EXCHANGE_PORT):
            yield line


@scenario("secure_boot_lock_painted", "secure_boot_is_on", "kernel_is_locked_down")
def secure_boot(bench: Bench) -> None:
    """Firmware with Microsoft's keys that starts nothing unsigned."""
    with bench.machine(Pc(prepared(bench)[0], firmware="secboot", answers=True)) as pc:
        to_lock(bench, pc, "secure_boot")
        pc.wait_shell(60)
        code, _said = pc.shell.run("dmesg | grep -i 'secure boot enabled'")
        bench.check("secure_boot_is_on", code == 0)
        _code, said = pc.shell.run("cat /sys/kernel/security/lockdown")
        bench.check("kernel_is_locked_down", "[none]" not in said and "[" in said)


@scenario("unsigned_loader_refused")
def unsigned(bench: Bench) -> None:
    """With Secure Boot on, a GRUB that nobody signed is not started, and the screen says so."""
    stick = bench.stick()
    esp = Esp(stick)
    esp.write(layout.GRUB, without_signature(esp.read(layout.GRUB)))
    with bench.machine(Pc(stick, firmware="secboot")) as pc:
        seconds, screen = pc.wait_screen("refused", violation, 120, 3.0)
        bench.measure("unsigned_loader_refused", seconds)
        bench.check("unsigned_loader_refused", not is_lock(screen))


def without_signature(program: bytes) -> bytes:
    """An EFI program whose directory names no certificate; its code is untouched."""
    header = int.from_bytes(program[0x3C:0x40], "little")
    if program[header : header + 4] != b"PE\0\0":
        raise ValueError("not an EFI program")
    entry = header + 24 + 112 + 4 * 8
    return program[:entry] + bytes(8) + program[entry + 8 :]


def violation(screen: Screen) -> bool:
    """Whether shim or the firmware says that it refuses."""
    return not screen.uniform and any(
        screen.says(words)
        for words in ("Security Violation", "Verification failed", "Access Denied")
    )


@scenario("bios_lock_painted")
def bios(bench: Bench) -> None:
    """A PC from before UEFI, the stick on USB."""
    with bench.machine(Pc(prepared(bench)[0], firmware="bios", usb=True)) as pc:
        to_lock(bench, pc, "bios")


@scenario("fallback_lock_painted", "fallback_has_no_drm")
def fallback(bench: Bench) -> None:
    """The second line of the menu: no driver for the screen, so the other display server."""
    stick, _seed = prepared(bench)
    esp = Esp(stick)
    config = esp.read(layout.GRUB_CFG)
    second = re.sub(rb"(?m)^(\s*set default=).*$", rb"\g<1>1", config)
    if second == config:
        bench.say("      the menu has no default line to change")
    esp.write(layout.GRUB_CFG, second)
    with bench.machine(Pc(stick, answers=True)) as pc:
        to_lock(bench, pc, "fallback")
        pc.wait_shell(60)
        code, _said = pc.shell.run("grep -qw nomodeset /proc/cmdline && ! ls /dev/dri/card*")
        bench.check("fallback_has_no_drm", code == 0)


@scenario("one_gib_lock_painted")
def one_gib(bench: Bench) -> None:
    """The oldest PC of the cellar: 1 GiB of memory."""
    with bench.machine(Pc(prepared(bench)[0], usb=True, memory_mib=1024, answers=True)) as pc:
        to_lock(bench, pc, "one_gib")
        pc.wait_shell(60)
        code, said = pc.shell.run("awk '/MemAvailable/{print $2}' /proc/meminfo")
        if code == 0:
            bench.weigh("memory_available_in_1_gib", int(said) * 1024)


@scenario("lock_within_ratio_of_bare_window")
def bare_window(bench: Bench) -> None:
    """The same image, once as it is and once with a bare Qt window in its session.

    Both are looked at from outside in the same way, so that neither is helped by a mark.
    """
    stick, _seed = prepared(bench)
    with bench.machine(Pc(stick), "kit") as pc:
        lock, _screen = pc.wait_screen("lock", is_lock)
    with bench.machine(Pc(stick, session=BARE_WINDOW), "bare") as pc:
        bare, _screen = pc.wait_screen("bare", is_bare)
    bench.measure("lock_seen", lock)
    bench.measure("bare_window_seen", bare)
    bench.check("lock_within_ratio_of_bare_window", lock <= RATIO * bare)
