"""What a person meets who did something wrong, through the command: plain French, nothing lost."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from kit.stick import layout
from kit.stick.verify import Verdict
from scripts import build_usb_image as script
from scripts.image import commands, disk, finish, proof, recipe, release, tools, write
from scripts.image.progress import Progress
from tests.image.conftest import Fake
from tests.image.test_write import STICK

UNTOUCHED = "Rien n’a été écrit"
Said = pytest.CaptureFixture[str]


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


class Desk:
    """A stick that is a file, a small image, and what is said when the command ends."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.image, self.stick = folder / "kit.img", folder / "sdb"
        self.image.write_bytes(b"new" * 5000)
        self.stick.write_bytes(b"patients of the stick" * 1000)
        self.changes: dict[str, object] = {}
        self.ring: list[str] = []
        real = tools.run

        def run(command: list[str | Path], **how: object) -> bytes:
            if command[0] == "lsblk":
                entry = STICK | {"path": str(self.stick)} | self.changes
                return json.dumps({"blockdevices": [entry]}).encode()
            return real(command, **how)  # type: ignore[arg-type]

        monkeypatch.setattr(tools, "run", run)
        monkeypatch.setattr(tools, "missing", lambda _names: None)

    def write(self, *words: str) -> int:
        return script.main(
            ["write", str(self.image), "--device", str(self.stick), *words, *self.ring]
        )


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(tmp_path, monkeypatch)


@pytest.mark.req("HZ-215")
@pytest.mark.parametrize(
    ("changes", "serial", "means", "do"),
    [
        ({"size": 4_000_000_000}, "4C530001", "trop petit", "Prenez une clé d’au moins"),
        ({"rm": False, "hotplug": False}, "4C530001", "pas amovible", "--laptop"),
        ({"mountpoints": ["/media/x"]}, "4C530001", "est monté sur /media/x", "umount /media/x"),
        ({}, "", "numéro de série", "--yes-erase 4C530001"),
        ({}, "4C539999", "numéro de série", "--yes-erase 4C530001"),
        ({"serial": None}, "x", "pas de numéro de série", "autre port"),
        ({"ro": True}, "4C530001", "protégé en écriture", "interrupteur"),
    ],
)
def test_a_wrong_stick_is_shown_and_stays_as_it_was(
    desk: Desk, capsys: Said, changes: dict[str, object], serial: str, means: str, do: str
) -> None:
    desk.changes, before = changes, digest(desk.stick)
    assert desk.write("--yes-erase", serial) == 1
    said = capsys.readouterr().err
    assert "Ultra Fit" in said
    assert all(part in said for part in (means, UNTOUCHED, do))
    assert digest(desk.stick) == before


def test_a_name_that_is_no_disk_is_said(capsys: Said, tmp_path: Path) -> None:
    image = tmp_path / "kit.img"
    image.write_bytes(b"new")
    if tools.missing(commands.WRITING):
        pytest.skip("not installed: tools that write")
    assert script.main(["write", str(image), "--device", "/dev/none", "--yes-erase", "x"]) == 1
    said = capsys.readouterr().err
    assert "/dev/none n’est pas un disque" in said
    assert "lsblk" in said


@pytest.mark.parametrize("act", ["verify", "write", "fleet"])
def test_an_image_that_is_not_there_is_said(desk: Desk, capsys: Said, act: str) -> None:
    desk.image.unlink()
    before = digest(desk.stick)
    rest = {"write": ["--device", str(desk.stick)], "fleet": [str(desk.stick.parent)]}
    assert script.main([act, str(desk.image), *rest.get(act, [])]) == 1
    assert "n’existe pas" in capsys.readouterr().err
    assert digest(desk.stick) == before


@pytest.mark.parametrize("act", ["write", "fleet"])
def test_a_missing_tool_names_its_package_before_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Said, act: str
) -> None:
    monkeypatch.setattr(tools, "_path", lambda: "/nowhere")
    rest = ["--device", "/dev/none"] if act == "write" else [str(tmp_path)]
    assert script.main([act, str(tmp_path / "kit.img"), *rest]) == 1
    said = capsys.readouterr().err
    assert "Rien n’a été fait" in said
    assert "sudo apt-get install" in said
    assert "mtools" in said


