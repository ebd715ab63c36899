"""Tables are made from the log alone: dropped and rebuilt, they are the same to the last byte."""

from __future__ import annotations

import tempfile
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kit.core.envelope import Content, Inner, encode_content, encode_inner, entry_number
from kit.core.event import EVENTS, Event
from kit.core.projection import TABLES
from kit.store.projector import ensure_tables, fingerprint, rebuild
from kit.store.signer import Signer
from kit.ward.correction import EntryStruck
from kit.ward.vitals import VitalsHistory, VitalsRecorded
from tests.ward.harness import NOW, SEED, Ward

PATIENTS = ("p1", "p2")
KEYS = ("k1", "k2")

# Fields that name a thing get few values, so that events meet: replace, move, stop, refute.
NAMED: dict[str, tuple[Any, ...]] = {
    "patient": PATIENTS, "prescription": KEYS, "stay": KEYS, "allergy": KEYS, "alert": KEYS,
    "person": KEYS, "snapshot": KEYS, "src": ("", *KEYS), "ward": ("CARD", "NEPH"),
    "bed": ("", "C01", "C02"), "result": KEYS, "problem": KEYS, "care": KEYS,
    "appointment": KEYS, "entry": KEYS, "contact": KEYS, "session": KEYS,
    "slot": ("", "s1"), "conflict": ("dose:s1", "order:k1"), "choice": ("both", "x", "y"),
    "at": (0, NOW, NOW + 60_000), "status": ("active", "given", "final", "odd"),
}  # fmt: skip


def ward_events() -> list[str]:
    """Every event type of the ward and of people."""
    ours = ("kit.ward.", "kit.people.")
    return sorted(name for name, kind in EVENTS.items() if kind.cls.__module__.startswith(ours))


def facts(cls: type[msgspec.Struct]) -> st.SearchStrategy[dict[str, Any]]:
    """The fields of a struct: the required ones, and any of the others."""
    hints = typing.get_type_hints(cls)
    required: dict[str, st.SearchStrategy[Any]] = {}
    optional: dict[str, st.SearchStrategy[Any]] = {}
    for field in msgspec.structs.fields(cls):
        named = NAMED.get(field.name) if hints[field.name] in (str, int) else None
        made = st.sampled_from(named) if named else value(hints[field.name])
        (required if field.required else optional)[field.name] = made
    return st.fixed_dictionaries(required, optional=optional)


def value(hint: Any) -> st.SearchStrategy[Any]:
    """Any value of a field's type, in the shape that msgspec converts."""
    plain: dict[Any, st.SearchStrategy[Any]] = {
        str: st.text(st.characters(codec="utf-8"), max_size=6),
        int: st.integers(0, 2**40),
        bool: st.booleans(),
        bytes: st.sampled_from((b"a" * 32, b"b" * 16)),
        float: st.integers(0, 9).map(float),
    }
    if hint in plain:
        return plain[hint]
    inner = [kind for kind in typing.get_args(hint) if kind not in (type(None), Ellipsis)]
    if typing.get_origin(hint) is tuple:
        return st.lists(value(inner[0]), max_size=2)
    if typing.get_origin(hint) is dict:
        return st.dictionaries(value(inner[0]), value(inner[1]), max_size=2)
    if inner:
        return st.none() | value(inner[0])
    if hint.__struct_config__.array_like:
        hints = typing.get_type_hints(hint)
        return st.tuples(*(value(hints[field]) for field in hint.__struct_fields__))
    return facts(hint)


def events() -> st.SearchStrategy[Event]:
    """Any event of any type, with few names and any other content."""
    return st.sampled_from(ward_events()).flatmap(
        lambda name: facts(EVENTS[name].cls).map(
            lambda said: msgspec.convert(said, EVENTS[name].cls)
        )
    )


def put(kit: Ward, name: str, data: Any, seq_feed: str = "w:CARD") -> None:
    """Lay a signed entry of any type at the end of a feed, as if a peer had sent it."""
    found = kit.db.row("select n, feed, seq, tip from feed where scope=?", seq_feed)
    assert found
    n, feed, seq, tip = found
    kit.log.lam += 1
    body = encode_inner(
        Inner(name, 1, "x", "s", NOW, 1, (), b"", msgspec.Raw(msgspec.msgpack.encode(data)))
    )
    content = encode_content(Content(1, feed, seq + 1, tip, kit.log.lam, 0, bytes(24), body))
    raw = Signer(SEED).sign(content) + content
    kit.db.execute("insert into event values(?,?,?)", entry_number(n, seq + 1), kit.log.lam, raw)


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.one_of(events(), st.tuples(st.just("strike"), st.integers(0, 30))), max_size=25))
def test_tables_rebuilt_from_the_log_are_the_same(acts: list[Any]) -> None:
    """Any events, in any order, with strikes of anything: rebuilt = as they grew."""
    with tempfile.TemporaryDirectory() as folder:
        kit = Ward(Path(folder))
        numbers: list[int] = []
        for n, act in enumerate(acts):
            if isinstance(act, Event):
                numbers += kit.record(act, at=NOW + n)
            elif numbers:
                struck = EntryStruck(patient="p1", kind="vitals", reason="typing")
                numbers += kit.record(struck, base=(numbers[act[1] % len(numbers)],), at=NOW + n)
        grown = fingerprint(kit.db)
        with kit.db.transaction():
            rebuild(kit.db, kit.log.entries)
        assert fingerprint(kit.db) == grown
        kit.db.close()


