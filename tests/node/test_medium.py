"""A kit on its own stick: the words open the place first, the kit in it then, and nothing is lost.

The keeper is the real one on a machine of files (`tests.stick.machines`), behind a real socket.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kit.core.errors import Refused, Unavailable
from kit.node import envelope
from kit.node.keeper_line import KeeperLine
from kit.node.medium_opening import close_medium
from kit.node.opening import Making, found_kit
from kit.node.service import Node
from kit.node.work import Sliced
from kit.paper.card import RootSheets, root_pdf
from kit.stick import disks, layout, persistence
from kit.stick.layout import NEW_DATA
from kit.store import phrase, vault
from kit.store.home import Home
from tests.conftest import ROOT
from tests.node.kits import PIN, Clock, call, sealed_node, ward_settings
from tests.node.test_courier import enrol, joined
from tests.stick.doors import Served
from tests.stick.keeper_on_files import keeper_of
from tests.stick.machines import MIB, Bench, needs_tools

pytestmark = needs_tools
FIRST_RUN = {"capsule": "ward", "hospital": "CH d'essai", "ward": "CARD", "world": "TEST:kit"}
OTHERS = " ".join(phrase.generate(lambda count: bytes(range(count))))


class Stick:
    """A machine that runs from a stick, its keeper, and one node at a time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bench = Bench(folder / "m")
        self.bench.stick()
        self._door: Served | None = None
        self.node = self.start()

    def start(self) -> Node:
        """Keeper and node, as after switching on."""
        keeper = keeper_of(self.bench)
        keeper.begin()
        self._door = Served(self.folder, keeper.acts(), (os.getuid(),))
        self.node = sealed_node(self.bench.machine.persist / "app", Clock())
        self.node.keeper = KeeperLine(self._door.path)
        return self.node

    def restart(self) -> Node:
        """Power cut, and on again."""
        self.stop()
        self.bench.power_cut()
        return self.start()

    def stop(self) -> None:
        """Everything down."""
        self.node.close()
        if self._door is not None:
            self._door.close()
            self._door = None

    def labels(self) -> list[str]:
        """The names in the stick's table."""
        table = disks.read_table(self.bench.machine, "sda")
        return [one.label for one in table.partitions]

    def seed(self) -> str:
        """A prepared kit on the ESP; its words."""
        kit, words = found_kit(
            self.bench.volume("sda2") / layout.SEED, ward_settings(),
            Making(cost=vault.TEST_ONLY, clock=Clock(), ballast=4096),
        )  # fmt: skip
        kit.close()
        return " ".join(words)


@pytest.fixture
def stick(tmp_path: Path) -> Iterator[Stick]:
    """A fresh stick, started."""
    stick = Stick(tmp_path)
    yield stick
    stick.stop()


def created(stick: Stick, *, proven: bool = True) -> str:
    """A first run; its words."""
    words = call(stick.node, "create", **FIRST_RUN)["words"]
    if proven:
        assert call(stick.node, "phrase.proven") is True
    return " ".join(words)


def code(answer: Any) -> str:
    """The code of a refusal or a fault."""
    said = answer.get("refused") or answer.get("fault") or {}
    return str(said.get("code", ""))


def test_a_developers_machine_has_no_stick(tmp_path: Path) -> None:
    """All is as on any computer; what needs a stick says so."""
    node = sealed_node(tmp_path)
    node.keeper = KeeperLine(tmp_path / "none.sock")
    said = call(node, "hello")
    assert (said["medium"], said["has_kit"]) == ({"medium": "none"}, False)
    for service in ("medium.drives", "medium.unlock", "medium.clone", "medium.poweroff"):
        assert code(call(node, service)) == "KEY-020"
    assert call(node, "create", **FIRST_RUN)["words"]


