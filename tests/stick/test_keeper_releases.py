"""The keeper's requests about releases, on real small sticks: checked, copied, updated, refused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from kit.core.errors import KitError, Refused
from kit.stick import lay_down, layout, signature
from kit.stick.boot import EspFolder
from kit.stick.boot_image import EspImage
from kit.stick.keeper_socket import Answer
from kit.stick.table import Disk
from tests.stick import releases
from tests.stick.keeper_on_files import keeper_of
from tests.stick.machines import MIB, SYSTEM, Bench, needs_tools

TOOLS = ("mcopy", "mkfs.fat")
pytestmark = [
    needs_tools,
    pytest.mark.skipif(
        any(shutil.which(tool, path=SYSTEM["PATH"]) is None for tool in TOOLS), reason="mtools"
    ),
]
OLD, NEW = releases.release("1.0.0"), releases.release("1.1.0")


class Machine(Bench):
    """A stick, or a laptop's own disk, that runs release 1.0.0 in slot a."""

    def __init__(self, root: Path, name: str = "sda", *, usb: bool = True) -> None:
        super().__init__(root)
        image = self.disk(name, layout.disk_bytes(releases.FULL_PARTS), usb=usb, serial="STICK1")
        releases.table_file(image, releases.FULL_PARTS)
        self.see(name)
        self.verify_root(name)
        esp = EspFolder(self.volume(self.part(name, 2)))
        releases.fill_slot(image, esp, "a", OLD)
        releases.fill_boot(image, esp, OLD)
        keys = root / layout.RELEASE_KEYS
        keys.parent.mkdir(parents=True, exist_ok=True)
        keys.write_bytes(signature.ring_bytes(releases.RING))
        told = {"version": "1.0.0", "epoch": OLD.manifest.epoch, "profile": "smoke"}
        (root / layout.RELEASE).write_text(json.dumps(told))
        (root / "proc/cmdline").write_text(f"kit.slot=a roothash={OLD.manifest.root_hash}\n")
        self.keeper = keeper_of(self)
        self.keeper.begin()
        self.steps: set[str] = set()

    def other(self, name: str, made: releases.Made) -> Path:
        """Another kit's stick, plugged in."""
        image = self.disk(name, layout.disk_bytes(releases.FULL_PARTS), usb=True, serial="OTHER")
        releases.table_file(image, releases.FULL_PARTS)
        with Disk(image, writing=True) as disk:
            esp = EspImage(disk)
            esp.format("0000ABCD")
            releases.fill_slot(image, esp, "a", made)
            releases.fill_boot(image, esp, made)
        self.see(name)
        return image

    def ask(self, name: str, **args: Any) -> Answer:
        """The answer to a request."""
        return self.keeper.acts()[name].run(args, self._told)

    def ok(self, name: str, **args: Any) -> dict[str, Any]:
        """An answer that is no refusal."""
        said = self.ask(name, **args)
        assert isinstance(said, dict), said
        return said

    def code(self, name: str, **args: Any) -> str:
        """The code of a refusal or a fault."""
        try:
            said = self.ask(name, **args)
        except KitError as fault:
            return fault.code
        return said.code if isinstance(said, Refused) else ""

    def _told(self, _done: int, _total: int, step: str) -> None:
        self.steps.add(step)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A running stick."""
    return Machine(tmp_path)


def rows(answer: dict[str, Any]) -> dict[str, str]:
    """Part → what is said of it; the table aside, which is smaller here than a real one."""
    return {row["name"]: row["state"] for row in answer["parts"] if row["name"] != "table"}


def test_this_stick_is_read_whole(machine: Machine) -> None:
    """Right as it was made; a bit that turned is told, with the part it is in."""
    said = machine.ok("verify_medium")
    assert set(rows(said).values()) == {"right"}
    assert said["version"] == "1.0.0"
    with Disk(machine.machine.device("sda"), writing=True) as disk:
        byte = disk.read_in("root-a", 5000, 1)
        disk.write_in("root-a", 5000, bytes([byte[0] ^ 1]))
    said = machine.ok("verify_medium")
    assert (rows(said)["root-a"], said["altered"]) == ("altered", True)
    assert said["parts"][0]["state"] == "altered"


@pytest.mark.req("HZ-271")
def test_its_own_release_is_laid_down_as_the_bundle_it_came_from(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The newest slot, byte for byte; no room, an altered slot, a link: nothing is left."""
    monkeypatch.setattr(lay_down, "SPARE", 0)
    folder = machine.machine.persist / "app/updates"
    folder.mkdir(parents=True)
    (folder / "own.part").write_bytes(b"of a cut")
    esp = EspFolder(machine.volume("sda2"))
    releases.fill_slot(machine.machine.device("sda"), esp, "b", NEW)
    said = machine.ok("release_out")
    assert said == {"path": str(folder / "own.part"), "version": "1.1.0"}
    assert (folder / "own.part").read_bytes() == NEW.bundle()
    with Disk(machine.machine.device("sda"), writing=True) as disk:
        disk.write_in("root-b", 5000, b"xxxx")
    assert machine.code("release_out") == "UPD-042"
    assert not list(folder.iterdir())
    monkeypatch.setattr(lay_down, "SPARE", 1 << 60)
    assert machine.code("release_out") == "UPD-081"
    assert not list(folder.iterdir())
    elsewhere = machine.root / "elsewhere"
    elsewhere.mkdir()
    folder.rmdir()
    folder.symlink_to(elsewhere)
    assert machine.code("release_out") == "UPD-013"
    assert not list(elsewhere.iterdir())


