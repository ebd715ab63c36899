"""Runs as immutable files in a shared folder, for Syncthing, a share or any other carrier of files.

    <device 16 hex>/vector                                  a want file: what that kit holds
    <device 16 hex>/<edition 16 hex>/keys                   a manifest: who opens which scope
    <device 16 hex>/<edition>/<lot>-<feed>/<first>-<last>-<hash>.seg
    <device 16 hex>/<edition>/<lot>-<feed>/<fork>-<count>-<hash>.set

Each kit writes below its own name only, so that no carrier ever has two versions of one file to
choose from; a file is never changed once it is there (`keys` and `vector` are replaced whole). The
same runs, streams and sealed keys as on a stick: directory feeds are clear inside, so every file is
encrypted, and per scope, so that the folder gives nobody more than a connection would. An edition's
keys are new as soon as one of its readers is put out. Pure: names
and bytes. Not for: files (`kit.node.segments`). Source: sync.md §3 c.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

import msgspec

from kit.sync.courier import Run, encode_run
from kit.sync.stream import StreamSealer

KEYS = "keys"
VECTOR = "vector"
DEVICE = re.compile(r"[0-9a-f]{16}", re.ASCII)
EDITION = re.compile(r"[0-9a-f]{16}", re.ASCII)
FEED = re.compile(r"([0-9]{4})-([0-9a-f]{32})", re.ASCII)
FILE = re.compile(r"([0-9]{10})-([0-9]{10})-([0-9a-f]{16})\.(seg|set)", re.ASCII)


class FileName(msgspec.Struct, frozen=True):
    """What a segment's name says. is_set: entries of a forked feed; digest: of the whole file."""

    first: int
    last: int
    digest: bytes
    is_set: bool


def device_folder(device: bytes) -> str:
    """Where a kit writes."""
    return device[:8].hex()


def feed_folder(lot: int, feed: bytes) -> str:
    """Where a feed's segments lie in an edition."""
    return f"{lot:04d}-{feed.hex()}"


def read_feed_folder(name: str) -> tuple[int, bytes] | None:
    """Lot and feed, or None for a name that is not ours."""
    found = FEED.fullmatch(name)
    return (int(found[1]), bytes.fromhex(found[2])) if found else None


def read_name(name: str) -> FileName | None:
    """What a file's name says, or None for one that is not ours."""
    found = FILE.fullmatch(name)
    if found is None:
        return None
    digest = bytes.fromhex(found[3])
    return FileName(int(found[1]), int(found[2]), digest, found[4] == "set")


def about_file(edition: bytes, lot: int, feed: bytes) -> bytes:
    """What binds a file's chunks to where it lies."""
    return b"kit shared" + edition + lot.to_bytes(4, "big") + feed


def segment_file(key: bytes, bound: bytes, runs: Sequence[Run]) -> bytes:
    """The bytes of a file that holds these runs."""
    stream = StreamSealer(key, bound)
    chunks = [stream.chunk(encode_run(run)) for run in runs]
    return stream.header + b"".join(chunks) + stream.chunk(b"", last=True)


def run_name(first: int, last: int, content: bytes) -> str:
    """The name of a segment: a half-copied file does not match it."""
    return f"{first:010d}-{last:010d}-{hashlib.sha256(content).digest()[:8].hex()}.seg"


def set_name(fork: int, ids: Sequence[bytes]) -> str:
    """The name of a forked feed's entries: the same entries have the same name."""
    digest = hashlib.sha256(b"".join(sorted(ids))).digest()[:8].hex()
    return f"{fork:010d}-{len(ids):010d}-{digest}.set"