def test_first_run_then_power_cut_then_the_same_words_open_both(stick: Stick) -> None:
    """What was enrolled is there again; other words open nothing and change nothing."""
    said = call(stick.node, "hello")
    assert (said["medium"]["medium"], said["has_kit"]) == ("absent", False)
    words = created(stick)
    call(stick.node, "enrol", name="Claire DUBOIS", profession="IDE", pin=PIN)
    node = stick.restart()
    said = call(node, "hello")
    assert (said["medium"]["medium"], said["has_kit"], said["open"]) == ("locked", True, False)
    assert code(call(node, "unlock", phrase=OTHERS)) == "KEY-027"
    assert code(call(node, "unlock", phrase="abeille abeille")) == "STO-031"
    assert call(node, "hello")["medium"]["medium"] == "locked"
    shouted = words.upper().replace(" ", "  - ")
    assert call(node, "unlock", phrase=shouted)["ward"] == "CARD"
    people = node.handle({"id": 1, "ask": "person.list", "args": {}})["ok"]
    assert [one["name"] for one in people] == ["Claire DUBOIS"]


def test_a_kit_that_is_sealed_on_purpose_closes_its_place(stick: Stick) -> None:
    """The key leaves the kernel too; a window that was only closed leaves it open."""
    created(stick)
    stick.node.close()
    close_medium(stick.node)
    assert stick.node.keeper.status()["medium"] == "open"
    call(stick.node, "seal")
    close_medium(stick.node)
    assert stick.node.keeper.status()["medium"] == "locked"


def test_progress_is_told_step_by_step(stick: Stick) -> None:
    """A first run takes a minute on an old PC; the screen shows which step it is at."""
    work = stick.node.begin({"id": 1, "call": "create", "args": FIRST_RUN})
    assert isinstance(work, Sliced)
    told = {step["step"] for step in work.steps}
    assert {"probe", "format", "file_system"} <= told
    assert work.job == "medium"


def test_words_that_nobody_wrote_down_do_not_lock_the_stick_up(stick: Stick) -> None:
    """Power fails before the words are proven: the first run begins again."""
    created(stick, proven=False)
    assert call(stick.node, "hello")["medium"]["unproven"] is True
    node = stick.restart()
    said = call(node, "hello")
    assert (said["medium"]["medium"], said["has_kit"]) == ("absent", False)
    words = created(stick)
    assert stick.labels().count(layout.DATA) == 1
    assert call(stick.restart(), "unlock", phrase=words)["ward"] == "CARD"


def test_going_back_in_the_first_run_makes_it_anew(stick: Stick) -> None:
    """The window closed on the words; without a power cut too."""
    created(stick, proven=False)
    stick.node.close()
    words = created(stick)
    assert call(stick.restart(), "unlock", phrase=words)["ward"] == "CARD"


def test_a_kit_of_somebody_is_never_made_anew(stick: Stick) -> None:
    """Neither open nor locked."""
    words = created(stick)
    assert code(call(stick.node, "create", **FIRST_RUN)) == "KEY-022"
    node = stick.restart()
    assert code(call(node, "create", **FIRST_RUN)) == "KEY-022"
    assert call(node, "unlock", phrase=words)["ward"] == "CARD"


def test_a_prepared_stick_opens_with_its_cards_words_alone(stick: Stick) -> None:
    """Others make nothing; its own make the place, the kit moves in, the seed is erased."""
    words = stick.seed()
    said = call(stick.node, "hello")
    assert (said["medium"]["medium"], said["medium"]["seed"], said["has_kit"]) == (
        "absent", True, True,
    )  # fmt: skip
    assert code(call(stick.node, "unlock", phrase=OTHERS)) == "KEY-033"
    assert stick.labels() == [part.label for part in layout.IMAGE_PARTS]
    node = stick.restart()
    assert call(node, "unlock", phrase=words)["ward"] == "CARD"
    said = call(node, "hello")["medium"]
    assert (said["medium"], said["seed"], said["unproven"]) == ("open", False, False)
    assert not list((stick.bench.volume("sda2") / layout.SEED).glob("*"))
    assert call(stick.restart(), "unlock", phrase=words)["ward"] == "CARD"


def test_a_cut_before_the_prepared_kit_is_open_starts_over(stick: Stick) -> None:
    """The seed is still there, so the half-made place is made again."""
    words = stick.seed()
    assert call(stick.node, "medium.create", phrase=words)["medium"] == "open"
    assert NEW_DATA in stick.labels()
    node = stick.restart()
    assert call(node, "hello")["medium"]["medium"] == "absent"
    assert call(node, "unlock", phrase=words)["ward"] == "CARD"
    assert not call(node, "hello")["medium"]["seed"]


