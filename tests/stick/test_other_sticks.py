"""Another stick: checked part by part, made from the running one, the source of a release."""

from __future__ import annotations

import random
import subprocess
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from kit.core.errors import BadInput, KitError, Refused, Unavailable
from kit.stick import apply as updates
from kit.stick import boot, clone, donor, layout, verify
from kit.stick.boot_image import EspImage
from kit.stick.clone import Origin, Target
from kit.stick.fat import Fat
from kit.stick.layout import MIB
from kit.stick.signature import Ring
from kit.stick.table import Disk
from kit.stick.verify import Report, Verdict
from tests.stick.releases import (
    FULL_PARTS,
    MBR_CODE,
    RING,
    SIZES,
    STRANGER,
    Made,
    Stick,
    fill_boot,
    fill_slot,
    opening,
    release,
    starts,
    table_file,
)

TWO_HUNDRED_MB = 200_000_000
SECRET = b"an identity that must not travel"


def quiet(_done: int, _total: int, _step: str) -> None:
    """Nobody looks."""


@pytest.fixture(scope="session")
def full(tmp_path_factory: pytest.TempPathFactory, old: Made) -> Path:
    """A stick of 200 MB with a real table and FAT32, as from an image; made once, copied."""
    path = tmp_path_factory.mktemp("full") / "stick.img"
    table_file(path, FULL_PARTS)
    with path.open("r+b") as file:
        file.truncate(TWO_HUNDRED_MB)
    subprocess.run(["sfdisk", "-q", "--relocate", "gpt-bak-std", path], check=True)
    with Disk(path, writing=True) as disk:
        esp = EspImage(disk)
        esp.format("1234abcd")
        fill_slot(path, esp, "a", old)
        fill_boot(path, esp, old)
    return path


@pytest.fixture
def image(full: Path, tmp_path: Path) -> Path:
    """A copy that a test may spoil."""
    path = tmp_path / "stick.img"
    subprocess.run(["cp", "--sparse=always", full, path], check=True)
    return path


def report(path: Path) -> Report:
    """The check of a stick."""
    with Disk(path) as disk:
        return verify.verify_stick(disk, EspImage(disk), RING, quiet, FULL_PARTS)


def wrong(found: Report) -> dict[str, str]:
    """Part → verdict, for what is not right."""
    return {row.part: str(row.verdict) for row in found.rows if row.verdict != Verdict.RIGHT}


def spoil(path: Path, change: Callable[[Disk, EspImage], None]) -> Report:
    """Change a stick, then check it."""
    with Disk(path, writing=True) as disk:
        change(disk, EspImage(disk))
        disk.flush()
    return report(path)


# ------------------------------------------------------------------------------ verify


def test_a_stick_as_it_was_made_is_right_in_every_part(image: Path) -> None:
    """Nothing is altered, nothing unknown; the release is named."""
    found = report(image)
    assert wrong(found) == {}
    assert (found.verdict, found.versions) == (Verdict.RIGHT, {"a": "1.0.0"})
    places = {row.part for row in found.rows}
    assert {"table", "mbr", "kit-bios", layout.SHIM, "root-a", "kit/a/initrd"} <= places


def flip(label: str, at: int) -> Callable[[Disk, EspImage], None]:
    """Change one bit of a partition."""

    def change(disk: Disk, _esp: EspImage) -> None:
        byte = disk.read_in(label, at, 1)[0]
        disk.write_in(label, at, bytes([byte ^ 1]))

    return change


def put(place: str, data: bytes) -> Callable[[Disk, EspImage], None]:
    """Write a file."""
    return lambda _disk, esp: esp.write(place, [data])


def drop(place: str) -> Callable[[Disk, EspImage], None]:
    """Remove a file."""
    return lambda _disk, esp: esp.remove(place)


def say(**variables: str) -> Callable[[Disk, EspImage], None]:
    """Put variables into GRUB's block."""
    return lambda _disk, esp: esp.write_env((boot.environment(esp) or {}) | variables)


