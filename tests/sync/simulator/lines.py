"""Lines between kits: two pipes of bytes with everything that may happen to bytes on their way.

An honest line loses its tail when it is cut, is slow, or waits; TLS lets nothing else through. A
broken programme at the other end can do more: frames doubled, swapped, cut short, flipped, told
again from an earlier line. Not for: which lines there are (`world`).
"""

from __future__ import annotations

import random
from typing import Protocol

from kit.sync.frames import HEAD_BYTES
from tests.sync.simulator.kit import SimKit

CHUNKS = (1, 7, 200, 4_000, 60_000, 1_000_000)
HARMS = ("double", "swap", "flip", "truncate", "drop", "replay", "junk")
KEPT_FRAMES = 60


class Talker(Protocol):
    """A session as its line drives it; a hostile one is none of ours."""

    closed: str

    def received(self, data: bytes) -> None: ...

    def outgoing(self) -> bytes: ...

    def tick(self, now_ms: int) -> None: ...


class End:
    """One end of a line: whose it is, its session, the bytes on their way to it."""

    def __init__(self, kit: SimKit, talker: Talker) -> None:
        self.kit, self.talker = kit, talker
        self.coming = bytearray()
        self.reads = True


class Line:
    """Two ends. harm: what a broken programme does to frames, one in `rarity`; "" = nothing."""

    def __init__(self, left: End, right: End) -> None:
        self.ends = (left, right)
        self.harm, self.rarity = "", 4
        self.pace = 1_000_000
        self.open = True
        self.carried = 0

    def other(self, end: End) -> End:
        """The far end."""
        return self.ends[1] if end is self.ends[0] else self.ends[0]

    def between(self, one: SimKit, two: SimKit) -> bool:
        """Whether it joins these two."""
        return {one.name, two.name} == {end.kit.name for end in self.ends}

    @property
    def waiting(self) -> int:
        """Bytes on their way, both ways."""
        return sum(len(end.coming) for end in self.ends)


def split_frames(data: bytes) -> list[bytes]:
    """Whole frames with their heads; what remains last, whole or not."""
    found: list[bytes] = []
    at = 0
    while at < len(data):
        end = at + HEAD_BYTES + int.from_bytes(data[at : at + HEAD_BYTES], "big")
        found.append(data[at:end])
        at = end
    return found


class Harm:
    """Does harm to frames; remembers some for telling them again."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.told: dict[tuple[bytes, bytes], list[bytes]] = {}

    def remember(self, way: tuple[bytes, bytes], frames: list[bytes]) -> None:
        """Frames that went from one device to another."""
        kept = self.told.setdefault(way, [])
        kept += frames
        del kept[:-KEPT_FRAMES]

    def done(self, kind: str, rarity: int, way: tuple[bytes, bytes], data: bytes) -> bytes:
        """What becomes of these bytes."""
        frames = split_frames(data)
        if self.chance.randrange(rarity):
            return data
        place = self.chance.randrange(len(frames))
        frame = frames[place]
        match kind:
            case "double":
                frames.insert(place, frame)
            case "swap":
                self.chance.shuffle(frames)
            case "flip":
                at = self.chance.randrange(len(frame))
                flipped = frame[at] ^ 1 << self.chance.randrange(8)
                frames[place] = frame[:at] + bytes([flipped]) + frame[at + 1 :]
            case "truncate":
                frames[place] = frame[: self.chance.randrange(len(frame))]
            case "drop":
                del frames[place]
            case "replay":
                old = self.told.get(way, [])
                frames[place:place] = self.chance.sample(old, min(3, len(old)))
            case _:
                frames.insert(place, self.chance.randbytes(self.chance.randrange(1, 60)))
        return b"".join(frames)