def test_a_cut_before_the_seed_is_erased_erases_it_next_time(stick: Stick) -> None:
    """There is never a moment without the kit, and it is never copied over one in use."""
    words = stick.seed()
    seed = stick.bench.volume("sda2") / layout.SEED
    before = {path.name: path.read_bytes() for path in seed.iterdir() if path.is_file()}
    call(stick.node, "unlock", phrase=words)
    call(stick.node, "enrol", name="Claire DUBOIS", profession="IDE", pin=PIN)
    node = stick.restart()
    seed.mkdir(exist_ok=True)
    for name, data in before.items():
        (seed / name).write_bytes(data)
    assert call(node, "unlock", phrase=words)["ward"] == "CARD"
    assert len(node.handle({"id": 1, "ask": "person.list", "args": {}})["ok"]) == 1
    assert not call(node, "hello")["medium"]["seed"]


def test_the_seed_of_another_kit_is_left_alone(stick: Stick) -> None:
    """It was put there for later, on a stick in use."""
    words = created(stick)
    stick.seed()
    node = stick.restart()
    assert call(node, "unlock", phrase=words)["ward"] == "CARD"
    assert call(node, "hello")["medium"]["seed"] is True


def test_work_goes_on_in_memory_beside_a_damaged_place(stick: Stick) -> None:
    """Refused in words, then without it: a kit for this session, the place untouched."""
    created(stick)
    node = stick.restart()
    stick.bench.fail["e2fsck"] = 4
    assert code(call(node, "unlock", phrase=OTHERS)) == "KEY-027"
    with stick.bench.machine.device("sda7").open("r+b") as file:
        file.write(bytes(8 * MIB))
    assert code(call(node, "medium.unlock", phrase=OTHERS)) == "KEY-028"
    assert call(node, "medium.work_without") == {"medium": "open"}
    assert call(node, "create", **FIRST_RUN)["words"]
    assert call(node, "hello")["medium"]["in_memory"] is True
    assert stick.labels().count(layout.DATA) == 1


def test_a_silent_keeper_is_said_and_nothing_is_made(tmp_path: Path) -> None:
    """A kit made beside the place would be gone at power-off."""
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listening.bind(str(tmp_path / "keeper.sock"))
    listening.close()
    node = sealed_node(tmp_path / "app")
    node.keeper = KeeperLine(tmp_path / "keeper.sock")
    assert call(node, "hello")["medium"] == {"medium": "locked", "fault": "KEY-006"}
    assert code(call(node, "create", **FIRST_RUN)) == "KEY-006"
    assert code(call(node, "unlock", phrase=OTHERS)) == "KEY-006"
    assert not (tmp_path / "app").exists()


def test_a_bundle_goes_to_a_drive_that_is_taken_off_again(stick: Stick, tmp_path: Path) -> None:
    """Writable for the time of the bundle alone, and never another disk."""
    stick.bench.disk("sdb", 8 * MIB, usb=True, serial="USB42")
    stick.bench.fat("sdb")
    created(stick)
    made = call(stick.node, "enrol", name="Claire DUBOIS", profession="CAD", pin=PIN)
    call(stick.node, "sign_in", person=made["answer"]["person"], pin=PIN)
    enrol(stick.node, joined(tmp_path / "b", stick.node.desk.kit.settings.fleet_root))
    drives = call(stick.node, "medium.drives")["drives"]
    assert [(one["device"], one["serial"], one["label"]) for one in drives] == [
        ("sdb", "USB42", "ECHANGE")
    ]
    stick.bench.ran.clear()
    said = call(stick.node, "bundle.out", device="sdb")
    assert said.get("ejected") is True, said
    assert any(stick.bench.volume("sdb1").iterdir())
    ran = [" ".join(one.words) for one in stick.bench.ran]
    assert sum("--setrw" in one for one in ran) == sum("--setro" in one for one in ran) == 2
    assert stick.bench.written_devices() == {"sdb", "sdb1"}
    assert call(stick.node, "bundle.in", device="sdb")["ejected"] is True
    assert code(call(stick.node, "bundle.out", device="sda")) == "KEY-030"
    work = stick.node.begin({"id": 1, "call": "bundle.out", "args": {"device": "sdb"}})
    assert isinstance(work, Sliced)
    for step in work.steps:
        if "done" in step and drive_is_open(stick):
            break
    work.steps.close()
    assert not drive_is_open(stick)


