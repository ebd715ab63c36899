"""Stored bytes are for ever: each event of version 1 reads, and is written, as it was.

`scripts/write_golden_events.py` adds the file of a new type; a file that exists is never rewritten.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from kit.core.envelope import encode_data
from kit.core.event import EVENTS
from kit.people.person import PersonEnrolled
from kit.ward import open_rooms

open_rooms()
FOLDER = Path(__file__).resolve().parent.parent / "golden" / "events"
OURS = sorted(
    name
    for name, kind in EVENTS.items()
    if kind.cls.__module__.startswith(("kit.ward.", PersonEnrolled.__module__))
)


def golden(name: str) -> dict[str, Any]:
    """The golden file of a type."""
    found: dict[str, Any] = json.loads((FOLDER / f"{name}.v1.json").read_text("utf-8"))
    return found


@pytest.mark.parametrize("name", OURS)
def test_the_bytes_of_version_1_still_say_the_same(name: str) -> None:
    kept, kind = golden(name), EVENTS[name]
    read = kind.decode(bytes.fromhex(kept["msgpack"]))
    assert read == msgspec.convert(kept["data"], kind.cls)


@pytest.mark.parametrize("name", OURS)
def test_the_same_facts_are_still_written_as_the_same_bytes(name: str) -> None:
    """Another kit, of this version or the first, signs and checks the same thing."""
    kept, kind = golden(name), EVENTS[name]
    made = msgspec.convert(kept["data"], kind.cls)
    assert encode_data(made).hex() == kept["msgpack"]


@pytest.mark.parametrize("name", OURS)
def test_the_golden_file_knows_every_field_of_its_time(name: str) -> None:
    """A field that the file does not hold must have a default, or old bytes would not read."""
    kept, kind = golden(name), EVENTS[name]
    new = set(kind.cls.__struct_encode_fields__) - set(kept["data"])
    required = {field.encode_name for field in msgspec.structs.fields(kind.cls) if field.required}
    assert not new & required