def test_another_stick_is_checked_without_being_mounted(machine: Machine) -> None:
    """Before its words are typed on it."""
    image = machine.other("sdb", NEW)
    machine.ran.clear()
    assert set(rows(machine.ok("verify_stick", device="sdb")).values()) == {"right"}
    assert machine.ran == []
    with Disk(image, writing=True) as disk:
        EspImage(disk).write(layout.GRUB_CFG, [b"set timeout=3\n"])
    said = machine.ok("verify_stick", device="sdb")
    assert (rows(said)[layout.GRUB_CFG], said["altered"]) == ("altered", True)
    assert machine.code("verify_stick", device="sda") == "KEY-030"


def test_a_release_comes_from_another_stick(machine: Machine) -> None:
    """Found, looked at, taken in; the next start tries it."""
    machine.other("sdb", NEW)
    (source,) = machine.ok("sources")["sources"]
    assert (source["source"], source["kind"], source["version"]) == ("sdb", "stick", "1.1.0")
    (drive,) = machine.ok("drives")["drives"]
    assert drive["kit"] == {"version": "1.1.0", "slots": {"a": "1.1.0", "b": ""}}
    said = machine.ok("update_check", source="sdb")
    assert (said["current"], said["version"], said["newer"]) == ("1.0.0", "1.1.0", True)
    assert machine.ok("update_apply", source="sdb") == {"version": "1.1.0"}
    esp = EspFolder(machine.volume("sda2"))
    tried = releases.starts(machine.machine.device("sda"), esp, (OLD, NEW))
    assert tried == ["1.1.0"]
    assert machine.ok("status")["version"] == "1.0.0"
    assert machine.ok("status")["other"] == {"slot": "b", "version": "1.1.0"}
    assert machine.ok("mark_good") == {"good": True}


def test_the_esp_is_writable_for_a_moment_only(machine: Machine) -> None:
    """Every remount to write is followed by one to read."""
    machine.other("sdb", NEW)
    machine.ran.clear()
    machine.ok("update_apply", source="sdb")
    words = [word for one in machine.ran for word in one.words if word.startswith("remount")]
    assert words.count("remount,rw") == words.count("remount,ro") > 0
    assert words[-1] == "remount,ro"


def test_a_file_in_the_kits_own_folder_is_a_source_and_no_other_path_is(machine: Machine) -> None:
    """A bundle that another kit sent; never whatever a request names."""
    folder = machine.machine.persist / "app/updates"
    folder.mkdir(parents=True)
    bundle = folder / "kit-1.1.0.kitupdate"
    bundle.write_bytes(NEW.bundle())
    (source,) = machine.ok("sources")["sources"]
    assert (source["source"], source["kind"]) == (str(bundle), "file")
    outside = machine.root / "kit-1.1.0.kitupdate"
    outside.write_bytes(NEW.bundle())
    for path in (outside, folder / "../../../kit-1.1.0.kitupdate", Path("/etc/shadow")):
        assert machine.code("update_apply", source=str(path)) == "KEY-030"
    (folder / "link.kitupdate").symlink_to(outside)
    assert machine.code("update_apply", source=str(folder / "link.kitupdate")) == "KEY-030"
    assert machine.ok("update_apply", source=str(bundle)) == {"version": "1.1.0"}