@pytest.mark.req("HZ-272")
def test_a_pdf_goes_to_a_drive_that_is_taken_off_again(stick: Stick) -> None:
    """Beside what is there, never over it; by who may print, and never onto the running stick."""
    stick.bench.disk("sdb", 8 * MIB, usb=True, serial="USB42")
    stick.bench.fat("sdb")
    created(stick)
    made = call(stick.node, "enrol", name="Claire DUBOIS", profession="CAD", pin=PIN)
    call(stick.node, "sign_in", person=made["answer"]["person"], pin=PIN)
    job = call(stick.node, "print.render", document="blank:MEDA")["job"]
    save = {"job": job, "device": "sdb", "name": "../CARD-a:b.pdf"}
    said = call(stick.node, "print.save", **save)
    assert (said["path"], said["pages"], said["ejected"]) == ("CARD-a-b.pdf", 1, True)
    assert call(stick.node, "print.save", **save)["path"] == "CARD-a-b-2.pdf"
    found = sorted(stick.bench.volume("sdb1").iterdir())
    assert [path.name for path in found] == ["CARD-a-b-2.pdf", "CARD-a-b.pdf"]
    assert all(path.read_bytes().startswith(b"%PDF") for path in found)
    assert not drive_is_open(stick)
    assert code(call(stick.node, "print.save", **{**save, "device": "sda"})) == "KEY-030"
    assert code(call(stick.node, "print.save", **{**save, "job": "gone"})) == "PRN-020"
    call(stick.node, "lock")
    assert code(call(stick.node, "print.save", **save)).startswith("permission.")
    assert not drive_is_open(stick)
    assert len(list(stick.bench.volume("sdb1").iterdir())) == 2


def chief(stick: Stick) -> str:
    """A stick's kit with somebody who may change its words; the words."""
    words = created(stick)
    made = call(stick.node, "enrol", name="Ada MARTIN", profession="SI", pin=PIN)
    call(stick.node, "sign_in", person=made["answer"]["person"], pin=PIN)
    return words


def opens(stick: Stick, words: str) -> bool:
    """Whether these words open stick and kit after a power cut."""
    said = call(stick.restart(), "unlock", phrase=words)
    assert "ward" in said or code(said) in {"KEY-027", "STO-022"}, said
    return "ward" in said


@pytest.mark.req("HZ-274")
def test_other_words_are_drawn_typed_back_and_then_open_stick_and_kit(stick: Stick) -> None:
    """Not by anybody; not before they were typed back; the safe's words go on opening."""
    old = created(stick)
    made = call(stick.node, "enrol", name="Ada MARTIN", profession="SI", pin=PIN)
    assert code(call(stick.node, "phrase.draw")).startswith("permission.")
    call(stick.node, "sign_in", person=made["answer"]["person"], pin=PIN)
    safe = " ".join(call(stick.node, "medium.recovery", phrase=old)["words"])
    new = " ".join(call(stick.node, "phrase.draw")["words"])
    assert code(call(stick.node, "phrase.change", phrase=old, words=OTHERS)) == "KEY-061"
    assert code(call(stick.node, "phrase.change", phrase=OTHERS, words=new)) == "STO-022"
    new = " ".join(call(stick.node, "phrase.draw")["words"])
    time_passes(stick)
    assert call(stick.node, "phrase.change", phrase=old, words=new) == {"changed": True}
    assert [opens(stick, words) for words in (new, old, safe)] == [True, False, True]
    assert opens(stick, new)


def time_passes(stick: Stick) -> None:
    """The wait after wrong words is over."""
    Home(stick.node.folder).tries.unlink()


