"""A release goes from kit to kit on their lines, and only a signed one is kept."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from kit.core.errors import KitError, Refused
from kit.node import release as releases
from kit.node import release_shelf
from kit.node.release import Releases
from kit.node.release_fetch import FIRST_PART, prepared
from kit.node.release_shelf import ReleaseShelf
from kit.node.service import Node
from kit.node.work import carried_out
from kit.stick import signature
from kit.stick.bundle import blocks
from kit.stick.signature import Ring
from tests.node.companies import Fleet, founder, run, until, ward_kit
from tests.node.kits import Clock
from tests.stick.releases import RING, STRANGER, Made, release


@pytest.fixture(autouse=True)
def keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The root of this system trusts the two keys of the tests."""
    path = tmp_path / "release-keys.json"
    path.write_bytes(signature.ring_bytes(RING))
    monkeypatch.setattr(release_shelf, "KEYS", path)
    monkeypatch.setattr(release_shelf, "SPARE", 0)
    return path


@pytest.fixture(scope="module")
def made() -> Made:
    """Three MiB: several blocks of two sizes."""
    return release("1.2.0", blocks=700)


def of(node: Node) -> Releases:
    """The releases of a node that is among others."""
    assert node.network is not None
    return node.network.releases


def kept(node: Node, made: Made, folder: Path) -> None:
    """Keep a bundle on a node, as from a stick."""
    path = folder / "kit-1.2.0.kitupdate"
    path.write_bytes(made.bundle())
    work = releases._keep(node, {"path": str(path)})
    assert not isinstance(work, Refused)
    assert work.drain()["version"] == made.manifest.version


