"""Two real kits and a stick: the services, what they answer, who may, and what a person reads."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest

from kit.core.command import Outcome
from kit.core.errors import BadInput
from kit.core.text import choose_language
from kit.node.courier import bundle_in, bundle_out
from kit.node.desk import KEY_HOLDER
from kit.node.opening import make_kit
from kit.node.segments import keep_carrying
from kit.node.service import Node
from kit.node.work import Sliced
from kit.store import vault
from kit.store.log import Circumstance
from kit.sync.courier_sentences import codes, read_text, sentence, written_text
from kit.sync.fleet import DeviceEnrolled
from tests.arch.source import modules
from tests.node.kits import NOW, Clock, ask, call, sealed_node, signed_in, ward_settings


def enrolled_pair(folder: Path) -> tuple[Node, Node]:
    """A kit that founded its fleet, and a second one that it has taken in but never met."""
    first, _phrase = signed_in(folder / "a")
    root = first.desk.kit.settings.fleet_root
    second = joined(folder / "b", root)
    enrol(first, second)
    return first, second


def joined(folder: Path, root: bytes, world: str = "TEST:kit") -> Node:
    """An empty kit of a fleet that does not know it yet."""
    settings = ward_settings()
    made, _words = make_kit(
        folder, settings.__class__(**{**as_fields(settings), "fleet_root": root, "world": world}),
        cost=vault.TEST_ONLY, clock=Clock(), ballast=4096,
    )  # fmt: skip
    node = sealed_node(folder, Clock())
    node.use(made)
    return node


def as_fields(settings: Any) -> dict[str, Any]:
    """A settings value as its fields."""
    return {name: getattr(settings, name) for name in settings.__struct_fields__}


def enrol(first: Node, second: Node, *wards: str) -> None:
    """The first kit takes the second one in."""
    kit, other = first.desk.kit, second.desk.kit.membership
    data = DeviceEnrolled(
        device=other.device, label="Kit B", role="ward", wards=wards or ("CARD",),
        exchange=other.exchange, certificate=other.certificate,
    )  # fmt: skip
    with kit.log.transaction():
        kit.log.append([Outcome(data)], Circumstance("", "", NOW, 1))
    kit.membership.settle(NOW)


def test_a_kit_that_met_nobody_is_full_after_one_stick(tmp_path: Path) -> None:
    """Directory, keys, ward, patient: all by stick, and an answer goes back on it."""
    first, second = enrolled_pair(tmp_path)
    stick = tmp_path / "stick"
    stick.mkdir()
    wrote = call(first, "bundle.out", path=str(stick))
    assert wrote["entries"] > 10
    assert wrote["text"].startswith("Saisies écrites")
    got = bundle_in(second, stick)
    assert got["refused"] == []
    assert got["stored"] == wrote["entries"]
    assert got["from"] == ["Kit d'essai"]
    assert got["notices"] == []
    assert second.desk.kit.membership.is_enrolled
    patients = second.desk.kit.db.rows("select id from patient")
    assert patients == first.desk.kit.db.rows("select id from patient")
    assert patients
    back = bundle_out(second, stick)
    assert back["entries"] > 0
    again = call(first, "bundle.in", path=str(stick))
    assert again["refused"] == []
    assert again["stored"] == back["entries"]
    assert set(again["from"]) == {"Kit B", "Kit d'essai"}
    assert bundle_out(first, stick)["text"].startswith("Les autres kits")


def test_an_older_enrolment_by_a_kit_unknown_here_waits_for_the_directory(tmp_path: Path) -> None:
    """A third kit's stick is refused until the second has heard of it, then taken."""
    first, second = enrolled_pair(tmp_path)
    third = joined(tmp_path / "c", first.desk.kit.settings.fleet_root)
    from_first, from_third = tmp_path / "one", tmp_path / "two"
    from_first.mkdir()
    from_third.mkdir()
    bundle_out(first, from_first)
    bundle_in(second, from_first)
    enrol(first, third)
    bundle_out(first, from_third)
    bundle_in(third, from_third)
    for path in from_third.iterdir():  # only what the third kit writes is left on its stick
        if path.name.startswith("kit-bundle"):
            path.rename(tmp_path / path.name)
    wrote = bundle_out(third, from_third, to=(second.desk.kit.membership.device.hex()[:16],))
    got = bundle_in(second, from_third)
    assert got["refused"] == []
    assert got["stored"] + got["known"] == wrote["entries"]
    assert got["from"] == ["Kit B"]  # the label that the enrolments of these tests give


