"""The kit opens with its phrase and with nothing else, and a damaged key file is not the end."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kit.core.errors import Corrupt, Incompatible, KitError, Misconfigured, NotPermitted
from kit.store import phrase as phrase_words
from kit.store import slots as slotfile
from kit.store import vault
from kit.store.slots import Slot, Slots
from kit.store.vault import Cost, create, unlock
from tests.store.kits import KIT_ID, NOON, WORLD, chance, new_home, new_kit, refused, wrong_phrase

# ------------------------------------------------------------------------------ making and opening


def test_the_phrase_opens_the_kit_it_was_made_for(tmp_path: Path) -> None:
    """The same keys come back, bound to the same kit, generation and world."""
    home, keys, phrase = new_kit(tmp_path)
    assert unlock(home, phrase, NOON) == keys
    assert (keys.identity.kit_id, keys.identity.generation, keys.identity.world) == (
        KIT_ID,
        1,
        WORLD,
    )


def test_the_phrase_opens_however_it_is_typed(tmp_path: Path) -> None:
    """Capitals, dashes and four-letter words, at three in the morning."""
    home, keys, phrase = new_kit(tmp_path)
    typed = " - ".join(word[:4].upper() for word in phrase.split())
    assert unlock(home, typed, NOON) == keys


def test_each_use_has_its_own_key(tmp_path: Path) -> None:
    """One key, one use: no derived key equals another, none is the kit key."""
    drawn: list[bytes] = []

    def keep(count: int) -> bytes:
        drawn.append(chance(len(drawn))(count))
        return drawn[-1]

    home = new_home(tmp_path)
    keys, _ = create(home, kit_id=KIT_ID, world=WORLD, random=keep, cost=vault.TEST_ONLY)
    derived = [keys.database, keys.slot_mac, keys.blob, keys.mark, keys.device]
    assert len({bytes(key) for key in derived}) == 5
    kit_keys = [draw for draw in drawn if len(draw) == 32]
    files = home.slots_a.read_bytes() + home.slots_b.read_bytes() + home.tries.read_bytes()
    assert not any(bytes(key) in files for key in [*derived, *kit_keys])
    assert not any(key in derived for key in kit_keys)


def test_wiped_keys_are_zeros(tmp_path: Path) -> None:
    """Sealing a kit leaves no key in these objects."""
    _, keys, _ = new_kit(tmp_path)
    keys.wipe()
    for key in (keys.database, keys.slot_mac, keys.blob, keys.mark, keys.device):
        assert not any(key)


def test_another_kits_phrase_does_not_open(tmp_path: Path) -> None:
    """A well-formed phrase is refused as wrong, and the right one still opens after it."""
    home, keys, phrase = new_kit(tmp_path)
    fault = refused(home, wrong_phrase())
    assert isinstance(fault, NotPermitted)
    assert (fault.code, fault.args_) == ("STO-022", {"seconds": 0})
    assert unlock(home, phrase, NOON) == keys


def test_a_kit_is_never_made_over_another(tmp_path: Path) -> None:
    """Neither where both key files are there nor where one is left."""
    home, keys, phrase = new_kit(tmp_path)
    home.slots_a.unlink()
    with pytest.raises(Misconfigured) as caught:
        create(home, kit_id=KIT_ID, world=WORLD, random=chance(2), cost=vault.TEST_ONLY)
    assert caught.value.code == "STO-024"
    assert unlock(home, phrase, NOON) == keys


# ------------------------------------------------------------------------------- cost of a guess


def test_a_real_kit_is_made_at_full_cost() -> None:
    """256 MiB and three passes unless somebody says otherwise in the code."""
    assert inspect.signature(create).parameters["cost"].default == Cost(256 * 1024, 3)


@pytest.mark.parametrize("cost", [vault.TEST_ONLY, Cost(63 * 1024, 3), Cost(64 * 1024, 2)])
def test_no_real_kit_is_made_below_the_floor(tmp_path: Path, cost: Cost) -> None:
    """The tests' cheap cost is refused for the real world and for exercises."""
    for world in ("REEL", "EXERCICE:1"):
        with pytest.raises(Misconfigured) as caught:
            create(new_home(tmp_path), kit_id=KIT_ID, world=world, random=chance(), cost=cost)
        assert caught.value.code == "STO-025"
    assert not new_home(tmp_path).has_kit()


def cheap_slots(world: str, cost: Cost) -> tuple[bytes, str]:
    """A slot file as a careless or hostile program would make it, and its phrase."""
    words = " ".join(phrase_words.generate(chance()))
    said = Slots(KIT_ID, world, 1, 1, [])
    secret = phrase_words.parse(words)
    slot = vault._phrase_slot(said, bytes(32), secret, cost, chance(3))
    return slotfile.encode(msgspec.structs.replace(said, slots=[slot]), bytes(32)), words


