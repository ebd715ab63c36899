"""The kit's keys: one random kit key, wrapped in slots, and the keys derived from it for each use.

The kit key is never typed and never stored in clear; SQLCipher and everything else only see keys
derived from it. Not for: the slot file's form (`slots`), the waiting after wrong phrases (`tries`),
the words (`phrase`). The surest wipe of memory is the end of the process; `Keys.wipe` shortens the
wait. Source: store.md section 3.
"""

from __future__ import annotations

import errno
import hashlib
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
from nacl import pwhash
from nacl.bindings import (
    crypto_aead_xchacha20poly1305_ietf_decrypt,
    crypto_aead_xchacha20poly1305_ietf_encrypt,
)
from nacl.exceptions import CryptoError

from kit.core.errors import Corrupt, Misconfigured, NotPermitted, Unavailable
from kit.store import phrase as phrases
from kit.store import slots as slotfile
from kit.store.durable import replace_file
from kit.store.home import Home
from kit.store.opening import Identity, wipe
from kit.store.signer import SEED_BYTES, Signer, verify
from kit.store.slots import PHRASE, Slot, Slots
from kit.store.tries import Moment, Tries

__all__ = [
    "FLOOR",
    "PRODUCTION",
    "TEST_ONLY",
    "Cost",
    "Keys",
    "Moment",
    "Signer",
    "create",
    "moment",
    "new_device_key",
    "open_device_key",
    "seal_device_key",
    "system_random",
    "unlock",
    "verify",
    "wipe",
]

Random = Callable[[int], bytes]

TEST_WORLD = "TEST:"
ENVELOPE = "envelope"
"""The label of the slot whose words lie in the safe."""
NEXT = "next"
"""The label of a slot whose words are to take the place of the phrase."""
_KEY_BYTES = 32
_SALT_BYTES = 16
_NONCE_BYTES = 24
_CONTEXTS = {
    "database": b"kit database",
    "slot_mac": b"kit slot mac",
    "blob": b"kit blob",
    "mark": b"kit mark",
    "device": b"kit device key",
}


@dataclass(frozen=True, slots=True)
class Cost:
    """What one guess of a phrase costs: Argon2id memory in KiB and number of passes."""

    memory_kib: int
    passes: int


PRODUCTION = Cost(256 * 1024, 3)
FLOOR = Cost(64 * 1024, 3)
"""Nothing weaker is made or opened, except in a world whose name begins with `TEST:`."""
TEST_ONLY = Cost(64, 1)
_CEILING = Cost(2 * 1024 * 1024, 12)  # a forged file may not ask for all the machine's memory


@dataclass(frozen=True, slots=True)
class Keys:
    """The derived keys of an open kit, 32 bytes each, and the identity its store must show."""

    identity: Identity
    database: bytearray
    slot_mac: bytearray
    blob: bytearray
    mark: bytearray
    device: bytearray

    def wipe(self) -> None:
        """Overwrite every key."""
        for key in (self.database, self.slot_mac, self.blob, self.mark, self.device):
            wipe(key)


def system_random(count: int) -> bytes:
    """`count` bytes from the system's generator."""
    return os.urandom(count)


def moment() -> Moment:
    """Now, by this machine's calendar and uptime."""
    boot = Path("/proc/sys/kernel/random/boot_id")
    name = boot.read_text().strip() if boot.exists() else ""
    uptime = time.clock_gettime(time.CLOCK_BOOTTIME) if name else time.monotonic()
    return Moment(int(time.time() * 1000), int(uptime * 1000), name)


def create(
    home: Home,
    *,
    kit_id: bytes,
    world: str,
    random: Random,
    cost: Cost = PRODUCTION,
    words: Sequence[str] = (),
) -> tuple[Keys, list[str]]:
    """Make a kit key with one phrase slot, in both copies; the words are shown once, then gone.

    words: those that were drawn before, because something else opens by them too.

    Raises Misconfigured STO-024 where the home already has slots, STO-025 for too cheap a cost,
    Unavailable STO-010 or STO-011 where the disk refuses.
    """
    if home.has_kit():
        raise Misconfigured("STO-024")
    _check_cost(cost, world)
    words = list(words) or phrases.generate(random)
    kit_key = random(_KEY_BYTES)
    empty = Slots(kit_id, world, generation=1, revision=1, slots=[])
    keys = _derive(kit_key, Identity(kit_id, 1, world))
    slot = _phrase_slot(empty, kit_key, phrases.parse(" ".join(words)), cost, random)
    content = slotfile.encode(msgspec.structs.replace(empty, slots=[slot]), keys.slot_mac)
    try:
        replace_file(home.slots_a, content)
        replace_file(home.slots_b, content)
    except OSError as error:
        raise Unavailable("STO-010" if error.errno == errno.ENOSPC else "STO-011") from None
    Tries(home.tries).succeed()
    return keys, words


