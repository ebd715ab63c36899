"""Table, ESP and verified root of an image of fake parts, read by the tools that others use."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from kit.stick import grubenv, layout, slots
from scripts.image import disk, esp, finish, release, squash, tools
from tests.image.conftest import PATHS, SEED, Fake, make_parts, need, noise, write_image


def test_the_table_is_the_layout(signed_image: Path) -> None:
    table = disk.table(signed_image)
    found = [(one["name"], one["type"], one["size"] * 512) for one in table["partitions"]]
    assert found == [(part.label, part.type_guid, part.size) for part in layout.IMAGE_PARTS]
    assert table["partitions"][0]["start"] == layout.ALIGN_SECTORS
    assert signed_image.stat().st_size == layout.disk_bytes(layout.IMAGE_PARTS)
    assert signed_image.stat().st_blocks * 512 < 8 * layout.MIB


def test_identities_come_from_the_root_hash(signed_image: Path, parts: Fake) -> None:
    found = {one["name"]: one["uuid"].lower() for one in disk.table(signed_image)["partitions"]}
    joined = (found["root-a"] + found["root-a-verity"]).replace("-", "")
    assert joined == parts.made.root_hash
    assert len(set(found.values())) == 4


def test_a_bios_finds_its_code(signed_image: Path) -> None:
    head = signed_image.read_bytes()[:512] if signed_image.stat().st_size < 1 << 20 else b""
    with signed_image.open("rb") as file:
        head = file.read(512)
        file.seek(layout.MIB)
        core = file.read(30_208)
    assert head[510:] == b"\x55\xaa"
    assert head[446] == 0x80
    assert head[450] == 0xEE
    assert core[:500] == noise("core.img", 30_001)[:500]


def test_an_image_of_a_given_size(parts: Fake, tmp_path: Path) -> None:
    image = tmp_path / "kit.img"
    finish.write_disk(image, parts.made, 8_000_000_000)
    assert image.stat().st_size == 8_000_000_000
    with pytest.raises(tools.Fault, match="IMG-010"):
        finish.write_disk(image, parts.made, 1_000_000_000)


def test_the_esp_holds_what_firmware_and_grub_read(parts: Fake) -> None:
    image = parts.made.esp / esp.FILE
    listed = subprocess.run(
        ["mdir", "-/", "-b", "-i", str(image), "::"], capture_output=True, text=True, check=True
    ).stdout.split()
    places = {place.removeprefix("::/") for place in listed if not place.endswith("/")}
    slot = {layout.slot_file("a", name) for name in layout.SLOT_FILES}
    rescue = {f"{layout.RESCUE}/{name}" for name in layout.SLOT_FILES}
    boot = {layout.SHIM, layout.GRUB, layout.MOK, layout.GRUB_CFG}
    assert places == slot | rescue | boot | {layout.GRUBENV, layout.KIT_CONF, layout.README}
    # Shim's fallback would write boot entries into the PC's firmware.
    assert not any(word in place.lower() for place in places for word in ("fbx64", ".csv"))


def test_a_new_stick_starts_with_slot_a_alone(parts: Fake) -> None:
    block = esp.read(parts.made.esp / esp.FILE, layout.GRUBENV)
    variables = grubenv.parse(block)
    assert variables is not None
    assert slots.read(variables) == slots.FRESH
    uuids = squash.partition_uuids(parts.made.root_hash)
    assert variables["data_a"] == uuids["root-a"]
    assert variables["hash_a"] == uuids["root-a-verity"]


@pytest.mark.req("HZ-214")
def test_the_same_parts_give_the_same_bytes(parts: Fake, tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        write_image(tmp_path / name / "kit.img", make_parts(tmp_path / name))
    first = tools.sha256(tmp_path / "one/kit.img")
    assert first == tools.sha256(tmp_path / "two/kit.img")


def test_an_esp_without_room_for_three_is_refused(parts: Fake, tmp_path: Path) -> None:
    with pytest.raises(tools.Fault, match="IMG-064"):
        esp.check_room(140 * layout.MIB)


def test_the_tree_is_the_one_that_veritysetup_makes(parts: Fake, tmp_path: Path) -> None:
    if shutil.which("veritysetup", path=PATHS) is None:
        pytest.skip("not installed: veritysetup")
    squash.protect(tmp_path, parts.made.squashfs / squash.SQUASHFS)
    assert (tmp_path / squash.ROOT_HASH).read_text() == parts.made.root_hash


def test_the_root_hash_is_read_or_missed() -> None:
    digest = "0f" * 32
    assert squash.read_root_hash(f"UUID: 1\nRoot hash:      \t{digest}\n") == digest
    with pytest.raises(tools.Fault):
        squash.read_root_hash("Root hash: none")


def test_an_image_verifies_and_a_changed_one_does_not(
    signed_image: Path, parts: Fake, tmp_path: Path
) -> None:
    assert finish.check(signed_image, parts.ring) == []
    copy = tmp_path / "kit.img"
    places = {
        "root-a": disk.start_of("root-a") + 5 * 4096 + 7,
        "kit-bios": disk.start_of("kit-bios") + 900,
        "mbr": 100,
    }
    for part, at in places.items():
        subprocess.run(["cp", "--sparse=always", str(signed_image), str(copy)], check=True)
        with copy.open("r+b") as file:
            file.seek(at)
            byte = file.read(1)
            file.seek(at)
            file.write(bytes([byte[0] ^ 1]))
        wrong = finish.check(copy, parts.ring)
        assert any(part in line and "modifié" in line for line in wrong), (part, wrong)


def test_somebody_elses_key_is_not_trusted(signed_image: Path) -> None:
    other = release.ring(bytes(32), None)
    assert finish.check(signed_image, other)
    assert finish.check(signed_image, None)


def test_a_key_that_others_can_read_signs_nothing(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text(SEED.hex())
    key.chmod(0o644)
    with pytest.raises(tools.Fault, match="chmod 600"):
        release.read_key(key)
    key.chmod(0o600)
    assert release.read_key(key) == SEED


def test_signing_with_a_key_that_kits_do_not_know_is_refused(tmp_path: Path) -> None:
    ring = tmp_path / "ring.json"
    ring.write_bytes(release.ring(bytes(32), None))
    with pytest.raises(tools.Fault, match="IMG-017"):
        release.ring(SEED, ring)


def test_the_update_of_a_release_is_one_that_kits_take(
    signed_image: Path, parts: Fake, tmp_path: Path
) -> None:
    from kit.stick import signature
    from kit.stick.bundle import Bundle

    need("mtype")
    text = esp.read(f"{signed_image}@@{disk.start_of(layout.ESP)}", layout.MANIFEST)
    signatures = esp.read(f"{signed_image}@@{disk.start_of(layout.ESP)}", layout.SIGNATURE)
    out = tmp_path / "kit.kitupdate"
    release.bundle(out, text, signatures, finish.parts_of(parts.made))
    with out.open("rb") as source:
        found = Bundle(source, signature.read_ring(parts.ring)).check(lambda _: None)
    assert found.manifest.root_hash == parts.made.root_hash
