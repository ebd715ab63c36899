"""The rules of the running system, read from the files that the build lays down."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from kit.node.network import PORT
from kit.stick.keeper_acts import LAYOUTS
from scripts.image import fetch, overlay, recipe
from tests.image.conftest import PATHS

OVERLAY = recipe.PACKAGING / "overlay"
RULES = overlay.system(recipe.PACKAGING)
UNITS = OVERLAY / "usr/lib/systemd/system"
NFT = (OVERLAY / "etc/nftables.conf").read_text()


def text(name: str) -> str:
    return (OVERLAY / name).read_text()


def test_the_firewall_drops_by_default_and_opens_exchange_alone() -> None:
    assert len(re.findall(r"hook (?:input|forward) .*policy drop;", NFT)) == 2
    opened = {int(port) for port in re.findall(r"^ +tcp dport (\d+) accept", NFT, re.MULTILINE)}
    assert opened == {PORT}
    assert set(re.findall(r"udp dport (\d+) accept", NFT)) == {"68", "546", "5353"}


def test_the_firewall_can_be_loaded() -> None:
    if shutil.which("nft", path=PATHS) is None:
        pytest.skip("not installed: nft")
    path = OVERLAY / "etc/nftables.conf"
    done = subprocess.run(
        ["nft", "--check", "--file", str(path)],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": PATHS},
    )
    if "Operation not permitted" in done.stderr:
        pytest.skip("nft may not look at this machine's firewall")
    assert done.returncode == 0, done.stderr


@pytest.mark.req("HZ-210")
def test_every_disk_is_read_only_from_its_first_moment() -> None:
    rule = text("etc/udev/rules.d/00-kit-disks.rules")
    assert 'ACTION=="add", PROGRAM="/usr/lib/cyber-kit/guard-disk $kernel"' in rule
    # What the keeper opened for an export stays open: a change counts for another medium only.
    assert 'ACTION=="change", ENV{DISK_MEDIA_CHANGE}=="1"' in rule
    setup = (recipe.PACKAGING / "dracut/99kit/module-setup.sh").read_text()
    assert "00-kit-disks.rules" in setup
    assert "guard-disk" in setup


@pytest.mark.req("HZ-210")
@pytest.mark.parametrize(
    "unit",
    [
        "systemd-timesyncd.service",
        "systemd-timedated.service",
        "systemd-pstore.service",
        "systemd-boot-random-seed.service",
        "swap.target",
        "suspend.target",
        "hibernate.target",
        "getty@.service",
        "serial-getty@.service",
        "debug-shell.service",
        "emergency.service",
        "avahi-daemon.service",
        "cups-browsed.service",
    ],
)
def test_nothing_starts_that_writes_sleeps_listens_or_logs_in(unit: str) -> None:
    assert unit in RULES["units"]["mask"]


def test_what_is_enabled_exists() -> None:
    ours = {path.name for path in UNITS.glob("kit-*.service")}
    assert {name for name in RULES["units"]["enable"] if name.startswith("kit-")} <= ours
    assert not set(RULES["units"]["enable"]) & set(RULES["units"]["mask"])


def test_programmes_of_the_overlay_exist_and_run() -> None:
    for unit in UNITS.glob("*.service"):
        started = r"^Exec\w+=(/usr/lib/cyber-kit/\S+)"
        for path in re.findall(started, unit.read_text(), re.MULTILINE):
            found = OVERLAY / path.removeprefix("/")
            assert found.stat().st_mode & 0o111, path
    module = recipe.PACKAGING / "dracut/99kit"
    ours = (OVERLAY / "usr/lib/cyber-kit").iterdir()
    for path in [*ours, module / "splash", module / "probe-root"]:
        subprocess.run(["sh", "-n", str(path)], check=True)


def test_what_the_bare_console_says_is_in_its_font() -> None:
    module = recipe.PACKAGING / "dracut/99kit"
    ours = [*(OVERLAY / "usr/lib/cyber-kit").iterdir(), module / "splash", module / "probe-root"]
    for path in ours:
        said = [line for line in path.read_text().splitlines() if "printf" in line]
        # The kernel's own font is that of the first PCs: Latin letters, no typographic signs.
        assert all(sign.encode("cp437", "ignore") for line in said for sign in line), path


def test_the_session_may_read_the_secret_of_the_fallback_screen() -> None:
    script = text("usr/lib/cyber-kit/x-authority")
    assert script.index("xauth") < script.index("chmod 640")
    unit = text("usr/lib/systemd/system/kit-xorg.service")
    assert "ExecStartPre=/usr/lib/cyber-kit/x-authority\n" in unit
    assert "Group=kit\n" in unit


def test_the_session_is_the_kit_as_its_user() -> None:
    unit = text("usr/lib/systemd/system/kit-session.service")
    assert "User=kit\n" in unit
    assert "KIT_HOME=/persist/app" in unit
    assert "OnFailure=kit-rescue.service" in unit
    session = text("usr/lib/cyber-kit/session")
    assert "cage -d -- " in session  # never -s: no way to another terminal
    assert RULES["user"]["uid"] == 1000
    assert "sudo" in RULES["gates"]["never_installed"]


@pytest.mark.parametrize("name", sorted(LAYOUTS))
def test_a_keyboard_of_the_keeper_is_one_of_the_session(name: str, tmp_path: Path) -> None:
    script = text("usr/lib/cyber-kit/session")
    head = script[: script.index('if [ "$(cat /run/kit/display)"')]
    place = tmp_path / "layout"
    place.write_text(name)
    head = head.replace("/run/kit/layout", str(place)).replace("/run/kit/kit.conf", "/nowhere")
    said = subprocess.run(
        ["sh", "-c", head + 'echo "$XKB_DEFAULT_LAYOUT,$XKB_DEFAULT_VARIANT"'],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert tuple(said.strip().split(",")) == LAYOUTS[name]


@pytest.mark.parametrize(
    ("own", "part"), [("sdb", "sdb"), ("nvme0n1", "nvme0n1p"), ("mmcblk0", "mmcblk0p")]
)
def test_the_guard_knows_the_kits_own_disk(tmp_path: Path, own: str, part: str) -> None:
    """The script with folders in place of /sys and /run, and a blockdev that only writes down."""
    block = tmp_path / "sys/class/block"
    devices = tmp_path / "sys/devices"
    for disk, parts in {"sda": ("sda1",), own: (f"{part}1", f"{part}2")}.items():
        for name in (disk, *(f"{disk}/{part}" for part in parts)):
            (devices / name).mkdir(parents=True)
            (devices / name / "ro").write_text("0\n")
            block.mkdir(parents=True, exist_ok=True)
            (block / Path(name).name).symlink_to(devices / name)
            if "/" in name:
                (devices / name / "partition").write_text("1\n")
    done = tmp_path / "done"
    tool = tmp_path / "bin/blockdev"
    tool.parent.mkdir()
    tool.write_text(f'#!/bin/sh\necho "$*" >> {done}\n')
    tool.chmod(0o755)
    run = tmp_path / "run/kit"
    run.mkdir(parents=True)
    script = text("usr/lib/cyber-kit/guard-disk")
    script = script.replace("PATH=/usr/sbin", f"PATH={tool.parent}:/usr/sbin")
    script = script.replace("/sys/class", f"{tmp_path}/sys/class").replace("/run/kit", str(run))

    def guarded() -> set[str]:
        done.write_text("")
        for name in ("sda", "sda1", own, f"{part}1", f"{part}2", "none"):
            subprocess.run(["sh", "-c", script, "guard-disk", name], check=True)
        return {line.split("/")[-1] for line in done.read_text().split("\n") if line}

    in_the_initrd = {"sda", "sda1", own, f"{part}1", f"{part}2"}
    assert guarded() == in_the_initrd
    (run / "boot-disk").write_text(f"{own}\n")
    assert guarded() == {"sda", "sda1"}
    (devices / "sda/ro").write_text("1\n")
    assert guarded() == {"sda1"}


@pytest.mark.parametrize("profile", sorted(recipe.PROFILES))
def test_no_package_is_named_twice(profile: str) -> None:
    names = recipe.names(profile)
    assert len(names) == len(set(names))
    assert not set(names) & set(RULES["gates"]["never_installed"])


def test_firmware_and_drivers_come_with_the_standard_profile_only() -> None:
    smoke, standard = recipe.names("smoke"), recipe.names("standard")
    assert not [name for name in smoke if name.startswith(("firmware-", "printer-driver-"))]
    assert [name for name in standard if name.startswith("firmware-")]
    assert [name for name in standard if name.startswith("printer-driver-")]


def test_what_the_keeper_runs_is_in_the_root() -> None:
    wanted = {"cryptsetup-bin", "fdisk", "e2fsprogs", "dosfstools", "mtools", "mount", "dmsetup"}
    # nmcli, Wi-Fi and accounts, addresses of a cell and its firewall.
    wanted |= {"network-manager", "wpasupplicant", "dnsmasq-base", "nftables"}
    assert wanted <= set(recipe.names("smoke"))


def test_system_libraries_of_the_application_are_packages_of_the_image() -> None:
    lines = (recipe.REPOSITORY / "scripts/system_libraries.txt").read_text().splitlines()
    wanted = {line.split()[2] for line in lines if line and not line.startswith("#")}
    named = set(recipe.names("smoke"))
    assert {name for name in wanted if not {name, f"{name}t64"} & named} == set()


def test_remarks_of_a_list_are_not_packages() -> None:
    assert fetch.read_list("# a\nbash  # shell\n\n dash\n") == ["bash", "dash"]


def test_no_profile_of_the_image_lies_where_the_stick_lays_its_own_over() -> None:
    """It would be hidden, and the cable with it, from the moment the kit is open."""
    assert not list(OVERLAY.glob("etc/NetworkManager/system-connections/*"))


def test_a_cable_without_a_server_still_joins_two_kits() -> None:
    profile = text("usr/lib/NetworkManager/system-connections/kit-wired.nmconnection")
    assert "link-local=3\n" in profile
    # Waiting for DHCP may not end in a fault that takes the link-local address away.
    assert f"dhcp-timeout={2**31 - 1}\n" in profile
    assert (
        RULES["modes"]["usr/lib/NetworkManager/system-connections/kit-wired.nmconnection"] == 0o600
    )


@pytest.mark.req("HZ-213")
def test_a_broken_slot_is_looked_at_without_waiting_for_udev() -> None:
    unit = (recipe.PACKAGING / "dracut/99kit/kit-probe-root.service").read_text()
    assert "After=systemd-veritysetup@root.service\n" in unit
    assert "dev-mapper-root.device" not in unit