@pytest.mark.parametrize("cost", [vault.TEST_ONLY, Cost(64 * 1024, 1)])
def test_no_real_kit_is_opened_below_the_floor(tmp_path: Path, cost: Cost) -> None:
    """A cheap slot in a real kit is a mistake or an attack."""
    home = new_home(tmp_path)
    content, words = cheap_slots("REEL", cost)
    home.slots_a.write_bytes(content)
    assert refused(home, words).code == "STO-025"


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"memory_kib": 2**40, "passes": 3},
        {"memory_kib": 64, "passes": 2**31},
        {"memory_kib": -1, "passes": 1},
        {"memory_kib": b"64", "passes": 1},
    ],
)
def test_a_forged_cost_cannot_exhaust_the_machine(tmp_path: Path, params: Any) -> None:
    """Refused before any memory is asked for."""
    home, keys, phrase = new_kit(tmp_path)
    said = slotfile.decode(home.slots_a.read_bytes())
    slot = msgspec.structs.replace(said.slots[0], params=params)
    forged = slotfile.encode(msgspec.structs.replace(said, slots=[slot]), keys.slot_mac)
    home.slots_a.write_bytes(forged)
    home.slots_b.write_bytes(forged)
    assert refused(home, phrase).code == "STO-025"


@pytest.mark.slow
def test_a_real_kit_opens_at_full_cost(tmp_path: Path) -> None:
    """Once through with what a hospital will run."""
    home = new_home(tmp_path)
    keys, words = create(home, kit_id=KIT_ID, world="REEL", random=chance())
    assert unlock(home, " ".join(words)) == keys


# --------------------------------------------------------------------------------- two copies