def test_english_is_there_for_who_asks(
    desk: Desk, capsys: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")
    assert desk.write() == 1
    assert "Nothing was written, the disk is as it was." in capsys.readouterr().err
    monkeypatch.setenv("LC_ALL", "C")
    assert desk.write() == 1
    assert UNTOUCHED in capsys.readouterr().err


def spoil_root(image: Path) -> None:
    with image.open("r+b") as file:
        file.seek(disk.start_of("root-a") + 4096 + 7)
        file.write(b"?")


def wrong_sum(image: Path) -> None:
    finish.beside(image, "sha256").write_text(f"{'0' * 64}  {image.name}\n")


def empty_sum(image: Path) -> None:
    finish.beside(image, "sha256").write_text("")


def other_manifest(image: Path) -> None:
    finish.beside(image, "manifest.json").write_text("{}")


def other_signature(image: Path) -> None:
    finish.beside(image, "manifest.json.sig").write_text("{}")


def no_image(image: Path) -> None:
    image.write_bytes(b"a film about holidays" * 1000)


def strange_ring(image: Path) -> None:
    (image.parent / "ring.json").write_bytes(release.ring(bytes(32), None))


@pytest.mark.req("HZ-320")
@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (wrong_sum, "IMG-050"),
        (empty_sum, "IMG-050"),
        (other_manifest, "IMG-052"),
        (other_signature, "IMG-052"),
        (spoil_root, "IMG-053"),
        (strange_ring, "IMG-053"),
        (no_image, "IMG-055"),
    ],
)
def test_an_image_that_is_not_the_releases_own_erases_nothing(
    desk: Desk,
    capsys: Said,
    signed_image: Path,
    parts: Fake,
    spoil: Callable[[Path], None],
    code: str,
) -> None:
    subprocess.run(["cp", "--sparse=always", str(signed_image), str(desk.image)], check=True)
    ring = desk.image.parent / "ring.json"
    ring.write_bytes(parts.ring)
    desk.ring = ["--ring", str(ring)]
    spoil(desk.image)
    before = digest(desk.stick)
    assert desk.write("--yes-erase", "4C530001") == 1
    said = capsys.readouterr().err
    assert code in said
    assert UNTOUCHED in said
    assert digest(desk.stick) == before


@pytest.mark.req("HZ-320")
def test_damage_is_found_without_any_key_too(signed_image: Path, tmp_path: Path) -> None:
    image = tmp_path / "kit.img"
    subprocess.run(["cp", "--sparse=always", str(signed_image), str(image)], check=True)
    proof.prove(image, None)
    spoil_root(image)
    with pytest.raises(tools.Fault, match="root-a"):
        proof.prove(image, None)


def test_a_true_image_is_proved(signed_image: Path, parts: Fake, tmp_path: Path) -> None:
    image = tmp_path / "kit.img"
    subprocess.run(["cp", "--sparse=always", str(signed_image), str(image)], check=True)
    finish.beside(image, "sha256").write_text(f"{tools.sha256(image)}  kit.img\n")
    proof.prove(image, parts.ring)


def test_verify_says_what_is_wrong_and_what_to_do(
    signed_image: Path, tmp_path: Path, parts: Fake, capsys: Said
) -> None:
    ring = tmp_path / "ring.json"
    ring.write_bytes(parts.ring)
    assert script.main(["verify", str(signed_image), "--ring", str(ring)]) == 0
    assert "chaque partie" in capsys.readouterr().out
    strange_ring(ring)
    assert script.main(["verify", str(signed_image), "--ring", str(ring)]) == 1
    said = capsys.readouterr().out
    assert "Rien n’a été modifié" in said
    assert "--ring" in said


def test_an_interruption_before_the_first_byte_leaves_the_stick(
    desk: Desk, capsys: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(proof, "prove", stop)
    before = digest(desk.stick)
    assert desk.write("--yes-erase", "4C530001") == 1
    assert "IMG-006" in capsys.readouterr().err
    assert digest(desk.stick) == before


@pytest.mark.req("HZ-321")
@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (KeyboardInterrupt(), "IMG-047"),
        (OSError(errno.EIO, "Input/output error"), "IMG-048"),
        (tools.Fault("IMG-002", program="sfdisk", status=1, lines=""), "IMG-048"),
    ],
)
def test_a_stick_that_was_cut_is_called_unfinished(
    desk: Desk, capsys: Said, monkeypatch: pytest.MonkeyPatch, fault: BaseException, code: str
) -> None:
    """Never “nothing was written” after the first byte."""

    def cut(*_: object) -> None:
        raise fault

    monkeypatch.setattr(proof, "prove", lambda *_: None)
    monkeypatch.setattr(write, "copy", cut)
    image = digest(desk.image)
    assert desk.write("--yes-erase", "4C530001") == 1
    said = capsys.readouterr().err
    assert code in said
    assert "Cette clé est inachevée" in said
    assert UNTOUCHED not in said
    assert digest(desk.image) == image