@pytest.mark.parametrize(
    ("world", "other", "code"),
    [
        ("TEST:kit", "TEST:other", "USB-010"),
        ("REEL", "EXERCICE:plan-blanc", "USB-011"),
        ("EXERCICE:plan-blanc", "REEL", "USB-012"),
    ],
)
def test_sticks_of_another_world_are_refused_in_words(
    tmp_path: Path, world: str, other: str, code: str
) -> None:
    """A real kit never takes an exercise's entries, nor the other way round."""
    from kit.core.envelope import fleet_id
    from kit.core.replication import Vector
    from kit.sync.courier import Inside, Manifest, Reader, write_manifest

    root = b"r" * 32
    here = Reader(
        fleet_id(root, world), world.startswith("EXERCICE"), b"d" * 32,
        lambda *_args: True, lambda _box: None,
    )  # fmt: skip
    foreign = Manifest(
        1, fleet_id(root, other), other.startswith("EXERCICE"), b"a" * 32, b"n" * 8, {}, b""
    )
    data = write_manifest(
        foreign, Inside(NOW, "1", Vector({})), {0: b"k" * 32}, {}, lambda _content: b"s" * 64
    )
    with pytest.raises(BadInput) as caught:
        here.read(data)
    assert caught.value.code == code
    assert sentence(code, {}).count(" — ") == 2


def test_only_who_works_here_carries_a_bundle(tmp_path: Path) -> None:
    """A nurse may; an auditor and nobody may not."""
    node, _phrase = signed_in(tmp_path / "a", profession="AUD")
    for service in ("bundle.out", "bundle.in"):
        assert call(node, service, path=str(tmp_path))["refused"]["code"] == "permission.denied"
    call(node, "lock")
    assert call(node, "bundle.in", path=str(tmp_path))["refused"]["code"] == "permission.denied"


def test_a_bundle_can_be_stopped(tmp_path: Path) -> None:
    """`cancel {job: "bundle"}` reaches it."""
    first, _second = enrolled_pair(tmp_path)
    work = first.begin({"call": "bundle.out", "args": {"path": str(tmp_path)}})
    assert isinstance(work, Sliced)
    assert call(first, "cancel", job="bundle") is True
    assert work.cancelled
    work.steps.close()


def test_a_stick_that_does_not_work_is_told_in_words(tmp_path: Path) -> None:
    """As a fault with its sentence, which says what happened, what it means and what to do."""
    first, _second = enrolled_pair(tmp_path)
    answered = call(first, "bundle.in", path=str(tmp_path / "gone"))
    assert answered["fault"]["code"] == "USB-002"
    assert "rebranchez" in answered["fault"]["args"]["text"]


def test_every_code_has_a_sentence_in_three_parts() -> None:
    """What happened — what it means — what to do; in French and in English."""
    raised = {
        code
        for module in modules()
        if "courier" in module.name or "segment" in module.name or module.name.endswith("stream.py")
        for code in re.findall(r"\"(USB-\d{3})\"", module.text)
    }
    assert raised <= set(codes())
    for language in ("fr", "en"):
        choose_language(language)
        for code in codes():
            assert sentence(code, {}).count(" — ") == 2, code
    assert "SYN-999" in sentence("SYN-999", {})


def test_what_a_report_says() -> None:
    """Counts, senders, and whether anything was refused."""
    assert read_text(0, 12, 0, ["A"]).startswith("Tout ce que contient")
    assert "Non prises : 3" in read_text(5, 0, 3, []).replace("\u00a0", " ")
    assert "De : A, B." in read_text(5, 0, 0, ["A", "B"]).replace("\u00a0", " ")
    assert "0,1" in written_text(1, 2, 300)


def test_two_kits_agree_on_their_tables_after_the_stick(tmp_path: Path) -> None:
    """What one nurse reads, the other reads."""
    first, second = enrolled_pair(tmp_path)
    stick = tmp_path / "stick"
    stick.mkdir()
    bundle_out(first, stick)
    bundle_in(second, next(stick.glob("kit-bundle-*")))  # a person may choose the bundle itself
    said = [
        [(one["person"], one["name"], one["profession"]) for one in ask(node, "person.list")]
        for node in (first, second)
    ]
    assert said[0] == said[1]
    assert said[0]


def test_two_kits_share_a_folder(tmp_path: Path) -> None:
    """The service gives it, one round on each side carries; the node's own loop does the same."""
    first, second = enrolled_pair(tmp_path)
    folder = tmp_path / "shared"
    folder.mkdir()
    assert call(first, "segments.use", path=str(folder / "away"))["fault"]["code"] == "USB-002"
    assert call(first, "segments.round")["fault"]["code"] == "USB-002"
    assert call(first, "segments.use", path=str(folder)) == {"path": str(folder)}
    wrote = call(first, "segments.round")
    assert wrote["written"] > 10
    second.who = KEY_HOLDER
    assert second.begin({"call": "segments.use", "args": {"path": str(folder)}}, KEY_HOLDER)

    async def carry() -> None:
        enrolled = asyncio.Event()

        def heard(_topics: set[str]) -> None:
            if second.desk.kit.membership.is_enrolled:
                enrolled.set()

        second.desk.listeners.append(heard)
        task = asyncio.create_task(keep_carrying(second, 0.01))
        await enrolled.wait()
        second.close()
        await task

    asyncio.run(asyncio.wait_for(carry(), 60))


def test_a_shared_folder_is_given_by_who_works_here(tmp_path: Path) -> None:
    """Not by an auditor."""
    node, _phrase = signed_in(tmp_path / "a", profession="AUD")
    answered = call(node, "segments.use", path=str(tmp_path))
    assert answered["refused"]["code"] == "permission.denied"
