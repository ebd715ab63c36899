"""The persistence: made once, opened with its phrase, never overwritten, whatever goes wrong."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from kit.core.errors import KitError
from kit.stick import disks, layout, persistence
from kit.stick.boot import EspFolder, environment
from kit.stick.layout import NEW_DATA
from kit.stick.table import Disk
from tests.stick.keeper_on_files import keeper_of
from tests.stick.machines import MIB, Bench, needs_tools

PHRASE, OTHER = bytearray(b"abeille sapin"), bytearray(b"autre chose")
pytestmark = needs_tools


def silent(_done: int, _total: int, _step: str) -> None:
    """Tell nobody."""


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """A machine that runs from a fresh stick; its PC has a disk of its own."""
    bench = Bench(tmp_path)
    bench.stick()
    bench.disk("sdz", 64 * MIB)
    return bench


def labels(bench: Bench) -> list[str]:
    """The names in the stick's table."""
    return [one.label for one in disks.read_table(bench.machine, "sda").partitions]


def made(bench: Bench, phrase: bytearray = PHRASE) -> None:
    """A place that is somebody's, locked."""
    persistence.create(bench.means(), phrase, silent)
    persistence.keep(bench.means())
    persistence.lock(bench.means())


def print_of(device: Path) -> tuple[int, bytes]:
    """Changes with each write to a device: sparse files are too long to be read whole."""
    with device.open("rb") as file:
        return device.stat().st_mtime_ns, file.read(16 * MIB)


def fault(call: object, *args: object) -> str:
    """The code of the fault that a call ends with."""
    with pytest.raises(KitError) as raised:
        call(*args)  # type: ignore[operator]
    return raised.value.code


def test_a_first_use_makes_an_encrypted_place_that_its_phrase_opens(bench: Bench) -> None:
    """Slot B and the data follow the image; the kit's folder belongs to the kit's user alone."""
    steps: list[str] = []
    persistence.create(bench.means(), PHRASE, lambda _done, _all, step: steps.append(step))
    assert steps == [*persistence.STEPS, "mount"]
    persistence.keep(bench.means())
    assert labels(bench) == [part.label for part in layout.PARTS]
    assert persistence.state(bench.machine) == "open"
    home = bench.machine.persist / "app"
    assert home.stat().st_mode & 0o777 == 0o700
    persistence.lock(bench.means())
    assert persistence.state(bench.machine) == "locked"
    persistence.unlock(bench.means(), PHRASE)
    assert persistence.state(bench.machine) == "open"


def test_only_the_running_disk_is_written(bench: Bench) -> None:
    """No command that may write names another disk than the one under the verified root."""
    before = print_of(bench.machine.device("sdz"))
    made(bench)
    persistence.unlock(bench.means(), PHRASE)
    assert bench.written_devices() == {"sda", "sda7", "kit-data"}
    assert print_of(bench.machine.device("sdz")) == before


def test_secrets_are_in_no_command_line(bench: Bench) -> None:
    """They travel through pipes."""
    made(bench)
    persistence.change(bench.means(), PHRASE, OTHER)
    words = " ".join(word for one in bench.ran for word in one.words)
    assert "abeille" not in words
    assert "autre" not in words


def test_a_wrong_phrase_is_refused_and_changes_nothing(bench: Bench) -> None:
    """The exit code tells, in whatever language the tool speaks."""
    made(bench)
    before = print_of(bench.machine.device("sda7"))
    assert fault(persistence.unlock, bench.means(), OTHER) == "KEY-027"
    assert print_of(bench.machine.device("sda7")) == before
    assert not bench.machine.mapped.exists()


def test_a_second_creation_is_refused(bench: Bench) -> None:
    """What bears the name is never formatted, whoever asks."""
    made(bench)
    assert fault(persistence.create, bench.means(), OTHER, silent) == "KEY-022"
    persistence.unlock(bench.means(), PHRASE)


def test_a_damaged_head_is_refused_and_never_made_anew(bench: Bench) -> None:
    """Neither opening nor creating writes over data that cannot be opened."""
    made(bench)
    device = bench.machine.device("sda7")
    with device.open("r+b") as file:
        file.write(bytes(8 * MIB))
    before = print_of(device)
    assert fault(persistence.unlock, bench.means(), PHRASE) == "KEY-028"
    assert fault(persistence.create, bench.means(), PHRASE, silent) == "KEY-022"
    assert print_of(device) == before


@pytest.mark.parametrize(
    "step",
    ["luksFormat", "--append", "--relocate", "partx", "--key-file", "mkfs.ext4", "mount"],
)  # fmt: skip
def test_what_a_cut_left_half_made_is_made_again(bench: Bench, step: str) -> None:
    """After a fault at any step the same phrase makes it whole; nothing is left open."""
    bench.fail[step] = 1
    assert fault(persistence.create, bench.means(), PHRASE, silent) == "KEY-025"
    assert not bench.machine.mapped.exists()
    assert layout.DATA not in labels(bench)
    bench.fail.clear()
    persistence.create(bench.means(), PHRASE, silent)
    persistence.keep(bench.means())
    assert labels(bench).count(layout.DATA) == 1
    assert NEW_DATA not in labels(bench)