@pytest.mark.req("HZ-212")
@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (KeyboardInterrupt(), "IMG-005"),
        (OSError(errno.ENOSPC, "No space left on device", "kit.img.half"), "IMG-003"),
        (OSError(errno.EACCES, "Permission denied", "kit.img.half"), "IMG-004"),
    ],
)
def test_a_build_that_was_cut_leaves_the_former_image(
    parts: Fake,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Said,
    fault: BaseException,
    code: str,
) -> None:
    out = tmp_path / "kit.img"
    out.write_bytes(b"the image of last month")

    def cut(half: Path, *_: object) -> None:
        half.write_bytes(b"half")
        raise fault

    building(monkeypatch, parts, cut)
    assert script.main(["--out", str(out), "--cache", str(tmp_path / "cache")]) == 1
    said = capsys.readouterr().err
    assert code in said
    assert "une image précédente est restée telle quelle" in said
    assert "Traceback" not in said
    assert out.read_bytes() == b"the image of last month"
    assert {path.name for path in tmp_path.iterdir()} == {"kit.img", "cache"}


def test_a_polite_end_is_an_interruption_too(
    parts: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Said
) -> None:
    def told(half: Path, *_: object) -> None:
        half.write_bytes(b"half")
        os.kill(os.getpid(), signal.SIGTERM)

    building(monkeypatch, parts, told)
    former = signal.signal(signal.SIGTERM, script.stop)
    try:
        code = script.main(["--out", str(tmp_path / "kit.img"), "--cache", str(tmp_path / "c")])
    finally:
        signal.signal(signal.SIGTERM, former)
    assert code == 1
    assert "IMG-005" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["c"]


def test_papers_of_a_former_image_do_not_outlive_it(
    parts: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut between the image and its papers, or unsigned after a signed one: no refusal later."""

    def cut(*_: object) -> None:
        raise KeyboardInterrupt

    out = tmp_path / "kit.img"
    for spoil in (wrong_sum, other_manifest, other_signature):
        spoil(out)
    building(monkeypatch, parts, finish.write_disk)
    monkeypatch.setattr(finish, "_bars", lambda *_: None)
    monkeypatch.setattr(finish, "_papers", cut)
    assert script.main(["--out", str(out), "--cache", str(tmp_path / "c")]) == 1
    proof.prove(out, None)


def building(monkeypatch: pytest.MonkeyPatch, parts: Fake, write_disk: Callable[..., None]) -> None:
    """A build whose parts are there and whose disk is written by this."""
    monkeypatch.setattr(tools, "missing", lambda _names: None)
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr(recipe.Recipe, "build", lambda _self: parts.made)
    monkeypatch.setattr(finish, "write_disk", write_disk)


def test_a_full_disk_is_known_in_what_a_tool_says() -> None:
    with pytest.raises(tools.Fault, match="IMG-003"):
        tools.run(["sh", "-c", "echo write failed: No space left on device >&2; exit 1"])


def test_a_step_has_a_french_name_and_json_keeps_its_own(capsys: Said) -> None:
    Progress().begins("fetch")
    Progress("json").begins("fetch")
    plain, machine = capsys.readouterr().err.splitlines()
    assert "paquets" in plain
    assert json.loads(machine)["step"] == "fetch"


def test_the_seed_of_a_prepared_kit_is_no_damage(
    signed_image: Path, parts: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = finish.rows(signed_image, parts.ring)
    seed = rows[0].__class__(f"{layout.SEED}/kit.db", Verdict.UNKNOWN, "UPD-072")
    monkeypatch.setattr(finish, "rows", lambda *_: (*rows, seed))
    proof.prove(signed_image, parts.ring)