@pytest.mark.req("HZ-274")
@pytest.mark.parametrize("cut", ["before the stick", "in the stick", "after the stick"])
def test_a_power_cut_leaves_words_that_open_stick_and_kit(
    stick: Stick, monkeypatch: pytest.MonkeyPatch, cut: str
) -> None:
    """Whatever opens the stick opens the kit; the other words open neither from then on."""
    old = chief(stick)
    new = " ".join(call(stick.node, "phrase.draw")["words"])
    if cut == "before the stick":
        vault.add_phrase(stick.node.desk.kit.home, old, new, vault.system_random)
        assert code(call(stick.node, "medium.recovery", phrase=old)) == "STO-035"
    elif cut == "in the stick":
        stick.bench.fail["luksChangeKey"] = 1
        assert code(call(stick.node, "phrase.change", phrase=old, words=new)) == "KEY-063"
        stick.bench.fail.clear()
    else:
        monkeypatch.setattr(vault, "settle_phrase", gone)
        assert code(call(stick.node, "phrase.change", phrase=old, words=new)) == "STO-011"
        monkeypatch.undo()
    changed = cut == "after the stick"
    assert opens(stick, new) is changed
    assert opens(stick, old) is not changed
    assert opens(stick, new if changed else old)
    assert not vault.is_changing(Home(stick.node.folder))


def gone(*_any: Any) -> None:
    """The power, at this moment."""
    raise Unavailable("STO-011")


def drive_is_open(stick: Stick) -> bool:
    """Whether a drive is mounted."""
    return any((stick.bench.machine.media).glob("*"))


def test_the_envelopes_words_open_stick_and_kit_and_a_new_one_ends_the_old(stick: Stick) -> None:
    """Made by somebody who may, with the phrase; the phrase itself goes on opening."""
    words = created(stick)
    made = call(stick.node, "enrol", name="Ada MARTIN", profession="SI", pin=PIN)
    assert code(call(stick.node, "medium.recovery", phrase=words)).startswith("permission.")
    call(stick.node, "sign_in", person=made["answer"]["person"], pin=PIN)
    assert code(call(stick.node, "medium.recovery", phrase=OTHERS)) == "STO-022"
    old, new = (
        " ".join(call(stick.node, "medium.recovery", phrase=words)["words"]) for _ in range(2)
    )
    assert call(stick.restart(), "unlock", phrase=new)["ward"] == "CARD"
    assert call(stick.restart(), "unlock", phrase=words)["ward"] == "CARD"
    assert code(call(stick.restart(), "unlock", phrase=old)) == "KEY-027"


def test_a_keeper_in_a_process_of_its_own(tmp_path: Path) -> None:
    """The same over a process boundary, as on the stick."""
    path = tmp_path / "keeper.sock"
    words = [sys.executable, "-m", "tests.stick.keeper_on_files", str(tmp_path / "m"), str(path)]
    with subprocess.Popen(
        [*words, str(os.getuid())], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as keeper:
        try:
            assert keeper.stdout is not None
            assert keeper.stdout.readline() == "up\n"
            node = sealed_node(tmp_path / "m/persist/app", Clock())
            node.keeper = KeeperLine(path)
            assert call(node, "create", **FIRST_RUN)["words"]
            assert call(node, "phrase.proven") is True
            assert call(node, "hello")["medium"]["unproven"] is False
        finally:
            keeper.kill()


def test_the_least_room_is_that_of_the_study() -> None:
    """usb-image.md §5.4: 8 GB; only the image's own test asks for less."""
    assert persistence.LEAST_DATA_BYTES == 8_000_000_000
    assert isinstance(KeeperLine(Path("/nonexistent")).ask("status"), Refused)


@pytest.mark.req("HZ-272")
def test_the_roots_envelope_goes_to_a_drive_and_is_proven_from_it(
    stick: Stick, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Never onto the running stick; a drive that fails leaves what was printed before in force."""
    printed: list[RootSheets] = []

    def pdf(sheets: RootSheets, tongue: str) -> bytes:
        printed.append(sheets)
        return root_pdf(sheets, tongue)

    monkeypatch.setattr(envelope, "root_pdf", pdf)
    stick.bench.disk("sdb", 8 * MIB, usb=True, serial="USB42")
    stick.bench.fat("sdb")
    chief(stick)
    said = call(stick.node, "envelope.print", device="sdb", name="enveloppe-racine.pdf")
    assert (said["path"], said["ejected"]) == ("enveloppe-racine.pdf", True)
    assert not drive_is_open(stick)
    [made] = stick.bench.volume("sdb1").iterdir()
    assert made.read_bytes().startswith(b"%PDF")
    assert code(call(stick.node, "envelope.print", device="sda", name="x")) == "KEY-030"
    words = " ".join(printed[0].words)
    assert call(stick.node, "envelope.prove", words=words) == {"forgotten": True}
