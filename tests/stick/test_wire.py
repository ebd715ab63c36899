"""The keeper's language: whatever comes in, nothing but a whole and valid request gets through."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.core.errors import BadInput
from kit.stick.wire import LAYOUTS, LONGEST_LINE, REQUESTS, id_of, read_ask

VALID: dict[str, Any] = {
    "phrase": "abeille sapin", "repair": True, "old": "a", "new": "b", "recovery": "c",
    "device": "sdb1", "source": "sdb", "serial": "ABC 1", "ms": 1_795_305_600_000,
    "layout": "fr", "confirmed": False, "erase": False, "text": "lock painted", "of": 3,
    "ssid": "4b49542d", "secret": "tifo-redu", "identity": "kit",
}  # fmt: skip
NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
SIMPLE = st.none() | st.booleans() | NUMBERS | st.text(max_size=12)
JSON = st.recursive(
    SIMPLE, lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=8), inner)
)


def code_of(line: bytes) -> str:
    """The refusal of a line; empty for one that is a request."""
    try:
        read_ask(line)
    except BadInput as fault:
        return fault.code
    return ""


def asked(name: str, **changed: Any) -> bytes:
    """A valid request with some fields changed; `...` leaves one out."""
    args = {field: VALID[field] for field in REQUESTS[name]} | changed
    return json.dumps(
        {"id": 1, "do": name, "args": {k: v for k, v in args.items() if v is not ...}}
    ).encode()


@given(st.binary(max_size=400))
def test_garbage_is_refused_in_words(line: bytes) -> None:
    """No bytes raise anything else."""
    assert code_of(line).startswith("KEY-00")
    id_of(line)


@given(JSON)
def test_other_json_is_refused_in_words(value: Any) -> None:
    """Nor does JSON of another shape."""
    line = json.dumps(value).encode()
    assert code_of(line).startswith("KEY-00")
    id_of(line)


@given(st.sampled_from(sorted(REQUESTS)), st.sampled_from(sorted(VALID)), JSON)
def test_a_value_of_another_kind_never_reaches_a_disk(name: str, field: str, value: Any) -> None:
    """What gets through is text or a number that the field allows."""
    line = asked(name, **{field: value})
    if field not in REQUESTS[name]:
        assert code_of(line) == "KEY-003"
    elif not code_of(line):
        assert REQUESTS[name][field].check(value)
        assert isinstance(value, str | int)


@pytest.mark.parametrize("name", sorted(REQUESTS))
def test_each_field_is_needed_and_no_other_is_taken(name: str) -> None:
    """Left out or added, a field is named in the refusal."""
    assert code_of(asked(name)) == ""
    assert code_of(asked(name, path="/")) == "KEY-003"
    for field, rule in REQUESTS[name].items():
        assert (code_of(asked(name, **{field: ...})) == "KEY-003") is rule.needed


@pytest.mark.parametrize(
    "device",
    ["", "/dev/sdb", "../sda", "sda;ls", "sda 1", "SDA", "-f", "sd\nb", "a" * 17, "sdb\0", 7, None],
)  # fmt: skip
def test_a_drive_is_a_kernel_name_and_nothing_else(device: Any) -> None:
    """No path, no option and no shell can be smuggled in."""
    assert code_of(asked("import_mount", device=device)) == "KEY-003"


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        ("unlock", "phrase", "a\nb"),
        ("unlock", "phrase", "x" * 257),
        ("unlock", "phrase", ""),
        ("unlock", "repair", 1),
        ("set_time", "ms", -1),
        ("set_time", "ms", 1.5),
        ("set_time", "ms", True),
        ("set_time", "ms", 2**60),
        ("set_layout", "layout", "de"),
        ("set_layout", "layout", ["fr"]),
        ("mark", "text", "é"),
        ("mark", "text", "a\nKIT-MARK b"),
        ("cancel", "of", "1"),
        ("wifi_join", "ssid", ""),
        ("wifi_join", "ssid", "4b4"),
        ("wifi_join", "ssid", "4B"),
        ("wifi_join", "ssid", "4b" * 33),
        ("wifi_join", "ssid", "../4b"),
        ("wifi_join", "secret", "a\n[ipv4]"),
        ("wired_login", "identity", "a\npassword=b"),
        ("wired_login", "secret", ""),
    ],
)
def test_a_value_out_of_bounds_is_refused(name: str, field: str, value: Any) -> None:
    """Each bound, once."""
    assert code_of(asked(name, **{field: value})) == "KEY-003"


def test_a_refusal_repeats_no_secret() -> None:
    """A phrase that is refused stands in no answer."""
    with pytest.raises(BadInput) as raised:
        read_ask(asked("unlock", phrase="secret\n"))
    assert "secret" not in str(raised.value.args_)


def test_every_keyboard_of_the_lock_screen_is_taken() -> None:
    """All five, by name."""
    assert [code_of(asked("set_layout", layout=one)) for one in LAYOUTS] == [""] * len(LAYOUTS)


def test_the_longest_phrase_fits_into_a_line() -> None:
    """A limit that no valid request meets."""
    assert len(asked("change", old="é" * 256, new="é" * 256)) < LONGEST_LINE