ALTERATIONS = {
    "root": (flip("root-a", 600_000), "root-a"),
    "tree": (flip("root-a-verity", 9000), "root-a-verity"),
    "bios core": (flip("kit-bios", 50), "kit-bios"),
    "grub.cfg": (put(layout.GRUB_CFG, b"set timeout=2\nset evil=1\n"), layout.GRUB_CFG),
    "initrd": (put("kit/a/initrd", b"another one"), "kit/a/initrd"),
    "no kernel": (drop("kit/a/vmlinuz"), "kit/a/vmlinuz"),
    "root hash": (put("kit/a/slot.cfg", layout.slot_cfg("0" * 64, "1.0.0")), "kit/a/slot.cfg"),
    "manifest": (put("kit/a/manifest.json", b"{}"), "kit/a/manifest.json"),
    "a file of nobody": (put("EFI/BOOT/fbx64.efi", b"x"), "EFI/BOOT/fbx64.efi"),
    "rescue": (put("kit/rescue/slot.cfg", b"set roothash=0\n"), "kit/rescue/slot.cfg"),
    "kernel line": (say(data_a="x init=/bin/sh"), "kit/grubenv"),
    "a new variable": (say(prefix="(hd1)"), "kit/grubenv"),
    "settings": (put("kit/kit.conf", b"layout=fr\ninit=/bin/sh\n"), "kit/kit.conf"),
}


@pytest.mark.req("HZ-237")
@pytest.mark.parametrize("kind", ALTERATIONS)
def test_an_altered_part_is_named(image: Path, kind: str) -> None:
    """Each part that starts the kit, one changed byte or file at a time."""
    change, part = ALTERATIONS[kind]
    found = spoil(image, change)
    assert wrong(found).get(part) == "altered", wrong(found)
    assert found.verdict == Verdict.ALTERED


def test_a_changed_first_sector_is_named(image: Path) -> None:
    """The first code that a BIOS runs."""
    with image.open("r+b") as file:
        file.write(b"\xeb\x64")
    assert wrong(report(image)) == {"mbr": "altered"}


def test_a_stranger_s_release_is_not_right(image: Path) -> None:
    """Whole, consistent, and signed by nobody we know."""
    fake = release("6.6.6", seed=STRANGER)

    def change(disk: Disk, esp: EspImage) -> None:
        disk.flush()
        fill_slot(image, esp, "a", fake)

    found = spoil(image, change)
    assert wrong(found)["kit/a/manifest.json"] == "altered"
    assert wrong(found)["root-a"] == "unknown"
    assert found.versions == {}


def test_an_update_that_was_cut_off_is_not_taken_for_an_attack(image: Path, new: Made) -> None:
    """Its slot does not start, and says so; the slot that runs is right."""

    class CutError(Exception):
        pass

    def cut(_done: int, _total: int, step: str) -> None:
        if step == updates.READING:
            raise CutError

    with Disk(image, writing=True) as disk:
        fill_slot(image, EspImage(disk), "b", release("0.9.0"))
        disk.flush()
        now = release("1.0.0").installed
        medium = updates.Medium(disk, EspImage(disk), "a", RING, now)
        with pytest.raises(CutError):
            updates.apply(medium, opening(new), confirmed=False, progress=cut)
    found = report(image)
    assert set(wrong(found).values()) == {"unknown"}
    assert wrong(found)["root-b"] == "unknown"
    assert (found.verdict, found.versions) == (Verdict.RIGHT, {"a": "1.0.0"})


def test_a_kit_that_trusts_no_key_says_unknown_and_still_sees_wear(image: Path) -> None:
    """From an unsigned image: nothing is right; what its own root hash denies is altered."""
    nobody = Ring(1, ())

    def look() -> Report:
        with Disk(image) as disk:
            return verify.verify_stick(disk, EspImage(disk), nobody, quiet, FULL_PARTS)

    assert look().verdict == Verdict.UNKNOWN
    assert set(wrong(look()).values()) == {"unknown"}
    spoil(image, flip("root-a", 600_000))
    assert wrong(look())["root-a"] == "altered"


