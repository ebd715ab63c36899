"""An update of a stick, and the power failing at every single thing that it does."""

from __future__ import annotations

import contextlib
import hashlib
import os
import random
import shutil
from pathlib import Path
from typing import Any

import pytest

from kit.core.errors import KitError, Refused
from kit.stick import apply as updates
from kit.stick import boot, layout, slots
from kit.stick.boot import EspFolder
from kit.stick.slots import Slots
from tests.stick.power import Power, PowerCut
from tests.stick.releases import (
    STRANGER,
    Made,
    Stick,
    fill_slot,
    opening,
    opening_bytes,
    release,
    starts,
)


def quiet(_done: int, _total: int, _step: str) -> None:
    """Nobody looks."""


def update(stick: Stick, made: Made, *, confirmed: bool = False, progress: Any = quiet) -> Any:
    """Apply a release to a stick."""
    with stick.medium() as medium:
        return updates.apply(medium, opening(made), confirmed=confirmed, progress=progress)


@pytest.fixture
def stick(tmp_path: Path, old: Made, blank: Path) -> Stick:
    """A stick that runs the old release."""
    return Stick(tmp_path / "stick", old, blank)


def test_the_new_release_starts_next_and_the_old_one_is_behind_it(
    stick: Stick, old: Made, new: Made
) -> None:
    """The other slot is chosen first; everything in it is the new release."""
    steps: list[tuple[int, int, str]] = []
    done = update(stick, new, progress=lambda *told: steps.append(told))
    assert done.manifest == new.manifest
    assert starts(stick.image, stick.esp, (old, new)) == ["1.1.0"]
    variables = boot.environment(stick.esp) or {}
    assert variables["other"] == "stays"
    assert variables["data_b"] == "11111111-0000-4000-8000-000000000005"
    assert {step for _, _, step in steps} == {"checking", "writing", "reading"}
    assert all(count <= total for count, total, _ in steps)


@pytest.fixture(scope="session")
def older() -> Made:
    """What lies in the other slot before the update."""
    return release("0.9.0", blocks=200)


@pytest.mark.slow
@pytest.mark.req("HZ-230")
@pytest.mark.parametrize("fate", ["kept", "lost", "torn"])
def test_a_power_cut_at_any_moment_leaves_a_stick_that_starts(
    tmp_path: Path, old: Made, new: Made, older: Made, blank: Path, fate: str
) -> None:
    """Cut before each write, flush, renaming and removal in turn: old or new starts, at once.

    And where the running slot has bad luck and uses up its tries, nothing half written is tried.
    """
    known = (older, old, new)
    template = Stick(tmp_path / "template", old, blank)
    fill_slot(template.image, template.esp, "b", older)
    template.esp.write_env(slots.written(Slots("a", {"a": 3, "b": 3}), {}))
    cut, ended = 0, False
    outcomes = set()
    while not ended:
        cut += 1
        folder = tmp_path / "stick"
        shutil.copytree(template.folder.parent, folder)
        stick = Stick.again(folder, old)
        power = Power(folder, cut, fate, random.Random(cut))
        with pytest.MonkeyPatch.context() as patch:
            power.install(patch)
            try:
                update(stick, new)
                ended = True
            except PowerCut:
                pass
        power.settle()
        tried = starts(stick.image, stick.esp, known)
        assert tried in (["1.0.0"], ["1.1.0"]), (cut, tried)
        outcomes.add(tried[-1])
        state = slots.read(boot.environment(stick.esp))
        unlucky = Slots(state.first, state.left | {state.first: 0})
        assert "" not in starts(stick.image, stick.esp, known, unlucky), cut
        shutil.rmtree(folder)
    assert outcomes == {"1.0.0", "1.1.0"}


@pytest.mark.parametrize("at", range(1, 30))
def test_a_power_cut_while_a_start_is_marked_good_changes_nothing_that_starts(
    tmp_path: Path, old: Made, blank: Path, at: int
) -> None:
    """The rescue copy is written meanwhile; the slot itself is never touched."""
    stick = Stick(tmp_path, old, blank)
    stick.esp.write_env(slots.written(Slots("a", {"a": 1, "b": 0}), {}))
    power = Power(tmp_path, at, "torn", random.Random(at))
    with pytest.MonkeyPatch.context() as patch:
        power.install(patch)
        with contextlib.suppress(PowerCut):
            updates.mark_good(stick.esp, "a")
    power.settle()
    assert starts(stick.image, stick.esp, (old,)) == ["1.0.0"]
    updates.mark_good(stick.esp, "a")
    assert slots.read(boot.environment(stick.esp)).left["a"] == layout.TRIES
    for name in (layout.KERNEL, layout.INITRD):
        assert boot.sha256(stick.esp, f"{layout.RESCUE}/{name}") == digest(old.parts[name])


def digest(data: bytes) -> str:
    """In hex."""
    return hashlib.sha256(data).hexdigest()