def unlock(home: Home, phrase: str, now: Moment | None = None) -> Keys:
    """Open the kit with its phrase; a damaged or older slot copy is mended from the good one.

    `now`: this machine's own moment unless a test says otherwise.

    Raises STO-020, STO-021, STO-026 (no sound slot file), STO-031 to STO-033 (not a phrase; does
    not count as a try), NotPermitted STO-023 (`seconds` to wait) and STO-022 (wrong phrase;
    `seconds` until the next try), STO-025 (cost out of bounds), STO-027 (no phrase slot),
    STO-028 (tampered slots), STO-029 (not enough memory).
    """
    paths = (home.slots_a, home.slots_b)
    copies = slotfile.read(paths)
    secret = phrases.parse(phrase)
    tries = Tries(home.tries)
    now = now or moment()
    if wait := tries.remaining_s(now):
        raise NotPermitted("STO-023", seconds=wait)
    tries.begin(now)
    opened = False
    for copy in copies:
        kit_key = _unwrap_any(copy.slots, secret)
        if kit_key is None:
            continue
        opened = True
        said = copy.slots
        keys = _derive(kit_key, Identity(said.kit_id, said.generation, said.world))
        if copy.proven_by(keys.slot_mac):
            tries.succeed()
            slotfile.mend(paths, copy.content)
            return keys
    if opened:
        raise Corrupt("STO-028")
    raise NotPermitted("STO-022", seconds=tries.remaining_s(now))


def add_envelope(home: Home, phrase: str, words: Sequence[str], random: Random) -> None:
    """Let other words open the kit as well; those of an older envelope open nothing any more.

    Asked of somebody who knows the phrase, beside an open kit. Raises as `unlock`, and Unavailable
    STO-010 or STO-011 where the disk refuses.
    """
    said, kit_key = _opened(home, phrase)
    if any(slot.label == NEXT for slot in said.slots):
        raise Misconfigured("STO-035")
    held = [slot for slot in said.slots if slot.label != ENVELOPE]
    if held != said.slots[: len(held)]:
        raise Misconfigured("STO-027")  # a slot is bound to its place: none may move up
    before = msgspec.structs.replace(said, slots=held, revision=said.revision + 1)
    secret = phrases.parse(" ".join(words))
    slot = _phrase_slot(before, kit_key, secret, _cost_of(said.slots[0]), random, ENVELOPE)
    _write(home, kit_key, msgspec.structs.replace(before, slots=[*held, slot]))


def add_phrase(home: Home, phrase: str, words: str, random: Random) -> None:
    """Let new words open the kit beside the old ones, until `settle_phrase`. Raises as `unlock`.

    What an earlier change that was cut off has left goes on opening: it may be what opens the
    stick.
    """
    said, kit_key = _opened(home, phrase)
    cost = _cost_of(said.slots[0])
    slot = _phrase_slot(said, kit_key, phrases.parse(words), cost, random, NEXT)
    after = msgspec.structs.replace(said, slots=[*said.slots, slot], revision=said.revision + 1)
    _write(home, kit_key, after)


def settle_phrase(home: Home, phrase: str, random: Random) -> None:
    """This phrase is the kit's from now on: of those that are being changed no other opens it.

    The envelope's words go on opening; typed here they change nothing. Raises as `unlock`.
    """
    said, kit_key = _opened(home, phrase)
    rest = [slot for slot in said.slots[1:] if slot.label != NEXT]
    if rest != said.slots[1 : 1 + len(rest)]:
        raise Misconfigured("STO-027")  # a slot is bound to its place: none may move up
    secret = phrases.parse(phrase)
    found = _unwrap(said, secret)
    if found is not None and found[0].label == ENVELOPE:
        return
    empty = msgspec.structs.replace(said, slots=[], revision=said.revision + 1)
    own = _phrase_slot(empty, kit_key, secret, _cost_of(said.slots[0]), random)
    _write(home, kit_key, msgspec.structs.replace(empty, slots=[own, *rest]))


def unlock_and_settle(home: Home, phrase: str, random: Random) -> Keys:
    """`unlock`; where a change of the phrase was cut off, the words that opened are the kit's."""
    keys = unlock(home, phrase)
    if is_changing(home):
        settle_phrase(home, phrase, random)
    return keys


def is_changing(home: Home) -> bool:
    """Whether a change of the phrase was begun and not settled. Raises as `slots.read`."""
    said = slotfile.read((home.slots_a, home.slots_b))[0].slots
    return any(slot.label == NEXT for slot in said.slots)


