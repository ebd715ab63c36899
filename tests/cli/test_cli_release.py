"""The command line for releases between kits, at nodes that run and reach each other."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from kit import cli
from kit.node import release_shelf
from kit.stick import signature
from tests.node.companies import Fleet, founder, run, until, ward_kit
from tests.node.kits import Clock
from tests.stick.releases import RING, Made, release


@pytest.fixture(autouse=True)
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A root that trusts the two keys of the tests, and people who may take releases."""
    path = tmp_path / "release-keys.json"
    path.write_bytes(signature.ring_bytes(RING))
    monkeypatch.setattr(release_shelf, "KEYS", path)
    monkeypatch.setattr(release_shelf, "SPARE", 0)
    monkeypatch.setattr("kit.node.desk.Desk.permitted", lambda *_: None)


def whole(path: str, made: Made) -> bool:
    """Whether this file is the bundle, byte for byte."""
    return Path(path).read_bytes() == made.bundle()


def test_one_kit_keeps_a_release_and_another_takes_it(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """keep, list, take, drop; a version that nobody offers is refused."""
    clock = Clock()
    chief = founder(tmp_path / "s", clock)
    ward = ward_kit(chief, tmp_path / "a", clock)
    made = release("1.2.0")
    (tmp_path / "kit-1.2.0.kitupdate").write_bytes(made.bundle())

    async def scenario(fleet: Fleet) -> None:
        steering = await fleet.join(chief)
        a = await fleet.join(ward, steering)

        async def said(home: Path, *words: str) -> tuple[int, Any]:
            code = await asyncio.to_thread(cli.main, ["release", "--home", str(home), *words])
            return code, json.loads(capfdbinary.readouterr().out)

        code, answer = await said(steering.folder, "keep", str(tmp_path))
        assert (code, answer["ok"]["version"]) == (0, "1.2.0")
        await until(lambda: a.network and a.network.releases.offers, a, steering)
        _, answer = await said(a.folder, "list")
        assert [row["version"] for row in answer["ok"]["offers"]] == ["1.2.0"]
        code, answer = await said(a.folder, "take", "9.9.9")
        assert (code, answer["refused"]) == (1, "UPD-080")
        code, answer = await said(a.folder, "take", "1.2.0")
        assert (code, answer["ok"]["version"]) == (0, "1.2.0")
        assert whole(answer["ok"]["path"], made)
        assert await said(a.folder, "drop") == (0, {"ok": True})
        assert (await said(a.folder, "list"))[1]["ok"]["held"] is None

    run(scenario, clock)


def test_without_a_running_node_there_are_no_other_kits(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """It says how to start one."""
    assert cli.main(["release", "--home", str(tmp_path), "list"]) == cli.FAULT
    assert json.loads(capfdbinary.readouterr().out)["fault"] == "NOD-006"