def test_a_file_beside_the_kit_s_is_unknown(image: Path) -> None:
    """Somebody kept a letter on the stick; that is no attack, and not ours."""
    found = spoil(image, put("lettre.odt", b"x"))
    assert wrong(found) == {"lettre.odt": "unknown"}
    assert found.verdict == Verdict.RIGHT


def test_a_partition_more_or_a_table_in_halves_is_named(image: Path) -> None:
    """The copy at the end is wiped; then another partition is added."""
    with image.open("r+b") as file:
        file.seek(-512, 2)
        file.write(bytes(512))
    assert wrong(report(image)) == {"table": "altered"}
    subprocess.run(["sfdisk", "-q", "--relocate", "gpt-bak-std", image], check=False)
    subprocess.run(
        ["sfdisk", "-q", "--append", image], input='size=1MiB, name="more"', text=True, check=True
    )
    assert wrong(report(image)) == {"table": "altered"}


NO_DATA_YET = (*FULL_PARTS, replace(layout.PARTS[-1], size=0))


def data_line(name: str) -> str:
    """What sfdisk is told of the last partition."""
    return f'type={layout.LUKS_TYPE}, name="{name}"'


def append(path: Path, line: str) -> None:
    """One more partition, behind the others; the copy of the table goes to the end first."""
    subprocess.run(["sfdisk", "-q", "--relocate", "gpt-bak-std", path], check=True)
    subprocess.run(["sfdisk", "-q", "--append", path], input=line, text=True, check=True)


def full_report(path: Path) -> Report:
    """The check of a stick that may have data."""
    with Disk(path) as disk:
        return verify.verify_stick(disk, EspImage(disk), RING, quiet, NO_DATA_YET)


@pytest.mark.req("HZ-270")
def test_a_stick_that_was_never_started_is_right_and_says_so(image: Path) -> None:
    """Its second table stands where the image ended; no data yet, or a kit to bring."""
    with image.open("r+b") as file:
        file.truncate(TWO_HUNDRED_MB + 64 * MIB)
    found = full_report(image)
    assert (found.verdict, found.stage, wrong(found)) == (Verdict.RIGHT, "unused", {})
    spoil(image, put("kit/seed/slots.a", SECRET))
    assert full_report(image).stage == "prepared"


@pytest.mark.req("HZ-270")
def test_a_first_start_that_was_cut_off_is_no_alteration(image: Path) -> None:
    """`kit-data-new` in its place, the partitions' names drawn anew and not yet told to GRUB."""
    append(image, data_line(layout.NEW_DATA))
    found = full_report(image)
    assert (found.verdict, found.stage, wrong(found)) == (Verdict.RIGHT, "begun", {})
    own = str(uuid.UUID(int=7, version=4))
    subprocess.run(["sfdisk", "-q", "--part-uuid", image, "3", own], check=True)
    found = full_report(image)
    assert (found.verdict, wrong(found)) == (Verdict.RIGHT, {"kit/grubenv": "unknown"})
    spoil(image, say(data_a="x init=/bin/sh"))
    assert wrong(full_report(image)) == {"kit/grubenv": "altered"}


def test_a_finished_first_start_has_names_that_grub_knows(image: Path) -> None:
    """Once there is data, another disk's name in GRUB's block is altered again."""
    append(image, data_line(layout.DATA))
    found = full_report(image)
    assert (found.verdict, found.stage) == (Verdict.RIGHT, "used")
    found = spoil(image, say(data_a=str(uuid.UUID(int=9, version=4))))
    assert wrong(found)["kit/grubenv"] == "altered"


@pytest.mark.parametrize("names", [("kit-data", "kit-data-new"), ("kit-data-new", "other")])
def test_nothing_else_may_stand_beside_a_first_start(image: Path, names: tuple[str, str]) -> None:
    """Twice the same place, or somebody's partition."""
    append(image, "size=8MiB, " + data_line(names[0]))
    append(image, data_line(names[1]))
    assert wrong(full_report(image))["table"] == "altered"


