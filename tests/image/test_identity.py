"""One image, many sticks: each its own identities, each its own seed, none in the common image."""

from __future__ import annotations

import itertools
import subprocess
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from kit.node.opening import open_kit
from kit.stick import grubenv, layout
from scripts import build_usb_image
from scripts.image import disk, esp, finish, identity, tools
from tests.image.conftest import Fake, need
from tests.node.prepared import MEANS, Prepared

HOME = {
    "slots.a": b"slots",
    "slots.b": b"slots",
    "kit.db": b"sealed" * 1000,
    "raw/unit": b"x" * 70_000,
    "ballast": bytes(1000),
    "lock": b"",
}


def draws() -> Callable[[], str]:
    numbers = itertools.count(1)
    return lambda: str(uuid.UUID(int=next(numbers)))


def fleet(folder: Path, names: tuple[str, ...] = ("kit-01", "kit-02")) -> Path:
    for name in names:
        for place, data in HOME.items():
            path = folder / name / place
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data + (name.encode() if data else b""))
    (folder / "cards.pdf").write_bytes(b"%PDF")
    return folder


@pytest.fixture
def common(signed_image: Path, tmp_path: Path) -> Path:
    need("mmd", "mtype", "mkfs.fat")
    image = tmp_path / "kit.img"
    subprocess.run(["cp", "--sparse=always", str(signed_image), str(image)], check=True)
    return image


@pytest.mark.req("HZ-216")
def test_each_kit_gets_an_image_with_its_seed_alone(
    common: Path, parts: Fake, tmp_path: Path
) -> None:
    before = tools.sha256(common)
    made = identity.fleet(common, fleet(tmp_path / "fleet"), draws())
    assert [path.name for path in made] == ["kit-kit-01.img", "kit-kit-02.img"]
    for path, name in zip(made, ("kit-01", "kit-02"), strict=True):
        at = f"{path}@@{disk.start_of(layout.ESP)}"
        for place in ("slots.a", "kit.db", "raw/unit"):
            assert esp.read(at, f"{layout.SEED}/{place}") == HOME[place] + name.encode()
        for place in ("ballast", "lock"):
            with pytest.raises(tools.Fault):
                esp.read(at, f"{layout.SEED}/{place}")
        assert path.stat().st_mode & 0o077 == 0
        wrong = [line for line in finish.check(path, parts.ring) if layout.SEED not in line]
        assert wrong == []
    assert tools.sha256(common) == before


@pytest.mark.req("HZ-217")
def test_no_two_sticks_share_an_identity(common: Path, tmp_path: Path) -> None:
    made = identity.fleet(common, fleet(tmp_path / "fleet"), draws())
    seen: set[str] = set()
    for path in (common, *made):
        table = disk.table(path)
        found = {table["id"], *(part["uuid"] for part in table["partitions"])}
        assert not found & seen
        seen |= found


def test_grub_is_told_the_new_identities(common: Path) -> None:
    identity.new_identity(common, draws())
    found = {one["name"]: one["uuid"].lower() for one in disk.table(common)["partitions"]}
    block = esp.read(f"{common}@@{disk.start_of(layout.ESP)}", layout.GRUBENV)
    variables = grubenv.parse(block)
    assert variables is not None
    assert variables["data_a"] == found["root-a"]
    assert variables["hash_a"] == found["root-a-verity"]


@pytest.mark.req("HZ-216")
def test_a_really_prepared_fleet_opens_from_its_images(common: Path, tmp_path: Path) -> None:
    """What `kit fleet prepare` made, through the command: each image's seed is that card's kit."""
    need("mcopy")
    prepared = Prepared(tmp_path, 3, wards=("CARD",))
    assert build_usb_image.main(["fleet", str(common), str(tmp_path / "fleet")]) == 0
    homes = {card.label: Path(card.folder).name for card in prepared.printed}
    for card in prepared.printed:
        made = common.with_name(f"kit-{homes[card.label]}.img")
        home = tmp_path / "moved" / homes[card.label]
        home.mkdir(parents=True)
        at = f"{made}@@{disk.start_of(layout.ESP)}"
        tools.run(["mcopy", "-s", "-n", "-i", at, f"::/{layout.SEED}/*", home])
        words = " ".join(card.words)
        kit = open_kit(home, words, clock=MEANS.clock)
        try:
            assert kit.settings.label == card.label
            assert kit.membership.is_enrolled
        finally:
            kit.close()


def test_a_folder_without_kits_is_refused(tmp_path: Path) -> None:
    with pytest.raises(tools.Fault, match="IMG-019"):
        identity.kits(tmp_path / "none")
    with pytest.raises(tools.Fault, match="IMG-020"):
        identity.kits(tmp_path)


def test_a_seed_that_is_no_seed_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "MOST", 1000)
    with pytest.raises(tools.Fault, match="IMG-021"):
        identity.seed_files(fleet(tmp_path) / "kit-01")