@pytest.fixture
def kit(tmp_path: Path) -> Iterator[Ward]:
    """A kit with one set of vitals."""
    kit = Ward(tmp_path / "kit")
    kit.admit("p1", bed="C01")
    kit.record(VitalsRecorded(patient="p1", at=NOW, values={"hr": "80"}))
    yield kit
    kit.db.close()


def test_a_type_of_a_later_version_is_kept_and_counted(kit: Ward) -> None:
    """sync.md §4.8: stored, forwarded, counted; projected after an upgrade."""
    put(kit, "oxygen.bottled", {"bottle": 3})
    with kit.db.transaction():
        rebuild(kit.db, kit.log.entries)
    assert kit.db.rows("select type from unknown_event") == [("newer",)]
    assert len(kit.ask(VitalsHistory(patient="p1"))) == 1


def test_fields_of_a_later_version_are_kept_in_the_bytes_and_do_not_hinder(kit: Ward) -> None:
    put(kit, "vitals.recorded", {"patient": "p1", "at": NOW + 1, "values": {}, "posture": "assis"})
    with kit.db.transaction():
        rebuild(kit.db, kit.log.entries)
    assert len(kit.ask(VitalsHistory(patient="p1"))) == 2
    raw = kit.db.row("select raw from event order by n desc")
    assert raw
    assert b"posture" in raw[0]


@pytest.mark.parametrize("data", [{"patient": 7}, {}, [1, 2], None])
def test_a_known_type_that_cannot_be_read_is_counted_and_stops_nothing(
    kit: Ward, data: Any
) -> None:
    """One entry that another version wrote otherwise must not close the whole kit."""
    put(kit, "vitals.recorded", data)
    with kit.db.transaction():
        rebuild(kit.db, kit.log.entries)
    assert kit.db.row("select count(*) from unknown_event") == (1,)
    assert len(kit.ask(VitalsHistory(patient="p1"))) == 1


def test_an_unreadable_entry_is_counted_and_stops_nothing(kit: Ward) -> None:
    kit.db.execute("insert into event values(?,?,?)", entry_number(1, 900), 900, b"rubbish")
    with kit.db.transaction():
        rebuild(kit.db, kit.log.entries)
    assert kit.db.row("select count(*) from unknown_event") == (1,)
    assert len(kit.ask(VitalsHistory(patient="p1"))) == 1


def test_tables_of_another_version_are_rebuilt_once(kit: Ward) -> None:
    assert ensure_tables(kit.db, kit.log.entries) is False
    kit.db.execute("update kit set value=x'00' where name='schema'")
    kit.db.execute("delete from vitals")
    assert ensure_tables(kit.db, kit.log.entries) is True
    assert len(kit.ask(VitalsHistory(patient="p1"))) == 1
    assert ensure_tables(kit.db, kit.log.entries) is False


def test_a_rebuild_that_fails_leaves_the_tables_as_they_were(
    kit: Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A power cut in the middle must not leave an empty chart."""
    before = fingerprint(kit.db)
    kit.db.execute("update kit set value=x'00' where name='schema'")

    def fail(_done: int, _total: int) -> None:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        ensure_tables(kit.db, kit.log.entries, fail)
    assert fingerprint(kit.db) == before


def test_a_changed_table_is_seen_by_the_fingerprint(kit: Ward) -> None:
    before = fingerprint(kit.db)
    assert set(before) == set(TABLES)
    kit.db.execute("update vitals set note='x'")
    assert {name for name, digest in fingerprint(kit.db).items() if digest != before[name]} == {
        "vitals"
    }


def test_progress_is_told_while_rebuilding(kit: Ward) -> None:
    told: list[tuple[int, int]] = []
    with kit.db.transaction():
        rebuild(kit.db, kit.log.entries, lambda done, total: told.append((done, total)))
    assert told == [(0, 4)]
