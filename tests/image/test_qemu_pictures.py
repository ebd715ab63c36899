"""Looking at pictures of a screen, and the disks that a test machine gets."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from kit.stick import layout
from scripts.image.qemu_disk import (
    Esp,
    copy_image,
    flip_bit,
    make_victim,
    place,
    sha256,
)
from scripts.image.qemu_screen import Screen, Word, bare, large_words, nearest
from scripts.image.scenarios_boot import CARD, PANEL, is_bare, is_lock
from scripts.image.scenarios_data import EXERCISE
from scripts.image.scenarios_slots import copy_part, write_slot_b


def picture(color: str, card: tuple[int, int, int, int] | None = None) -> Screen:
    image = Image.new("RGB", (1280, 800), color)
    if card is not None:
        ImageDraw.Draw(image).rectangle(card, fill=CARD)
    return Screen(image)


def test_a_screen_of_one_colour_shows_nothing() -> None:
    assert picture("#000000").uniform
    assert not picture(PANEL, (400, 200, 880, 520)).uniform


def test_a_cursor_alone_is_nothing() -> None:
    assert picture("#000000", (0, 0, 9, 15)).uniform


def test_the_lock_screen_is_told_from_a_black_one_and_from_a_bare_window() -> None:
    lock, window = picture(PANEL, (400, 200, 880, 520)), picture("#EFEFEF", (600, 390, 680, 410))
    assert is_lock(lock)
    assert is_bare(window)
    assert not is_lock(window)
    assert not is_bare(picture("#000000", (400, 380, 880, 420)))
    assert not is_lock(picture("#000000", (400, 200, 880, 520)))


def test_a_colour_is_found_within_a_small_distance() -> None:
    seen = picture("#F0F4F8")
    assert seen.share(PANEL) == 1.0
    assert seen.share(PANEL, near=0) == 0.0


def test_colours_are_those_of_the_theme() -> None:
    """The screens are looked for in the colours that they are painted in."""
    from kit.gui.theme import LIGHT

    assert (LIGHT.panel, LIGHT.bg, LIGHT.exercise_bar) == (PANEL, CARD, EXERCISE)


def test_the_painted_lock_screen_of_the_kit_is_one(qtbot: object, tmp_path: Path) -> None:
    """The very widget, painted off screen, passes the look of the boot test."""
    from PySide6.QtWidgets import QApplication

    from kit.gui import theme
    from kit.gui.lock import LockScreen

    app = QApplication.instance()
    assert isinstance(app, QApplication)
    theme.apply(app)
    door = LockScreen()
    door.ask_phrase()
    door.resize(1280, 800)
    path = tmp_path / "door.png"
    assert door.grab().save(str(path))
    assert is_lock(Screen.open(path))


@pytest.mark.skipif(shutil.which("tesseract") is None, reason="tesseract is not installed")
@pytest.mark.slow
def test_large_words_can_be_read() -> None:
    image = Image.new("RGB", (640, 200), "#FFFFFF")
    font = Path("kit/assets")
    from PIL import ImageFont

    found = next(font.rglob("*Sans-Bold*.ttf"), None) or next(font.rglob("*.ttf"))
    drawn = ImageDraw.Draw(image)
    drawn.text(
        (30, 60), "Le kit est scellé", fill="#16202B", font=ImageFont.truetype(str(found), 32)
    )
    screen = Screen(image)
    assert screen.says("Le kit est scellé")
    assert not screen.says("Le kit est ouvert")


def test_words_are_compared_by_letters_and_figures_only() -> None:
    assert bare("Saisissez « Les » 38,6 °C") == "saisissezles386c"


def test_large_words_are_put_in_order_and_mended() -> None:
    """Reading mistakes a letter; the list knows what was meant. Small print does not count."""
    known = ["abeille", "bloc", "perdrix", "tilde"]
    read = [
        Word("1", 438, 208, 14), Word("tllde", 466, 204, 30), Word("bloc", 764, 205, 30),
        Word("abeille", 430, 120, 12), Word("perdr1x", 466, 270, 30),
    ]  # fmt: skip
    assert large_words(read, known, 3) == ["tilde", "perdrix", "bloc"]
    assert large_words(read, known, 4) is None
    assert nearest("xyz", known) is None


# ----------------------------------------------------------------------------------------- disks


def test_a_copy_is_as_long_as_a_stick_and_as_small_as_the_image(tmp_path: Path) -> None:
    image = tmp_path / "kit.img"
    image.write_bytes(b"kit" * 1000)
    stick = copy_image(image, tmp_path / "stick.img", 64 * layout.MIB)
    assert stick.stat().st_size == 64 * layout.MIB
    assert stick.stat().st_blocks * 512 < layout.MIB
    assert stick.read_bytes()[:3000] == image.read_bytes()


def test_partitions_are_where_the_layout_has_them() -> None:
    assert place(layout.BIOS) == (layout.MIB, layout.MIB)
    assert place(layout.ESP)[0] == 2 * layout.MIB
    assert place(layout.ROOT["b"])[0] == (2 + 512 + 1024 + 16) * layout.MIB
    with pytest.raises(KeyError):
        place("swap")


def test_a_flipped_bit_is_one_bit(tmp_path: Path) -> None:
    path = tmp_path / "part"
    path.write_bytes(b"\0" * 10)
    flip_bit(path, 4, 3)
    assert path.read_bytes() == b"\0\0\0\0\x08\0\0\0\0\0"
    flip_bit(path, 4, 3)
    assert path.read_bytes() == b"\0" * 10


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    """A stick with an ESP that holds slot A's files, and some bytes in slot A's root."""
    if shutil.which("mcopy") is None or shutil.which("mkfs.vfat") is None:
        pytest.skip("mtools or dosfstools is not installed")
    if shutil.which("sfdisk") is None:
        pytest.skip("fdisk is not installed")
    import subprocess

    path = tmp_path / "stick.img"
    path.write_bytes(b"")
    os.truncate(path, layout.disk_bytes(layout.IMAGE_PARTS))
    uuids = {
        part.label: f"00000000-0000-4000-8000-00000000000{part.number}" for part in layout.PARTS
    }
    table = layout.script(layout.IMAGE_PARTS, "00000000-0000-4000-8000-000000000000", uuids)
    subprocess.run(
        ["sfdisk", "--quiet", str(path)], input=table.encode(), check=True, capture_output=True
    )
    start, size = place(layout.ESP)
    subprocess.run(
        ["mkfs.vfat", "-F", "32", f"--offset={start // layout.SECTOR}", str(path),
         str(size // 1024)],
        check=True, capture_output=True,
    )  # fmt: skip
    os.truncate(path, layout.disk_bytes(layout.SYSTEM_PARTS) + 64 * layout.MIB)
    esp = Esp(path)
    esp.make_folder("kit/a")
    for name in layout.SLOT_FILES:
        esp.write(layout.slot_file("a", name), name.encode())
    with path.open("r+b") as file:
        file.seek(place(layout.ROOT["a"])[0])
        file.write(b"root" * 1000)
    return path


def test_files_of_the_esp_are_written_and_read(stick: Path, tmp_path: Path) -> None:
    esp = Esp(stick)
    esp.write("kit/a/slot.cfg", b"other")
    assert esp.read("kit/a/slot.cfg") == b"other"
    seed = tmp_path / "seed"
    (seed / "outbox").mkdir(parents=True)
    (seed / "store.db").write_bytes(b"sealed")
    esp.put_folder(seed, layout.SEED)
    assert esp.read(f"{layout.SEED}/store.db") == b"sealed"
    assert any("store.db" in name for name in esp.names(layout.SEED))
    assert esp.names("kit/nothing") == []


def test_slot_b_holds_what_slot_a_holds(stick: Path) -> None:
    write_slot_b(stick)
    with stick.open("rb") as file:
        file.seek(place(layout.ROOT["b"])[0])
        assert file.read(4000) == b"root" * 1000
    esp = Esp(stick)
    assert [esp.read(layout.slot_file("b", name)) for name in layout.SLOT_FILES] == [
        name.encode() for name in layout.SLOT_FILES
    ]


def test_a_part_is_never_copied_into_a_smaller_one(stick: Path) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        copy_part(stick, layout.ROOT["a"], layout.VERITY["b"])


@pytest.mark.skipif(shutil.which("mkfs.ext4") is None, reason="e2fsprogs is not installed")
def test_a_victim_is_a_disk_like_any_other(tmp_path: Path) -> None:
    """A table, a file system behind it, and a digest that one bit changes."""
    if shutil.which("sfdisk") is None:
        pytest.skip("fdisk is not installed")
    victim = make_victim(tmp_path / "victim.img")
    data = victim.read_bytes()
    assert data[512:520] == b"EFI PART"
    assert data[layout.MIB + 1024 + 56 :][:2] == b"\x53\xef"
    before = sha256(victim)
    flip_bit(victim, 50 * layout.MIB)
    assert sha256(victim) != before
