"""The envelope: the signed bytes are the stored bytes, and nothing ill-formed gets further."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.core.envelope import (
    BASE_LIMIT,
    LAMPORT_LIMIT,
    NO_NONCE,
    NO_PREVIOUS,
    RAW_LIMIT,
    SIGNATURE_BYTES,
    Content,
    Inner,
    Ref,
    decode_content,
    decode_inner,
    encode_content,
    encode_inner,
    entry_number,
    entry_place,
    feed_id,
    fleet_id,
)
from kit.core.errors import BadInput, Incompatible
from kit.core.ids import derived_id, random_id

SIGNATURE = bytes(SIGNATURE_BYTES)


def content(**facts: object) -> Content:
    """An envelope; facts replace its fields."""
    said = {
        "v": 1, "feed": bytes(16), "seq": 1, "prev": NO_PREVIOUS, "lam": 1, "kid": 0,
        "nonce": NO_NONCE, "body": b"x",
    }  # fmt: skip
    return Content(**(said | facts))  # type: ignore[arg-type]


def inner(base: tuple[Ref, ...] = ()) -> Inner:
    """A body."""
    return Inner("vitals.recorded", 1, "p", "s", 5, 1, base, b"", msgspec.Raw(b"\x80"))


@given(st.integers(1, 2**32 - 1), st.integers(1, LAMPORT_LIMIT - 1), st.binary(max_size=2000))
def test_an_envelope_comes_back_as_it_went(seq: int, lam: int, body: bytes) -> None:
    one = content(seq=seq, lam=lam, body=body)
    assert decode_content(SIGNATURE + encode_content(one)) == one


@given(st.binary(max_size=300))
def test_rubbish_is_bad_input_with_a_code(rubbish: bytes) -> None:
    """Never another exception: a peer's bytes are read here."""
    codes = set()
    for read in (decode_content, decode_inner):
        try:
            read(rubbish)
        except (BadInput, Incompatible) as fault:
            codes.add(fault.code)
    assert codes <= {"EVT-003", "EVT-004", "EVT-005"}


@pytest.mark.parametrize(
    ("facts", "code"),
    [({"lam": 0}, "EVT-005"), ({"lam": LAMPORT_LIMIT}, "EVT-005"), ({"seq": 0}, "EVT-003"),
     ({"seq": 2**32}, "EVT-003"), ({"feed": bytes(15)}, "EVT-003"), ({"prev": b""}, "EVT-003")],
)  # fmt: skip
def test_an_envelope_outside_its_limits_is_refused(facts: dict[str, object], code: str) -> None:
    with pytest.raises(BadInput) as caught:
        decode_content(SIGNATURE + encode_content(content(**facts)))
    assert caught.value.code == code


def test_a_version_to_come_is_named_as_such() -> None:
    with pytest.raises(Incompatible) as caught:
        decode_content(SIGNATURE + encode_content(content(v=2)))
    assert caught.value.args_ == {"version": 2}


def test_an_entry_above_64_kib_is_refused_before_it_is_signed() -> None:
    with pytest.raises(BadInput) as caught:
        encode_content(content(body=bytes(RAW_LIMIT)))
    assert caught.value.code == "EVT-001"


def test_an_entry_names_at_most_32_others() -> None:
    ref = Ref(bytes(16), 1, bytes(8))
    assert decode_inner(encode_inner(inner((ref,) * BASE_LIMIT))).base[0] == ref
    with pytest.raises(BadInput) as caught:
        encode_inner(inner((ref,) * (BASE_LIMIT + 1)))
    assert caught.value.code == "EVT-002"


def test_a_body_with_elements_of_a_later_version_still_reads() -> None:
    longer = [*msgspec.msgpack.decode(encode_inner(inner())), "new"]
    assert decode_inner(msgspec.msgpack.encode(longer)).type == "vitals.recorded"


def test_the_world_is_part_of_the_fleet_so_an_exercise_never_meets_reality() -> None:
    root = bytes(range(32))
    assert fleet_id(root, "REEL") != fleet_id(root, "EXERCICE:1") != fleet_id(root, "EXERCICE:2")


def test_a_feed_is_named_by_fleet_device_incarnation_and_scope() -> None:
    names = {
        feed_id(fleet, device, incarnation, scope)
        for fleet in (b"f" * 16, b"g" * 16)
        for device in (b"d" * 32, b"e" * 32)
        for incarnation in (bytes(8), b"1" * 8)
        for scope in ("dir", "w:CARD")
    }
    assert len(names) == 16
    assert {len(name) for name in names} == {16}


@given(st.integers(0, 2**30), st.integers(0, 2**32 - 1))
def test_an_entry_number_tells_its_feed_and_place(feed: int, seq: int) -> None:
    assert entry_place(entry_number(feed, seq)) == (feed, seq)


@given(st.lists(st.text(max_size=10), max_size=4), st.lists(st.text(max_size=10), max_size=4))
def test_derived_ids_are_the_same_for_the_same_names_only(one: list[str], other: list[str]) -> None:
    """Two kits that read the same snapshot give a patient the same id; `a|b` is not `ab`."""
    assert (derived_id(*one) == derived_id(*other)) is (one == other)


@given(st.binary(min_size=10, max_size=10), st.binary(min_size=10, max_size=10))
def test_random_ids_lose_no_chance(one: bytes, other: bytes) -> None:
    assert (random_id(one) == random_id(other)) is (one == other)
    assert len(random_id(one)) == 16
    assert not set(random_id(one)) & set("ILOU")


@pytest.mark.parametrize(
    "body", [b"\x99\xa1\xff", b"\x91" * 60_000, b"\x99\xa1x" + b"\x91" * 60_000]
)
def test_bad_text_and_endless_nesting_are_bad_input_too(body: bytes) -> None:
    """They have errors of their own in the decoder; neither is a fault of the programme."""
    with pytest.raises(BadInput):
        decode_inner(body)
    with pytest.raises(BadInput):
        decode_content(SIGNATURE + body)
