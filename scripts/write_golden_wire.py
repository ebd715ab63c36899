"""Write the golden bytes of the wire, once: entries, frames, manifests, segments, a whole stick.

A file that exists is never written again: those bytes are on sticks and in folders. Not for tests,
which only read (`tests/fuzz`).
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
import tempfile
from pathlib import Path

import msgspec

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from kit.core.replication import Fork, Tip, Vector  # noqa: E402  (the checkout need not be installed)
from kit.sync import courier_frames, frames  # noqa: E402
from kit.sync.courier import Inside, Range, Run, Segment, encode_run  # noqa: E402
from kit.sync.segment import segment_file  # noqa: E402
from tests.fuzz.targets import ABOUT, GOLDEN, KEY, joined  # noqa: E402
from tests.sync.couriers import Fleet  # noqa: E402
from tests.sync.kits import FLEET, NOW  # noqa: E402

FEED, ID = bytes(range(16)), bytes(range(32))


def put(name: str, data: bytes) -> None:
    """One golden file, if it is not there yet."""
    path = GOLDEN / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        path.write_bytes(data)
        print(path.relative_to(ROOT))


def every_frame(raws: list[bytes]) -> list[frames.Frame]:
    """One of each kind."""
    return [
        frames.Hello(1, 1, FLEET, ID, NOW, 2, "0.1"),
        frames.State(True, {FEED: Tip(7, ID[:8])}, {FEED: Fork(3, (ID,))}),
        frames.Run(FEED, raws[:3]),
        frames.Loose(FEED, 3, raws[:2]),
        frames.Ask(FEED, 4, [ID]),
        frames.Ack(FEED, 9, "SYN-003", retry=True),
        frames.Ping(1, NOW, 1),
        frames.Pong(1, NOW, 1),
        frames.Offer(ID, "1.2.0", 500_000_000),
        frames.Want(ID, 7),
        frames.Piece(ID, 7, 65536, True, b"content"),
        frames.Bye("SYN-020"),
    ]


def main() -> None:
    """Write what is missing."""
    with tempfile.TemporaryDirectory() as place:
        fleet = Fleet(Path(place), 2)
        here = fleet.kits[0]
        here.vitals(40)
        feed = next(row.name for row in here.log.feeds.by_number.values() if row.scope == "w:CARD")
        raws = here.replica.run(feed, 0)
        for n, raw in enumerate(raws):
            put(f"entry/{n:02d}.bin", raw)
        for n, part in enumerate((raws[:1], raws[:20], raws[1:9], raws)):
            put(f"run/{n}.bin", joined(part))
        for one in every_frame(raws):
            put(f"frame/{type(one).__name__.lower()}.bin", frames.encode(one))
        runs = [Run(feed, 0, tuple(raws[:20])), Run(feed, 0, tuple(raws[20:]))]
        put("segment/two-runs.bin", segment_file(KEY, ABOUT, runs))
        said = (
            courier_frames.Listing(3, 1, capped=False), courier_frames.Given(runs[0]),
            courier_frames.Trouble("manifest", "USB-018"), courier_frames.Done(),
            courier_frames.Look(), courier_frames.Read(("a", "b"), KEY, ABOUT),
            courier_frames.Fetch(("a", "manifest")),
        )  # fmt: skip
        for frame in said:
            put(f"pipe/{type(frame).__name__.lower()}.bin", courier_frames.encode(frame)[4:])
        stick = Path(place) / "stick"
        stick.mkdir()
        fleet.write(here, stick)
        put("manifest/bundle.bin", next(stick.glob("*/manifest")).read_bytes())
        put("manifest/want.bin", next(stick.glob("want-*")).read_bytes())
        put("inside/run.bin", encode_run(runs[0]))
        held = Vector({FEED: Tip(7, ID[:8])}, {FEED: Fork(3, (ID,))})
        one_file = Segment(0, 1, 100, 20, False, (Range(FEED, 0, 1, 20, ID[:8]),))
        put(
            "inside/inside.bin",
            msgspec.msgpack.encode(Inside(NOW, "0.1", held, (one_file,), ("dir",))),
        )
        if not (GOLDEN / "stick").exists():
            shutil.copytree(stick, GOLDEN / "stick")
        fleet.close()
    write_digests()


def write_digests() -> None:
    """What is there, so that a change of any of it is noticed."""
    files = [path for path in sorted(GOLDEN.rglob("*")) if path.is_file()]
    told = {
        path.relative_to(GOLDEN).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()[:16]
        for path in files
        if path.name != "digests.json"
    }
    text = json.dumps(told, indent=1, sort_keys=True)
    (GOLDEN / "digests.json").write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
