"""The slot file: who may open the kit, in clear, in two copies, without a word of the key itself.

Each slot wraps the kit key under what its holder knows or has. Unknown kinds of slot and unknown
fields are left alone, so that a newer kit's file still opens here by its phrase. Not for: deriving
keys (`vault`). Format: magic and version | length | msgpack body | BLAKE2b-256 of all before |
BLAKE2b-256 keyed with the slot MAC key of the same bytes. The first digest tells damage before
anything is unlocked; the second tells tampering after.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
from pathlib import Path

import msgspec

from kit.core.errors import Corrupt, Incompatible, KitError, Unavailable
from kit.store.durable import replace_file

MAGIC = b"KITSLOT"
VERSION = 1
PHRASE = "phrase"

_DIGEST = 32
_HEAD = len(MAGIC) + 1 + 4
_LONGEST = 64 * 1024


class Slot(msgspec.Struct, frozen=True, array_like=True):
    """One way in: kind, neutral label code, derivation parameters, salt, nonce, wrapped key."""

    kind: str
    label: str
    params: dict[str, int | bytes]
    salt: bytes
    nonce: bytes
    wrap: bytes


class Slots(msgspec.Struct, frozen=True, array_like=True):
    """What a slot file says. `generation` counts kit keys, `revision` counts writes of the file."""

    kit_id: bytes
    world: str
    generation: int
    revision: int
    slots: list[Slot]


class Copy(msgspec.Struct, frozen=True):
    """One copy as found on disk, sound but not yet proven untampered."""

    content: bytes
    slots: Slots

    def proven_by(self, mac_key: bytes | bytearray) -> bool:
        """Whether the kit's own key sealed exactly these bytes."""
        signed = self.content[: -2 * _DIGEST]
        return hmac.compare_digest(self.content[-_DIGEST:], _digest(signed, mac_key))


_decoder = msgspec.msgpack.Decoder(Slots)
_encoder = msgspec.msgpack.Encoder(order="sorted")


def associated_data(slots: Slots, place: int, slot: Slot) -> bytes:
    """What a wrapped key is bound to: kit, world, generation, place, kind and parameters."""
    bound = (slots.kit_id, slots.world, slots.generation, place, slot.kind, slot.params)
    return _encoder.encode(bound)


def encode(slots: Slots, mac_key: bytes | bytearray) -> bytes:
    """The bytes of a slot file."""
    body = _encoder.encode(slots)
    signed = MAGIC + bytes([VERSION]) + len(body).to_bytes(4, "big") + body
    return signed + _digest(signed) + _digest(signed, mac_key)


def decode(content: bytes) -> Slots:
    """What a slot file says. Raises Corrupt STO-021, Incompatible STO-026."""
    if len(content) < _HEAD + 2 * _DIGEST or not content.startswith(MAGIC):
        raise Corrupt("STO-021")
    signed = content[: -2 * _DIGEST]
    if not hmac.compare_digest(content[-2 * _DIGEST : -_DIGEST], _digest(signed)):
        raise Corrupt("STO-021")
    if signed[len(MAGIC)] != VERSION:
        raise Incompatible("STO-026", found=signed[len(MAGIC)], wanted=VERSION)
    if int.from_bytes(signed[len(MAGIC) + 1 : _HEAD], "big") != len(signed) - _HEAD:
        raise Corrupt("STO-021")
    try:
        return _decoder.decode(signed[_HEAD:])
    except msgspec.MsgspecError:
        raise Corrupt("STO-021") from None


def read(paths: tuple[Path, Path]) -> list[Copy]:
    """The sound copies, newest first; one where both say the same.

    Raises Corrupt STO-020 where neither file exists, Unavailable STO-011 where neither can be read,
    and the fault of the first copy (STO-021, STO-026) where none is sound.
    """
    found: list[Copy] = []
    faults: list[KitError] = []
    for path in paths:
        try:
            with path.open("rb") as file:
                content = file.read(_LONGEST)
            if all(copy.content != content for copy in found):
                found.append(Copy(content, decode(content)))
        except FileNotFoundError:
            continue
        except OSError:
            faults.append(Unavailable("STO-011"))
        except KitError as fault:
            faults.append(fault)
    if not found:
        raise faults[0] if faults else Corrupt("STO-020")
    return sorted(found, key=lambda copy: -copy.slots.revision)


def mend(paths: tuple[Path, Path], content: bytes) -> None:
    """Make both copies say `content`, one after the other; a disk that refuses changes nothing."""
    for path in paths:
        with contextlib.suppress(OSError):
            if not path.exists() or path.read_bytes() != content:
                replace_file(path, content)


def _digest(data: bytes, key: bytes | bytearray = b"") -> bytes:
    return hashlib.blake2b(data, key=key, person=b"kit slots", digest_size=_DIGEST).digest()