@pytest.fixture
def allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody who may take releases sits at every kit."""
    monkeypatch.setattr("kit.node.desk.Desk.permitted", lambda *_: None)


def fetched(node: Node, made: Made) -> Callable[[], bool]:
    """Whether a node has the release, whole."""

    def look() -> bool:
        shelf = of(node).shelf
        return shelf.path is not None and shelf.path.read_bytes() == made.bundle()

    return look


def ask(node: Node, name: str = "") -> Any:
    """Ask for the one release that is offered, or for one by name."""
    offered = releases._rows(node, {})["offers"]
    return releases._take(node, {"name": name or offered[0]["name"]})


@pytest.mark.usefixtures("allowed")
def test_a_release_kept_by_steering_is_fetched_and_then_offered_by_a_ward_kit(
    tmp_path: Path, made: Made
) -> None:
    """Offered by itself, fetched when a person asks, byte for byte; the third asks either."""
    clock = Clock()
    chief = founder(tmp_path / "s", clock)
    kits = [ward_kit(chief, tmp_path / name, clock) for name in ("a", "b")]

    async def scenario(fleet: Fleet) -> None:
        steering = await fleet.join(chief)
        a = await fleet.join(kits[0], steering)
        b = await fleet.join(kits[1], steering, a)
        await until(lambda: len(steering.network.sessions) == 2, a, b, steering)  # type: ignore[union-attr]
        kept(steering, made, tmp_path)
        await until(lambda: of(a).offers and of(b).offers, a, b, steering)
        assert releases._rows(a, {})["offers"][0]["version"] == "1.2.0"
        assert ask(a) is True
        await until(fetched(a, made), a, b, steering)
        await until(lambda: len(of(b).offers) == 2, a, b, steering)
        assert ask(b) is True
        await until(fetched(b, made), a, b, steering)
        assert releases._rows(b, {})["held"]["version"] == "1.2.0"
        assert releases._rows(b, {})["fetching"] is None

    run(scenario, clock)


@pytest.mark.usefixtures("allowed")
def test_a_fetch_that_was_cut_off_asks_only_for_the_rest(tmp_path: Path, made: Made) -> None:
    """The giver goes away in the middle and comes back; then the next day, from the file."""
    clock = Clock()
    chief = founder(tmp_path / "s", clock)
    ward = ward_kit(chief, tmp_path / "a", clock)

    async def scenario(fleet: Fleet) -> None:
        steering = await fleet.join(chief)
        kept(steering, made, tmp_path)
        a = await fleet.join(ward, steering)
        await until(lambda: of(a).offers, a, steering)
        told = of(steering).shelf.release
        assert told is not None
        name = of(steering).offer().name
        part = of(a).shelf.part(name)
        part.parent.mkdir(parents=True)
        fd, _ = prepared(part, told, blocks(told))
        half = set(range(FIRST_PART, len(blocks(told)), 2))
        for n in half:
            one = blocks(told)[n]
            os.pwrite(fd, made.bundle()[one.at : one.at + one.size], one.at)
        os.close(fd)
        given: list[int] = []
        real = of(steering).shelf.read

        def read(name: bytes, block: int, at: int, count: int) -> Any:
            given.append(block)
            return real(name, block, at, count)

        of(steering).shelf.read = read  # type: ignore[method-assign]
        ask(a)
        await until(fetched(a, made), a, steering)
        assert not half & set(given)
        assert set(given) == set(range(len(blocks(told)))) - half

    run(scenario, clock)


@pytest.mark.req("HZ-233")
@pytest.mark.usefixtures("allowed")
def test_a_member_s_release_that_nobody_signed_is_not_fetched(tmp_path: Path) -> None:
    """A kit of the fleet is stolen and offers a system of its own."""
    clock = Clock()
    chief = founder(tmp_path / "s", clock)
    ward = ward_kit(chief, tmp_path / "a", clock)
    false = release("9.9.9", seed=STRANGER)

    async def scenario(fleet: Fleet) -> None:
        steering = await fleet.join(chief)
        of(steering).shelf.ring = Ring(1, (signature.public_key(STRANGER),))
        kept(steering, false, tmp_path)
        a = await fleet.join(ward, steering)
        await until(lambda: of(a).offers, a, steering)
        assert ask(a) is True
        await until(lambda: of(a).fetch and of(a).fetch.fault, a, steering)  # type: ignore[union-attr]
        assert releases._rows(a, {})["fetching"]["fault"] == "UPD-002"
        assert releases._rows(a, {})["held"] is None
        assert not list(of(a).shelf.folder.glob("*"))

    run(scenario, clock)


@pytest.mark.usefixtures("allowed")
def test_who_gives_a_false_block_is_asked_no_more(tmp_path: Path, made: Made) -> None:
    """Each block is compared before it is written; another kit gives the right one."""
    clock = Clock()
    chief = founder(tmp_path / "s", clock)
    kits = [ward_kit(chief, tmp_path / name, clock) for name in ("a", "b")]

    async def scenario(fleet: Fleet) -> None:
        steering = await fleet.join(chief)
        liar = await fleet.join(kits[0], steering)
        for node in (steering, liar):
            kept(node, made, tmp_path)
        real = of(liar).shelf.read
        asked: list[int] = []

        def lie(name: bytes, block: int, at: int, count: int) -> Any:
            asked.append(block)
            data, last = real(name, block, at, count) or (b"", True)
            return (bytes([data[0] ^ 1]) + data[1:], last) if block > 2 else (data, last)

        of(liar).shelf.read = lie  # type: ignore[method-assign]
        b = await fleet.join(kits[1], liar)
        await until(lambda: of(b).offers, b, liar)
        assert ask(b) is True
        await until(lambda: asked and max(asked) > 2, b, liar, steering)
        assert b.network is not None
        assert steering.network is not None
        await b.network.dial(str(steering.network.listening[0]))
        await until(fetched(b, made), b, liar, steering)

    run(scenario, clock)


def test_nobody_without_the_right_takes_or_keeps_a_release(tmp_path: Path, made: Made) -> None:
    """Nobody is signed in on these kits."""
    clock = Clock()
    chief = founder(tmp_path / "s", clock)

    async def scenario(fleet: Fleet) -> None:
        node = await fleet.join(chief)
        for answer in (
            releases._take(node, {"name": "00"}),
            releases._keep(node, {"path": str(tmp_path)}),
            releases._drop(node, {}),
        ):
            assert isinstance(answer, Refused)

    run(scenario, clock)


@pytest.mark.usefixtures("allowed")
def test_what_nobody_offers_is_refused(tmp_path: Path) -> None:
    """A name that is none, or of a kit that has gone."""
    clock = Clock()
    chief = founder(tmp_path / "s", clock)

    async def scenario(fleet: Fleet) -> None:
        node = await fleet.join(chief)
        for name in ("", "zz", "00" * 32):
            assert releases._take(node, {"name": name}).code == "UPD-080"
        assert releases._rows(node, {}) == {
            "trusts": True, "held": None, "offers": [], "fetching": None,
        }  # fmt: skip

    run(scenario, clock)


# ------------------------------------------------------------------------------ the shelf alone


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[ReleaseShelf]:
    """An empty one."""
    one = ReleaseShelf(tmp_path / "shelf", RING)
    yield one
    one.close()


def found_again(shelf: ReleaseShelf) -> str:
    """The version that the next start finds in the same folder."""
    again = ReleaseShelf(shelf.folder, RING)
    version = again.offer().version
    again.close()
    return version


def test_a_shelf_keeps_one_release_and_finds_it_again(tmp_path: Path, shelf: ReleaseShelf) -> None:
    """A newer one takes its place; a damaged one is not offered after the next start."""
    for version in ("1.2.0", "1.3.0"):
        path = tmp_path / "x"
        path.write_bytes(release(version).bundle())
        for _ in shelf.keep_steps(path):
            pass
    assert [one.name for one in shelf.folder.iterdir()] == ["kit-1.3.0.kitupdate"]
    assert found_again(shelf) == "1.3.0"
    assert shelf.path is not None
    shelf.path.write_bytes(shelf.path.read_bytes()[:-1])
    assert found_again(shelf) == ""


@pytest.mark.parametrize(("change", "code"), [("flip", "UPD-042"), ("cut", "UPD-041")])
def test_a_bad_file_is_not_kept(
    tmp_path: Path, shelf: ReleaseShelf, made: Made, change: str, code: str
) -> None:
    """And leaves nothing behind."""
    path = tmp_path / "x"
    data = bytearray(made.bundle())
    data[-3000] ^= change == "flip"
    path.write_bytes(data if change == "flip" else data[:-3000])
    with pytest.raises(KitError) as fault:
        list(shelf.keep_steps(path))
    assert fault.value.code == code
    assert not list(shelf.folder.iterdir())


def test_a_release_never_takes_the_room_of_records(
    tmp_path: Path, shelf: ReleaseShelf, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full medium is refused before a byte is copied."""
    monkeypatch.setattr(release_shelf, "SPARE", 1 << 60)
    path = tmp_path / "x"
    path.write_bytes(made.bundle())
    with pytest.raises(KitError) as fault:
        list(shelf.keep_steps(path))
    assert fault.value.code == "UPD-081"