def test_a_seed_is_unknown_since_only_its_owner_can_open_it(image: Path) -> None:
    """A prepared stick is shown as one."""
    assert wrong(spoil(image, put("kit/seed/kit.db", SECRET))) == {"kit/seed": "unknown"}


def test_every_mib_of_a_stick_is_read(image: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the ones that cannot be are told."""
    seen = []
    with Disk(image) as disk:
        real = disk.read

        def dying(at: int, count: int) -> bytes:
            if at == 3 * MIB:
                raise Unavailable("UPD-013", errno=5)
            return real(at, count)

        monkeypatch.setattr(disk, "read", dying)
        assert verify.surface(disk, lambda done, total, _step: seen.append((done, total))) == (
            3 * MIB,
        )
    assert seen[-1] == (TWO_HUNDRED_MB, TWO_HUNDRED_MB)


# ------------------------------------------------------------------------------ hostile media


@pytest.mark.req("HZ-238")
@given(chance=st.randoms(use_true_random=False))
def test_a_hostile_file_system_gives_a_refusal_or_an_answer(
    full: Path, chance: random.Random
) -> None:
    """Bytes changed anywhere in its figures, chains and folders: never a crash, never an end."""
    with Disk(full) as disk:
        extent = disk.table.at(layout.ESP)
        head = bytearray(disk.read(extent.start, 2 * MIB))
        for _ in range(chance.randrange(1, 12)):
            where = chance.choice((64, 512, 40 * 512, 1500 * 512, len(head)))
            head[chance.randrange(where)] = chance.choice((0, 1, 2, 0x0F, 0x10, 0xE5, 0xFF))

        def read(at: int, count: int) -> bytes:
            at -= extent.start
            return bytes(head[at : at + count].ljust(count, b"\0"))

        try:
            fat = Fat(read, extent.start, extent.size)
            for item in fat.files().values():
                sum(len(chunk) for chunk in fat.chunks(item))
        except BadInput as fault:
            assert fault.code == "UPD-014"  # noqa: PT017 - either outcome is right


def test_names_that_differ_by_case_alone_are_refused(image: Path) -> None:
    """GRUB would read one of them, and the check the other."""
    with Disk(image, writing=True) as disk:
        EspImage(disk).write("EFI/debian/grub.cfx", [b"evil"])
    twin = image.read_bytes().index(b"GRUB    CFX")
    with image.open("r+b") as file:
        file.seek(twin + len("GRUB    "))
        file.write(b"CFG")
    with Disk(image) as disk, pytest.raises(BadInput, match="UPD-014"):
        EspImage(disk).files()


@given(noise=st.binary(max_size=4096))
def test_noise_has_no_table(tmp_path_factory: pytest.TempPathFactory, noise: bytes) -> None:
    """Any disk may be plugged in."""
    path = tmp_path_factory.mktemp("noise") / "disk"
    path.write_bytes(noise)
    with pytest.raises(BadInput, match="UPD-010"):
        Disk(path)


def test_a_table_whose_first_copy_is_damaged_is_read_from_the_other(image: Path) -> None:
    """And said not to be whole."""
    with image.open("r+b") as file:
        file.seek(512 + 20)
        file.write(b"\xff")
    with Disk(image) as disk:
        assert not disk.table.whole
        assert disk.table.at("root-a").size == SIZES["root-a"] * MIB


@pytest.mark.parametrize("more", [MIB, 512, 100])
def test_an_image_on_a_larger_stick_is_right_before_its_first_start(image: Path, more: int) -> None:
    """The copy of its table stands where the image ended."""
    with image.open("r+b") as file:
        file.truncate(TWO_HUNDRED_MB + more)
    assert wrong(report(image)) == {}


def test_nothing_is_read_or_written_outside_a_partition(image: Path) -> None:
    """A manifest's size is a stranger's word until it was checked."""
    with Disk(image, writing=True) as disk:
        size = disk.table.at("root-a").size
        for act in (
            lambda: disk.read_in("root-a", size - 1, 2),
            lambda: disk.write_in("root-a", size - 1, b"xx"),
            lambda: disk.write_in("root-a", -1, b"x"),
        ):
            with pytest.raises(BadInput, match="UPD-012"):
                act()


# ------------------------------------------------------------------------------ clone


STICK = Target("/dev/sdx", "4C530001", 16_000_000_000, removable=True, mounted=False, running=False)


@pytest.mark.req("HZ-239")
@pytest.mark.parametrize(
    ("change", "serial", "code"),
    [
        ({}, "4C530001", ""),
        ({"removable": False}, "4C530001", "UPD-063"),
        ({"mounted": True}, "4C530001", "UPD-064"),
        ({"size": 7_900_000_000}, "4C530001", "UPD-065"),
        ({}, "4C530002", "UPD-066"),
        ({}, "", "UPD-066"),
        ({"serial": ""}, "", "UPD-066"),
        ({"running": True}, "4C530001", "UPD-067"),
        ({"kit_data": True}, "4C530001", "UPD-068"),
    ],
)
def test_only_the_stick_that_a_person_named_is_overwritten(
    change: dict[str, object], serial: str, code: str
) -> None:
    """Not the PC's disk, not a mounted one, not the running one, not one with records."""
    answer = clone.refusal(replace(STICK, **change), serial, erase=False)
    assert (answer.code if answer else "") == code


def test_records_on_the_other_stick_are_lost_only_where_that_was_said() -> None:
    """A second word of the person."""
    assert clone.refusal(replace(STICK, kit_data=True), STICK.serial, erase=True) is None


def drawn(seed: int) -> clone.Names:
    """Fresh names of a new stick."""
    chance = random.Random(seed)
    return clone.names(lambda: str(uuid.UUID(int=chance.getrandbits(128))), "89abcdef")


def blank_stick(tmp_path: Path, size: int = TWO_HUNDRED_MB) -> Path:
    """A stick full of somebody's old bytes at its beginning."""
    path = tmp_path / "new.img"
    with path.open("wb") as file:
        file.write(b"old" * 400_000)
        file.truncate(size)
    return path


@pytest.mark.slow
def test_a_clone_starts_verifies_and_has_nothing_of_the_kit(
    image: Path, old: Made, tmp_path: Path
) -> None:
    """A round trip on 200 MB with the real tools: cloned, checked, then the source of an update."""
    steps = []
    with Disk(image, writing=True) as disk:
        esp = EspImage(disk)
        esp.write("kit/seed/slots.a", [SECRET])
        esp.write("kit/kit.conf", [b"layout=fr\n# " + SECRET + b"\n"])
        disk.flush()
        new = blank_stick(tmp_path)
        clone.clone(
            Origin(disk, esp, "a", RING), new, drawn(1),
            lambda *told: steps.append(told), FULL_PARTS,
        )  # fmt: skip
        own = disk.table
    found = report(new)
    assert (wrong(found), found.versions) == ({}, {"a": "1.0.0"})
    raw = new.read_bytes()
    assert SECRET not in raw
    assert raw[:440] == MBR_CODE
    assert raw[446] == 0x80
    with Disk(new) as disk:
        assert starts(new, EspImage(disk), (old,)) == ["1.0.0"]
        fresh = {one.uuid for one in disk.table.extents} | {disk.table.disk}
        assert not fresh & ({one.uuid for one in own.extents} | {own.disk})
        told = {"data_a": disk.table.at("root-a").uuid, "first": "a", "left_b": "0"}
        assert told.items() <= (boot.environment(EspImage(disk)) or {}).items()
    assert {step for _, _, step in steps} == {"preparing", "writing", "reading"}


@pytest.mark.parametrize("kind", ["root", "grub.cfg", "initrd", "bios core", "manifest"])
def test_an_altered_stick_does_not_breed(image: Path, tmp_path: Path, kind: str) -> None:
    """What the release does not vouch for is not copied, and the new stick does not start."""
    with Disk(image, writing=True) as disk:
        ALTERATIONS[kind][0](disk, EspImage(disk))
        disk.flush()
        new = blank_stick(tmp_path)
        with pytest.raises(KitError) as fault:
            clone.clone(Origin(disk, EspImage(disk), "a", RING), new, drawn(2), quiet, FULL_PARTS)
    assert fault.value.code in {"UPD-069", "UPD-002", "UPD-031"}
    untouched = kind == "manifest"
    assert new.read_bytes().startswith(b"oldold") is untouched
    if not untouched:
        with Disk(new) as disk:
            assert "kit/a/slot.cfg" not in EspImage(disk).files()


def test_a_clone_that_is_stopped_is_no_stick(image: Path, tmp_path: Path) -> None:
    """Whoever stops it, or pulls the new stick, has one that does not start."""

    class StopError(Exception):
        pass

    def stop(done: int, _total: int, step: str) -> None:
        if step == clone.COPYING and done:
            raise StopError

    new = blank_stick(tmp_path)
    with Disk(image) as disk, pytest.raises(StopError):
        clone.clone(Origin(disk, EspImage(disk), "a", RING), new, drawn(3), stop, FULL_PARTS)
    with Disk(new) as disk:
        assert "kit/a/slot.cfg" not in EspImage(disk).files()


def test_a_stick_too_small_for_the_table_is_said_by_the_tool(image: Path, tmp_path: Path) -> None:
    """Behind the check of its size, sfdisk has the last word."""
    new = blank_stick(tmp_path, 20 * MIB)
    with Disk(image) as disk, pytest.raises(KitError) as fault:
        clone.clone(Origin(disk, EspImage(disk), "a", RING), new, drawn(4), quiet, FULL_PARTS)
    assert (fault.value.code, fault.value.args_["tool"]) == ("UPD-062", "sfdisk")


# ------------------------------------------------------------------------------ donors


def test_another_stick_gives_its_release(
    tmp_path: Path, image: Path, old: Made, new: Made, blank: Path
) -> None:
    """The donor's newest slot, through the very check that a file goes through."""
    with Disk(image, writing=True) as disk:
        fill_slot(image, EspImage(disk), "b", new)
        disk.flush()
        slot, found = donor.newest(EspImage(disk), RING)
        assert (slot, found.manifest.version) == ("b", "1.1.0")
        stick = Stick(tmp_path / "own", old, blank)
        with stick.medium() as medium:
            source = donor.opening(disk, EspImage(disk), slot)
            done = updates.apply(medium, source, confirmed=False, progress=quiet)
    assert not isinstance(done, Refused)
    assert starts(stick.image, stick.esp, (old, new)) == ["1.1.0"]


def test_a_donor_that_was_altered_gives_nothing(
    tmp_path: Path, image: Path, old: Made, new: Made, blank: Path
) -> None:
    """One bit of its root."""
    with Disk(image, writing=True) as disk:
        fill_slot(image, EspImage(disk), "b", new)
        flip("root-b", 1_000_000)(disk, EspImage(disk))
        disk.flush()
        stick = Stick(tmp_path / "own", old, blank)
        source = donor.opening(disk, EspImage(disk), "b")
        with stick.medium() as medium, pytest.raises(BadInput, match="UPD-042"):
            updates.apply(medium, source, confirmed=False, progress=quiet)
    assert starts(stick.image, stick.esp, (old, new)) == ["1.0.0"]


def test_a_stick_without_a_signed_release_is_no_donor(image: Path) -> None:
    """It says why."""
    with Disk(image, writing=True) as disk:
        EspImage(disk).remove("kit/a/manifest.json")
        with pytest.raises(BadInput, match="UPD-060"):
            donor.newest(EspImage(disk), RING)