def cut(content: bytes) -> bytes:
    """Half a file, as after a power cut."""
    return content[: len(content) // 2]


def flip(content: bytes) -> bytes:
    """One bit wrong in the middle."""
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


def empty(_content: bytes) -> bytes:
    """Nothing left."""
    return b""


@pytest.mark.parametrize("damage", [cut, flip, empty, None])
@pytest.mark.parametrize("name", ["slots_a", "slots_b"])
def test_one_damaged_copy_is_mended_from_the_other(
    tmp_path: Path, name: str, damage: Callable[[bytes], bytes] | None
) -> None:
    """The kit opens as if nothing were, and both copies are sound afterwards."""
    home, keys, phrase = new_kit(tmp_path)
    path: Path = getattr(home, name)
    sound = path.read_bytes()
    if damage is None:
        path.unlink()
    else:
        path.write_bytes(damage(sound))
    assert unlock(home, phrase, NOON) == keys
    assert home.slots_a.read_bytes() == home.slots_b.read_bytes() == sound


def test_the_newer_copy_counts(tmp_path: Path) -> None:
    """A change of slots cut off between its two copies is finished, not undone."""
    home, keys, phrase = new_kit(tmp_path)
    said = slotfile.decode(home.slots_a.read_bytes())
    newer = slotfile.encode(msgspec.structs.replace(said, revision=2), keys.slot_mac)
    home.slots_b.write_bytes(newer)
    assert unlock(home, phrase, NOON) == keys
    assert home.slots_a.read_bytes() == newer


def test_two_missing_copies_are_told_from_two_damaged_ones(tmp_path: Path) -> None:
    """What to do differs: look for the disk, or for the backup."""
    home, _, phrase = new_kit(tmp_path)
    home.slots_a.write_bytes(cut(home.slots_a.read_bytes()))
    home.slots_b.write_bytes(flip(home.slots_b.read_bytes()))
    assert refused(home, phrase).code == "STO-021"
    home.slots_a.unlink()
    home.slots_b.unlink()
    assert refused(home, phrase).code == "STO-020"


def test_a_newer_kits_file_is_said_to_be_newer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not damaged: the answer is to install the newer version."""
    home, keys, phrase = new_kit(tmp_path)
    said = slotfile.decode(home.slots_a.read_bytes())
    with monkeypatch.context() as future:
        future.setattr(slotfile, "VERSION", 2)
        content = slotfile.encode(said, keys.slot_mac)
    home.slots_a.write_bytes(content)
    home.slots_b.write_bytes(content)
    fault = refused(home, phrase)
    assert isinstance(fault, Incompatible)
    assert (fault.code, fault.args_) == ("STO-026", {"found": 2, "wanted": 1})


def test_slots_of_unknown_kinds_are_passed_over(tmp_path: Path) -> None:
    """A kit that also opens with a hardware key still opens with its phrase."""
    home, keys, phrase = new_kit(tmp_path)
    said = slotfile.decode(home.slots_a.read_bytes())
    key_slot = Slot("fido2", "K1", {"credential": b"\x01"}, b"salt", b"nonce", b"wrap")
    both = msgspec.structs.replace(said, slots=[*said.slots, key_slot], revision=2)
    content = slotfile.encode(both, keys.slot_mac)
    home.slots_a.write_bytes(content)
    assert unlock(home, phrase, NOON) == keys
    assert home.slots_b.read_bytes() == content
    alone = msgspec.structs.replace(both, slots=[key_slot], revision=3)
    home.slots_a.write_bytes(slotfile.encode(alone, keys.slot_mac))
    home.slots_b.unlink()
    assert refused(home, phrase).code == "STO-027"


@pytest.mark.parametrize(
    "change", [{"world": "TEST:other"}, {"generation": 2}, {"kit_id": b"x" * 16}]
)
def test_a_slot_does_not_open_under_another_identity(
    tmp_path: Path, change: dict[str, Any]
) -> None:
    """The wrapped key is bound to its kit, world and generation."""
    home, keys, phrase = new_kit(tmp_path)
    said = slotfile.decode(home.slots_a.read_bytes())
    forged = slotfile.encode(msgspec.structs.replace(said, **change), keys.slot_mac)
    home.slots_a.write_bytes(forged)
    home.slots_b.write_bytes(forged)
    assert refused(home, phrase).code == "STO-022"


def test_a_file_changed_by_somebody_without_the_key_is_told(tmp_path: Path) -> None:
    """A slot added from outside opens nothing, and the good copy still does."""
    home, keys, phrase = new_kit(tmp_path)
    said = slotfile.decode(home.slots_a.read_bytes())
    added = msgspec.structs.replace(said, slots=[*said.slots, said.slots[0]], revision=9)
    forged = slotfile.encode(added, bytes(32))
    home.slots_a.write_bytes(forged)
    assert unlock(home, phrase, NOON) == keys
    home.slots_a.write_bytes(forged)
    home.slots_b.write_bytes(forged)
    fault = refused(home, phrase)
    assert isinstance(fault, Corrupt)
    assert fault.code == "STO-028"


# ------------------------------------------------------------------------------------ bad files


@given(content=st.binary(max_size=400))
def test_any_bytes_are_refused_with_a_code(content: bytes) -> None:
    """No file, however strange, gets past the reader but by a KitError."""
    for tried in (content, slotfile.MAGIC + content):
        with pytest.raises(KitError):
            slotfile.decode(tried)


@given(body=st.binary(max_size=200))
def test_any_body_under_a_good_digest_is_refused_with_a_code(body: bytes) -> None:
    """The digest is no secret: whoever writes a file can make a good one."""
    signed = slotfile.MAGIC + b"\x01" + len(body).to_bytes(4, "big") + body
    content = signed + slotfile._digest(signed) + bytes(32)
    try:
        said = slotfile.decode(content)
    except KitError:
        return
    assert isinstance(said, Slots)


parameters = st.dictionaries(
    st.sampled_from(["memory_kib", "passes", "other"]),
    st.integers(-2, 300) | st.binary(max_size=4),
)
odd_slots = st.builds(
    Slot,
    kind=st.sampled_from(["phrase", "tpm", ""]),
    label=st.text(max_size=4),
    params=parameters | st.just({"memory_kib": 64, "passes": 1}),
    salt=st.binary(max_size=20) | st.just(bytes(16)),
    nonce=st.binary(max_size=30) | st.just(bytes(24)),
    wrap=st.binary(max_size=80),
)
odd_files = st.builds(
    Slots,
    kit_id=st.binary(max_size=20),
    world=st.sampled_from([WORLD, "REEL", ""]),
    generation=st.integers(-(2**63), 2**64 - 1),
    revision=st.integers(-5, 5),
    slots=st.lists(odd_slots, max_size=3),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(said=odd_files, data=st.data())
def test_any_well_formed_file_opens_nothing_and_breaks_nothing(
    tmp_path: Path, said: Slots, data: st.DataObject
) -> None:
    """Wrong lengths, negative numbers, absent parameters: only a KitError comes out."""
    home = new_home(tmp_path)
    content = bytearray(slotfile.encode(said, bytes(32)))
    home.slots_a.write_bytes(content)
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    home.slots_b.write_bytes(content)
    home.tries.unlink(missing_ok=True)
    assert refused(home, wrong_phrase()).code.startswith("STO-0")
