"""The pipe between screens and node: every message arrives whole, once, in order, or not at all."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.core.errors import BadInput
from kit.core.frame import MAX_BYTES, FrameReader, encode

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.text(max_size=20)
    | st.binary(max_size=20)
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)
messages = st.lists(st.dictionaries(st.text(max_size=8), values, max_size=5), max_size=5)


@given(messages, st.lists(st.integers(0, 400), max_size=12))
def test_messages_survive_any_cutting_of_the_stream(
    sent: list[dict[str, Any]], cuts: list[int]
) -> None:
    """However the pipe cuts the bytes, the same messages come out in the same order."""
    stream = b"".join(encode(message) for message in sent)
    edges = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    reader = FrameReader()
    got: list[dict[str, Any]] = []
    for start, end in itertools.pairwise(edges):
        got += reader.feed(stream[start:end])
    assert got == sent
    assert reader.pending == 0


@given(st.binary(max_size=200))
def test_rubbish_is_refused_with_a_code_and_never_crashes(rubbish: bytes) -> None:
    """Any bytes give messages, patience, or BadInput with a stable code; nothing else."""
    got: list[dict[str, Any]] = []
    code = "none"
    try:
        got = FrameReader().feed(rubbish)
    except BadInput as error:
        code = error.code
    assert code in {"none", "RPC-001", "RPC-002"}
    assert all(isinstance(message, dict) for message in got)


def test_a_length_above_the_limit_is_refused_before_the_bytes_are_awaited() -> None:
    """A corrupt length must not make the reader wait for gigabytes."""
    with pytest.raises(BadInput) as caught:
        FrameReader().feed((MAX_BYTES + 1).to_bytes(4, "big"))
    assert caught.value.code == "RPC-001"


@pytest.mark.parametrize("body", [b"\xc1", b"\x93\x01\x02\x03", b"\x81\x01\x02", b"\x81\xa1a", b""])
def test_a_body_that_is_not_one_map_with_text_keys_is_refused(body: bytes) -> None:
    """A list, a number key, a cut map or nothing at all is not a message."""
    with pytest.raises(BadInput) as caught:
        FrameReader().feed(len(body).to_bytes(4, "big") + body)
    assert caught.value.code == "RPC-002"


def test_a_good_message_before_a_bad_one_is_not_lost() -> None:
    """The acknowledged entry that came before the corruption is still delivered."""
    reader = FrameReader()
    bad = (1).to_bytes(4, "big") + b"\xc1"
    assert reader.feed(encode({"id": 1, "ok": "done"}) + bad) == [{"id": 1, "ok": "done"}]
    assert reader.broken
    with pytest.raises(BadInput):
        reader.feed(encode({"id": 2, "ok": "later"}))


def test_a_message_too_large_to_send_is_refused_at_the_sender() -> None:
    """The sender learns of it, with both sizes, instead of the far side closing the pipe."""
    with pytest.raises(BadInput) as caught:
        encode({"id": 1, "args": bytes(MAX_BYTES + 1)})
    assert caught.value.code == "RPC-003"
    assert caught.value.args_["limit"] == MAX_BYTES


def test_a_value_that_has_no_wire_form_is_refused_at_the_sender() -> None:
    """A programming slip is a coded fault, not a broken pipe."""
    with pytest.raises(BadInput) as caught:
        encode({"id": object()})
    assert caught.value.code == "RPC-004"