def test_the_rescue_copy_is_written_once(stick: Stick) -> None:
    """Marking good at every start costs a flash cell nothing."""
    updates.mark_good(stick.esp, "a")
    before = {path: path.stat().st_mtime_ns for path in stick.folder.rglob("*")}
    updates.mark_good(stick.esp, "a")
    assert {path: path.stat().st_mtime_ns for path in stick.folder.rglob("*")} == before


def untouched(stick: Stick) -> str:
    """Everything that a stick holds, as one digest."""
    state = hashlib.sha256(stick.image.read_bytes())
    for path in sorted(stick.folder.rglob("*")):
        state.update(path.name.encode() + (path.read_bytes() if path.is_file() else b""))
    return state.hexdigest()


@pytest.mark.req("HZ-233")
@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("unsigned", "UPD-002"),
        ("cut off", "UPD-041"),
        ("flipped", "UPD-042"),
        ("no bundle", "UPD-040"),
    ],
)
def test_a_bad_bundle_is_refused_before_a_byte_is_written(
    stick: Stick, new: Made, kind: str, code: str
) -> None:
    """The whole file is read and checked first, its last part too."""
    whole = new.bundle()
    data = {
        "unsigned": release("9.0.0", seed=STRANGER).bundle(),
        "cut off": whole[:-700],
        "flipped": whole[:-2000] + bytes([whole[-2000] ^ 1]) + whole[-1999:],
        "no bundle": b"\x89PNG" + bytes(5000),
    }[kind]
    before = untouched(stick)
    with stick.medium() as medium, pytest.raises(KitError) as fault:
        updates.apply(medium, opening_bytes(data), confirmed=True, progress=quiet)
    assert fault.value.code == code
    assert untouched(stick) == before


@pytest.mark.req("HZ-234")
def test_an_older_release_needs_somebody_who_confirms(stick: Stick, older: Made) -> None:
    """Signed, whole, and refused; then taken because an administrator means it."""
    before = untouched(stick)
    answer = update(stick, older)
    assert isinstance(answer, Refused)
    assert (answer.code, answer.args["version"]) == ("UPD-034", "0.9.0")
    assert untouched(stick) == before
    assert not isinstance(update(stick, older, confirmed=True), Refused)
    assert starts(stick.image, stick.esp, (older, stick.made)) == ["0.9.0"]


def test_a_release_larger_than_its_slot_is_refused(stick: Stick) -> None:
    """Before anything is written."""
    before = untouched(stick)
    answer = update(stick, release("2.0.0", blocks=600))
    assert isinstance(answer, Refused)
    assert answer.code == "UPD-050"
    assert untouched(stick) == before


def test_a_full_boot_part_is_refused(
    stick: Stick, new: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files are written beside those they replace, so there must be room for both."""
    monkeypatch.setattr(EspFolder, "free", lambda _self: 100_000)
    answer = update(stick, new)
    assert isinstance(answer, Refused)
    assert answer.code == "UPD-051"


@pytest.mark.req("HZ-236")
def test_a_stick_that_does_not_give_back_what_was_written_is_not_started_from(
    stick: Stick, old: Made, new: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A dying or lying stick: the new slot is read whole, from the medium, before it counts."""
    real = os.pwrite
    lost = layout.MIB  # the second MiB of the root

    def forgetful(fd: int, data: Any, at: int) -> int:
        if len(data) > 100_000 and len(data) != lost:
            return len(data)
        return real(fd, data, at)

    monkeypatch.setattr(os, "pwrite", forgetful)
    with pytest.raises(KitError) as fault:
        update(stick, new)
    assert fault.value.code == "UPD-052"
    assert starts(stick.image, stick.esp, (old, new)) == ["1.0.0"]


def test_a_stick_with_one_slot_only_says_what_to_do(
    stick: Stick, new: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The distributed file ends behind slot a; the first start adds the rest."""
    with stick.medium() as medium:
        table = medium.disk.table
        monkeypatch.setattr(medium.disk, "table", layout_without_b(table))
        answer = updates.apply(medium, opening(new), confirmed=False, progress=quiet)
    assert isinstance(answer, Refused)
    assert answer.args == {"label": "root-b"}


def layout_without_b(table: Any) -> Any:
    """The table of a new image."""
    return type(table)(table.disk, table.extents[:4], whole=True)


def test_whoever_stops_an_update_keeps_the_old_release(stick: Stick, old: Made, new: Made) -> None:
    """What `progress` raises ends the work; the other slot stays closed."""

    class StopError(Exception):
        pass

    def stop(done: int, total: int, step: str) -> None:
        if step == updates.READING:
            raise StopError

    with pytest.raises(StopError):
        update(stick, new, progress=stop)
    assert starts(stick.image, stick.esp, (old, new)) == ["1.0.0"]
    assert slots.read(boot.environment(stick.esp)).left["b"] == 0
    assert not isinstance(update(stick, new), Refused)
    assert starts(stick.image, stick.esp, (old, new)) == ["1.1.0"]