def test_room_that_a_full_disk_gives_back_reaches_the_kit(bench: Bench) -> None:
    """Blocks kept for root would swallow the kit's reserve: then nobody could sign in any more."""
    made(bench)
    persistence.unlock(bench.means(), PHRASE)
    said = subprocess.run(
        ["dumpe2fs", "-h", str(bench.machine.mapped.resolve())],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    kept = next(line for line in said.splitlines() if line.startswith("Reserved block count:"))
    assert int(kept.split(":")[1]) == 0


def test_two_sticks_of_one_image_get_names_of_their_own(bench: Bench, tmp_path: Path) -> None:
    """GRUB tells the kernel which partitions are meant; a twin in the same PC has others."""
    twin = Bench(tmp_path / "twin")
    twin.stick()
    before = uuids(bench)
    assert before == uuids(twin)
    made(bench)
    made(twin)
    both = uuids(bench) | uuids(twin)
    assert len(both) == 2 * len(uuids(bench))
    assert not both & before


@pytest.mark.req("HZ-270")
@pytest.mark.parametrize("cut", [False, True])
def test_grub_knows_the_new_names_after_a_first_start(bench: Bench, *, cut: bool) -> None:
    """Where its own look into the table fails, the block counts; a cut is made good at a start."""
    esp = EspFolder(bench.volume("sda2"))
    stale = {"first": "a", "left_a": "2"} | names_of(bench)
    esp.write_env(stale)
    keeper = keeper_of(bench)
    if cut:
        made(bench)
        assert not names_of(bench).items() <= (environment(esp) or {}).items()
        keeper.begin()
    else:
        keeper.begin()
        keeper.acts()["create"].run({"phrase": "abeille sapin"}, silent)
    found = environment(esp) or {}
    assert found == stale | names_of(bench)
    assert found != stale


@pytest.mark.req("HZ-273")
def test_the_keyboard_is_the_same_after_a_restart(bench: Bench) -> None:
    """Kept on the boot partition, known before the words are typed; other lines stay."""
    conf = bench.volume("sda2") / layout.KIT_CONF
    conf.parent.mkdir()
    conf.write_text("# Réglages\nlayout=fr\n")
    keeper = keeper_of(bench)
    keeper.begin()
    assert keeper.acts()["set_layout"].run({"layout": "be"}, silent) == {
        "layout": "be", "kept": True,
    }  # fmt: skip
    assert conf.read_text() == "# Réglages\nlayout=be\n"
    bench.power_cut()
    again = keeper_of(bench)
    again.begin()
    assert (bench.machine.run / "layout").read_text() == "be"
    bench.fail["remount,rw"] = 1
    said = again.acts()["set_layout"].run({"layout": "us"}, silent)
    assert said == {"layout": "us", "kept": False}
    assert (bench.machine.run / "layout").read_text() == "us"
    assert conf.read_text() == "# Réglages\nlayout=be\n"


def names_of(bench: Bench) -> dict[str, str]:
    """What GRUB's block should say of the partitions that are there."""
    with Disk(bench.machine.device("sda")) as disk:
        uuids = {one.label: one.uuid for one in disk.table.extents}
    return {name: uuids[part] for part, name in layout.UUID_VARIABLES.items() if part in uuids}


def uuids(bench: Bench) -> set[str]:
    """What the roots are found by."""
    with Disk(bench.machine.device("sda")) as disk:
        return {one.uuid for one in disk.table.extents if one.label.startswith("root-")}


def test_a_place_whose_words_nobody_wrote_down_is_made_anew(bench: Bench) -> None:
    """Power fails between the words on the screen and the proof: nobody could ever open it."""
    persistence.create(bench.means(), PHRASE, silent)
    assert persistence.is_unproven(bench.machine)
    persistence.create(bench.means(), OTHER, silent)
    persistence.lock(bench.means())
    assert persistence.state(bench.machine) == "absent"
    persistence.create(bench.means(), OTHER, silent)
    persistence.keep(bench.means())
    assert not persistence.is_unproven(bench.machine)
    persistence.lock(bench.means())
    assert fault(persistence.unlock, bench.means(), PHRASE) == "KEY-027"
    persistence.unlock(bench.means(), OTHER)


def test_too_little_room_is_refused_before_anything_is_written(bench: Bench) -> None:
    """The figure is in the refusal."""
    before = print_of(bench.machine.device("sda"))
    assert fault(persistence.create, bench.means(8_000_000_000), PHRASE, silent) == "KEY-023"
    assert print_of(bench.machine.device("sda")) == before


@pytest.mark.parametrize("place", [512 + 20, 1024 + 40])
def test_half_a_partition_table_is_refused(bench: Bench, place: int) -> None:
    """A damaged head or list, of which the other copy is still right: sfdisk would go on."""
    disk = bench.machine.device("sda")
    with disk.open("r+b") as file:
        file.seek(place)
        file.write(b"\xff\xfe")
    before = print_of(disk)
    assert fault(persistence.create, bench.means(), PHRASE, silent) == "KEY-021"
    assert print_of(disk) == before


def test_a_stranger_among_the_partitions_is_refused(bench: Bench) -> None:
    """Somebody else's partition behind the image may hold anything."""
    bench._tool(["sfdisk", "--quiet", "--append", str(bench.machine.device("sda"))], b"size=4M\n")
    assert fault(persistence.create, bench.means(), PHRASE, silent) == "KEY-021"


def test_another_partition_under_the_same_number_is_not_formatted(bench: Bench) -> None:
    """The kernel must see the new partition where the table has it."""
    bench.fail["partx"] = 0
    bench.partition("sda", 7, 1, 2)
    assert fault(persistence.create, bench.means(), PHRASE, silent) == "KEY-025"
    assert "cryptsetup luksFormat" not in bench.names()


def test_a_damaged_file_system_is_offered_for_repair_and_then_opens(bench: Bench) -> None:
    """Without the word nothing is mended that may lose data; with it, it is."""
    persistence.create(bench.means(), PHRASE, silent)
    persistence.keep(bench.means())
    inside = bench.machine.mapped.resolve()
    persistence.lock(bench.means())
    with inside.open("r+b") as file:
        file.seek(1024 + 0x3A)
        file.write(b"\0\0")  # not taken off properly: it is looked at
        file.seek(4096)
        file.write(os.urandom(512 * 1024))
    assert fault(persistence.unlock, bench.means(), PHRASE) == "KEY-029"
    assert persistence.state(bench.machine) == "locked"
    persistence.unlock(bench.means(), PHRASE, repair=True)
    assert persistence.state(bench.machine) == "open"


def test_work_goes_on_in_memory_without_the_damaged_place(bench: Bench) -> None:
    """A session without persistence, and nothing on the stick changes."""
    persistence.work_without(bench.means())
    assert persistence.state(bench.machine) == "open"
    assert (bench.machine.persist / "app").is_dir()
    assert bench.written_devices() == set()


def test_a_changed_phrase_opens_and_the_old_one_does_not(bench: Bench) -> None:
    """Only who knows the old one may change it."""
    made(bench)
    assert fault(persistence.change, bench.means(), OTHER, PHRASE) == "KEY-027"
    persistence.change(bench.means(), PHRASE, OTHER)
    assert fault(persistence.unlock, bench.means(), PHRASE) == "KEY-027"
    persistence.unlock(bench.means(), OTHER)


def test_the_envelope_opens_too_and_a_new_one_ends_the_old(bench: Bench) -> None:
    """Slot 1 is the envelope's; making another takes its place."""
    made(bench)
    first, second = bytearray(b"enveloppe un"), bytearray(b"enveloppe deux")
    persistence.add_recovery(bench.means(), PHRASE, first)
    persistence.unlock(bench.means(), first)
    persistence.lock(bench.means())
    persistence.add_recovery(bench.means(), PHRASE, second)
    assert fault(persistence.unlock, bench.means(), first) == "KEY-027"
    persistence.unlock(bench.means(), second)


def test_a_machine_without_a_stick_is_left_alone(tmp_path: Path) -> None:
    """A developer's machine has no verified root: nothing can be made or opened."""
    bench = Bench(tmp_path)
    bench.disk("sda", 64 * MIB, usb=True)
    assert persistence.state(bench.machine) == "none"
    assert fault(persistence.create, bench.means(), PHRASE, silent) == "KEY-020"
    assert fault(persistence.unlock, bench.means(), PHRASE) == "KEY-020"
    assert bench.ran == []


@pytest.mark.req("HZ-302")
@pytest.mark.parametrize(
    ("name", "internal", "data"),
    [
        ("nvme0n1", "disk", "nvme0n1p7"), ("mmcblk0", "MMC", "mmcblk0p7"),
        ("vda", "disk", "vda7"), ("sda", "disk", "sda7"),
    ],
)  # fmt: skip
def test_a_kit_on_a_laptops_own_disk_keeps_its_data_there(
    tmp_path: Path, name: str, internal: str, data: str
) -> None:
    """Made, locked, opened; another disk of the laptop is never written."""
    bench = Bench(tmp_path)
    bench.stick(name=name, internal=internal)
    bench.disk("sdz", 64 * MIB)
    made(bench)
    bench.power_cut()
    persistence.unlock(bench.means(), PHRASE)
    assert persistence.state(bench.machine) == "open"
    assert bench.written_devices() == {name, data, "kit-data"}