def test_an_older_release_needs_a_word(machine: Machine) -> None:
    """And one that nobody signed is never taken."""
    machine.other("sdb", releases.release("0.9.0"))
    assert machine.code("update_apply", source="sdb").startswith("UPD-")
    assert machine.ok("update_apply", source="sdb", confirmed=True) == {"version": "0.9.0"}
    machine.other("sdc", releases.release("2.0.0", seed=releases.STRANGER))
    assert machine.code("update_apply", source="sdc", confirmed=True).startswith("UPD-")


def test_a_stick_is_copied_by_its_number_alone(machine: Machine) -> None:
    """Writable for that time only; what is refused touches nothing."""
    machine.disk("sdb", 8_000 * MIB, usb=True, serial="USB42")
    machine.disk("sdz", 8_000 * MIB)
    machine.ran.clear()
    assert machine.code("clone", device="sdb", serial="USB43") == "UPD-066"
    assert machine.code("clone", device="sdz", serial="sdz") == "KEY-030"
    assert machine.code("clone", device="sda", serial="STICK1") == "KEY-030"
    assert machine.written_devices() == set()
    assert machine.ok("clone", device="sdb", serial="USB42")["version"] == "1.0.0"
    machine.see("sdb")
    assert set(rows(machine.ok("verify_stick", device="sdb")).values()) == {"right"}
    flags = [one.words[1:] for one in machine.ran if one.words[0] == "blockdev"]
    assert flags[-1] == ("--setro", str(machine.machine.device("sdb")))
    assert not (machine.machine.run / "open/sdb").exists()


def test_a_small_stick_is_refused(machine: Machine) -> None:
    """Before anything is written."""
    machine.disk("sdb", 4_000 * MIB, usb=True, serial="USB42")
    assert machine.code("clone", device="sdb", serial="USB42") == "UPD-065"


def test_a_kit_without_release_keys_takes_none(machine: Machine) -> None:
    """Built unsigned: it cannot tell a true release from a false one."""
    (machine.root / layout.RELEASE_KEYS).unlink()
    machine.other("sdb", NEW)
    assert machine.code("update_apply", source="sdb") == "UPD-003"
    assert machine.ok("sources") == {"sources": []}


@pytest.mark.req("HZ-302")
@pytest.mark.parametrize("name", ["nvme0n1", "mmcblk0", "vda", "sda"])
def test_a_kit_on_a_laptops_own_disk_is_updated_checked_and_marked(
    tmp_path: Path, name: str
) -> None:
    """Nothing asks whether the disk that runs can be pulled out, or how its parts are named."""
    machine = Machine(tmp_path, name, usb=False)
    assert machine.ok("status")["disk"]["removable"] is False
    assert machine.ok("drives")["drives"] == []
    assert set(rows(machine.ok("verify_medium")).values()) == {"right"}
    machine.other("sdb", NEW)
    assert [one["source"] for one in machine.ok("sources")["sources"]] == ["sdb"]
    assert machine.ok("update_apply", source="sdb")["version"] == "1.1.0"
    assert machine.ok("status")["other"] == {"slot": "b", "version": "1.1.0"}
    assert machine.ok("mark_good")["good"]
    assert machine.code("clone", device=name, serial="STICK1") == "KEY-030"


@pytest.mark.req("HZ-302")
def test_a_stick_is_made_from_a_kit_on_a_laptops_own_disk(tmp_path: Path) -> None:
    machine = Machine(tmp_path, "nvme0n1", usb=False)
    machine.disk("sdb", 8_000 * MIB, usb=True, serial="OTHER")
    assert machine.ok("clone", device="sdb", serial="OTHER")["version"] == "1.0.0"
    machine.see("sdb")
    verdicts = rows(machine.ok("verify_stick", device="sdb"))
    assert set(verdicts.values()) == {"right"}