def _opened(home: Home, phrase: str) -> tuple[Slots, bytes]:
    """The slots and the kit key of a kit whose phrase is known."""
    unlock(home, phrase).wipe()  # counts the try, waits after wrong ones, mends the copies
    said = slotfile.read((home.slots_a, home.slots_b))[0].slots
    kit_key = _unwrap_any(said, phrases.parse(phrase))
    if kit_key is None or said.slots[0].kind != PHRASE:
        raise Misconfigured("STO-027")
    return said, kit_key


def _write(home: Home, kit_key: bytes, after: Slots) -> None:
    keys = _derive(kit_key, Identity(after.kit_id, after.generation, after.world))
    content = slotfile.encode(after, keys.slot_mac)
    keys.wipe()
    try:
        replace_file(home.slots_a, content)
        replace_file(home.slots_b, content)
    except OSError as error:
        raise Unavailable("STO-010" if error.errno == errno.ENOSPC else "STO-011") from None


def new_device_key(random: Random) -> bytearray:
    """A new device's 32-byte Ed25519 seed, to be sealed at once."""
    return bytearray(random(SEED_BYTES))


def seal_device_key(keys: Keys, seed: bytearray, random: Random) -> bytes:
    """A device seed, encrypted for keeping."""
    nonce = random(_NONCE_BYTES)
    bound = keys.identity.kit_id
    return nonce + _encrypt(bytes(seed), bound, nonce, bytes(keys.device))


def open_device_key(keys: Keys, sealed: bytes) -> Signer:
    """The signer of a sealed device seed. Raises Corrupt STO-034."""
    nonce, wrapped = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    try:
        seed = _decrypt(wrapped, keys.identity.kit_id, nonce, bytes(keys.device))
    except (CryptoError, ValueError):
        raise Corrupt("STO-034") from None
    return Signer(seed)


_encrypt = crypto_aead_xchacha20poly1305_ietf_encrypt
_decrypt = crypto_aead_xchacha20poly1305_ietf_decrypt


def _phrase_slot(
    slots: Slots, kit_key: bytes, secret: bytes, cost: Cost, random: Random, label: str = PHRASE
) -> Slot:
    params: dict[str, int | bytes] = {"memory_kib": cost.memory_kib, "passes": cost.passes}
    bare = Slot(PHRASE, label, params, random(_SALT_BYTES), random(_NONCE_BYTES), b"")
    bound = slotfile.associated_data(slots, len(slots.slots), bare)
    content = kit_key + slots.generation.to_bytes(8, "big")
    wrapped = _encrypt(content, bound, bare.nonce, _phrase_kek(secret, bare.salt, cost))
    return msgspec.structs.replace(bare, wrap=wrapped)


def _unwrap_any(slots: Slots, secret: bytes) -> bytes | None:
    """The kit key out of the first phrase slot that this secret opens."""
    found = _unwrap(slots, secret)
    return found[1] if found is not None else None


def _unwrap(slots: Slots, secret: bytes) -> tuple[Slot, bytes] | None:
    places = [(place, slot) for place, slot in enumerate(slots.slots) if slot.kind == PHRASE]
    if not places:
        raise Misconfigured("STO-027")
    for place, slot in places:
        cost = _cost_of(slot)
        _check_cost(cost, slots.world)
        try:
            kek = _phrase_kek(secret, slot.salt, cost)
            bound = slotfile.associated_data(slots, place, slot)
            content = _decrypt(slot.wrap, bound, slot.nonce, kek)
        except (CryptoError, ValueError):
            continue
        if content[_KEY_BYTES:] == slots.generation.to_bytes(8, "big"):
            return slot, content[:_KEY_BYTES]
    return None


def _cost_of(slot: Slot) -> Cost:
    memory, passes = slot.params.get("memory_kib"), slot.params.get("passes")
    if isinstance(memory, int) and isinstance(passes, int):
        return Cost(memory, passes)
    return Cost(0, 0)


def _phrase_kek(secret: bytes, salt: bytes, cost: Cost) -> bytes:
    try:
        return pwhash.argon2id.kdf(
            _KEY_BYTES, secret, salt, opslimit=cost.passes, memlimit=cost.memory_kib * 1024
        )
    except (MemoryError, RuntimeError):
        raise Unavailable("STO-029", memory_mib=cost.memory_kib // 1024) from None


def _check_cost(cost: Cost, world: str) -> None:
    floor = TEST_ONLY if world.startswith(TEST_WORLD) else FLOOR
    memory_fits = floor.memory_kib <= cost.memory_kib <= _CEILING.memory_kib
    if not (memory_fits and floor.passes <= cost.passes <= _CEILING.passes):
        raise Misconfigured("STO-025")


def _derive(kit_key: bytes, identity: Identity) -> Keys:
    derived = {
        name: bytearray(
            hashlib.blake2b(key=kit_key, person=context, digest_size=_KEY_BYTES).digest()
        )
        for name, context in _CONTEXTS.items()
    }
    return Keys(identity, **derived)