def test_blocks_are_read_inside_themselves_only(
    tmp_path: Path, shelf: ReleaseShelf, made: Made
) -> None:
    """Whatever a peer asks for."""
    path = tmp_path / "x"
    path.write_bytes(made.bundle())
    list(shelf.keep_steps(path))
    name = shelf.offer().name
    assert shelf.read(name, 0, 0, 10) == (made.text[:10], False)
    for block, at in ((0, len(made.text)), (9999, 0), (2**32 - 1, 2**32 - 1)):
        assert shelf.read(name, block, at, 10) is None
    assert shelf.read(b"another", 0, 0, 10) is None


# ------------------------------------------------------------------------------ on the stick


class StickKeeper:
    """Root's server of a stick, as the node hears it."""

    is_there = True

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def talk(self, name: str, **args: Any) -> Generator[dict[str, Any], None, dict[str, Any]]:
        """Answer at once, as the real one does after its work."""
        self.asked.append((name, args))
        yield {"done": 0, "total": 0, "step": ""}
        if name == "sources":
            return {"sources": [{"source": "sdb", "kind": "stick", "label": "", "version": "1"}]}
        return {"version": "1.2.0"}

    def status(self) -> dict[str, Any]:
        """Open."""
        return {"medium": "open"}


@pytest.mark.usefixtures("allowed")
def test_another_kit_is_a_source_of_an_update_like_a_stick(tmp_path: Path, made: Made) -> None:
    """Listed; looked at: fetched, then checked by root's server as a file; applied from there."""
    clock = Clock()
    chief = founder(tmp_path / "s", clock)
    ward = ward_kit(chief, tmp_path / "a", clock)

    async def scenario(fleet: Fleet) -> None:
        steering = await fleet.join(chief)
        kept(steering, made, tmp_path)
        a = await fleet.join(ward, steering)
        await until(lambda: of(a).offers, a, steering)
        keeper = StickKeeper()
        a.keeper = keeper  # type: ignore[assignment]

        async def call(name: str, **args: Any) -> Any:
            return await carried_out(a.begin({"call": name, "args": args}))

        rows = (await call("medium.sources"))["sources"]
        assert [(row["kind"], row["label"]) for row in rows] == [("stick", ""), ("peer", "Cellule")]
        source = rows[1]["source"]
        assert await call("medium.update_check", source=source) == {"version": "1.2.0"}
        path = str(of(a).shelf.path)
        assert keeper.asked[-1] == ("update_check", {"source": path})
        assert Path(path).parent == a.folder / "updates"
        await call("medium.update_apply", source=source, confirmed=True)
        assert keeper.asked[-1] == ("update_apply", {"source": path, "confirmed": True})
        # It is a file of this kit now, which root's server lists by itself.
        assert len((await call("medium.sources"))["sources"]) == 1
        answer = await call("medium.update_check", source="peer:" + "0" * 64)
        assert answer.code == "UPD-080"
        assert (await call("medium.update_check", source="peer:x")).code == "UPD-080"

    run(scenario, clock)


@pytest.mark.req("HZ-271")
@pytest.mark.usefixtures("allowed")
def test_a_kit_on_a_stick_offers_the_version_that_it_has(tmp_path: Path, made: Made) -> None:
    """What root's server laid down is kept, and another kit is told; a false file is refused."""
    clock = Clock()
    chief = founder(tmp_path / "s", clock)
    ward = ward_kit(chief, tmp_path / "a", clock)

    async def scenario(fleet: Fleet) -> None:
        steering = await fleet.join(chief)
        a = await fleet.join(ward, steering)
        assert a.begin({"call": "medium.offer_release"}).code == "KEY-020"
        part = a.folder / "updates" / "own.part"
        keeper = LayingKeeper(part, made.bundle()[:-1])
        a.keeper = keeper  # type: ignore[assignment]
        with pytest.raises(KitError, match="UPD-041"):
            await carried_out(a.begin({"call": "medium.offer_release"}))
        keeper.content = made.bundle()
        said = await carried_out(a.begin({"call": "medium.offer_release"}))
        assert said == {"version": "1.2.0"}
        assert [path.name for path in part.parent.iterdir()] == ["kit-1.2.0.kitupdate"]
        await until(lambda: of(steering).offers, a, steering)
        assert ask(steering) is True
        await until(fetched(steering, made), a, steering)

    run(scenario, clock)


class LayingKeeper(StickKeeper):
    """Root's server that lays a bundle down in the kit's home."""

    def __init__(self, part: Path, content: bytes) -> None:
        super().__init__()
        self.part, self.content = part, content

    def talk(self, name: str, **args: Any) -> Generator[dict[str, Any], None, dict[str, Any]]:
        """As the real one, without its checks."""
        answer = yield from super().talk(name, **args)
        self.part.write_bytes(self.content)
        return {**answer, "path": str(self.part)}


@pytest.mark.usefixtures("allowed")
def test_stopping_a_fetch_keeps_what_came(tmp_path: Path, made: Made) -> None:
    """The next one asks for the rest only."""
    clock = Clock()
    chief = founder(tmp_path / "s", clock)
    ward = ward_kit(chief, tmp_path / "a", clock)

    async def scenario(fleet: Fleet) -> None:
        steering = await fleet.join(chief)
        kept(steering, made, tmp_path)
        a = await fleet.join(ward, steering)
        await until(lambda: of(a).offers, a, steering)
        a.keeper = StickKeeper()  # type: ignore[assignment]
        source = "peer:" + of(steering).offer().name.hex()
        work = a.begin({"call": "medium.update_check", "args": {"source": source}})
        next(work.steps)
        assert of(a).fetch is not None
        work.cancelled = True
        assert (await carried_out(work)).code == "work.cancelled"
        assert of(a).fetch is None

    run(scenario, clock)
