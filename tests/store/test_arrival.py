"""Whatever the order in which the entries of several feeds arrive, the tables are the same.

Entries are drawn for three feeds (with ties of their Lamport counters, and with entries that name
others as replaced), laid in two orders of arrival by two kits that number feeds otherwise, and
rebuilt in canonical order. `test_these_tests_can_fail` breaks the projector on purpose.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kit.core.envelope import entry_number, entry_place
from kit.core.event import EVENTS, Event, Stamp
from kit.core.projection import TABLES, Subject
from kit.store.database import Database, create_database
from kit.store.projector import Projection
from tests.arch.registries import open_every_room, registered_events
from tests.store.kits import IDENTITY, KEY
from tests.store.test_projector import facts
from tests.ward.harness import NOW

open_every_room()
FEEDS = 3
NUMBERS = ("n", "by", "entry", "first")
"""Columns that hold a kit's own number of an entry, where they are integers."""


class Written(msgspec.Struct, frozen=True):
    """One entry: its place, what it names as replaced (places), what it says."""

    feed: int
    seq: int
    lam: int
    base: tuple[tuple[int, int], ...]
    event: Event


class Tables:
    """The tables of one kit, filled entry by entry. numbers: its own number of each feed."""

    def __init__(self, db: Database, numbers: tuple[int, ...]) -> None:
        self.db, self.numbers = db, numbers
        self.log: dict[int, tuple[Stamp, Event]] = {}
        with db.transaction():
            self.empty()

    def empty(self) -> None:
        """As when the kit was new."""
        self.db.execute("create table if not exists kit(name text primary key, value blob)")
        self.db.execute("insert or replace into kit values('projected_lam', 0)")
        made = {name for (name,) in self.db.rows("select name from sqlite_schema")}
        for name, ddl in TABLES.items():
            if name in made:
                self.db.execute(f"delete from {name}")
            else:
                for statement in filter(str.strip, ddl.split(";")):
                    self.db.execute(statement)
        self.projection = Projection(self.db, self.log.get)

    def take(self, one: Written) -> None:
        """Lay one entry as it arrives."""
        n = self.n(one.feed, one.seq)
        base = tuple(self.n(*place) for place in one.base)
        name = bytes([255 - one.feed]) * 16
        stamp = Stamp(n, one.lam, NOW + one.lam, 1, f"a{one.feed}", "s", base, name, bytes(8))
        self.log[n] = (stamp, one.event)
        self.projection.fold(stamp, one.event)

    def n(self, feed: int, seq: int) -> int:
        """This kit's number for an entry."""
        return entry_number(self.numbers[feed], seq)

    def content(self) -> dict[str, list[str]]:
        """Every table, with entries named by feed and place, not by this kit's numbers."""
        told = {}
        for name in TABLES:
            columns = [str(row[1]) for row in self.db.rows(f"pragma table_info({name})")]
            shown = "rowid as n" if name == "patient_index" else "*"
            columns = ["n"] if name == "patient_index" else columns
            rows = self.db.rows(f"select {shown} from {name}")
            told[name] = sorted(
                repr([self.named(column, v) for column, v in zip(columns, row, strict=True)])
                for row in rows
            )
        return told

    def named(self, column: str, value: Any) -> Any:
        """An entry's number as (feed, place); anything else as it is."""
        if column not in NUMBERS or not isinstance(value, int):
            return value
        feed, seq = entry_place(value)
        return (self.numbers.index(feed), seq) if feed in self.numbers else value


MEETING: tuple[tuple[str, dict[str, Any]], ...] = (
    ("vitals.recorded", {"patient": "p", "at": 1, "values": {"hr": "80"}, "src": "k1"}),
    ("vitals.recorded", {"patient": "p", "at": 1, "values": {"hr": "80"}, "src": "k2"}),
    ("note.written", {"patient": "p", "at": 1, "data": "x", "src": "k1"}),
    ("administration.recorded", {"patient": "p", "key": "k", "at": 1, "src": "k1"}),
    ("administration.recorded", {"patient": "p", "key": "k", "at": 2, "src": "k2"}),
    ("administration.recorded", {"patient": "p", "slot": "s1", "at": 1}),
    ("administration.recorded", {"patient": "p", "slot": "s1", "at": 2}),
    ("entry.struck", {"patient": "p", "kind": "vitals", "reason": "typing"}),
    ("conflict.settled", {
        "conflict": "dose:s1", "kind": "dose", "patient": "p", "choice": "both", "reason": "x",
    }),
    ("conflict.settled", {
        "conflict": "dose:s1", "kind": "dose", "patient": "p", "choice": f"{'ff' * 16}:1",
        "reason": "x",
    }),
    ("prescription.recorded", {"prescription": "o", "patient": "p", "src": "k1"}),
    ("prescription.recorded", {
        "prescription": "o", "patient": "p", "status": "stopped", "src": "k2",
    }),
    ("prescription.stopped", {"prescription": "o", "patient": "p", "at": 5}),
    ("prescription.suspended", {"prescription": "o", "patient": "p", "at": 6}),
    ("prescription.resumed", {"prescription": "o", "patient": "p", "at": 7}),
    ("stay.opened", {"stay": "s", "patient": "p", "ward": "A", "bed": "1", "src": "k1"}),
    ("stay.opened", {"stay": "s", "patient": "p", "ward": "A", "bed": "2", "src": "k2"}),
    ("stay.moved", {"stay": "s", "patient": "p", "ward": "A", "bed": "3"}),
    ("stay.moved", {"stay": "s", "patient": "p", "ward": "B", "bed": "4"}),
    ("stay.closed", {"stay": "s", "patient": "p", "at": 9}),
    ("allergy.recorded", {"allergy": "a", "patient": "p", "substance": "latex", "src": "k1"}),
    ("allergy.recorded", {
        "allergy": "a", "patient": "p", "substance": "latex", "certainty": "confirmed",
    }),
    ("allergy.refuted", {"allergy": "a", "patient": "p", "reason": "x"}),
    ("allergy.none_known", {"patient": "p", "at": 3}),
    ("patient.registered", {"patient": "p", "birth_family": "A", "src": "k1"}),
    ("patient.registered", {"patient": "p", "birth_family": "B", "src": "k2"}),
    ("patient.registered", {"patient": "p", "birth_family": "C"}),
)  # fmt: skip
"""Events that meet: of one patient, one order, one stay, one slot, told by two sources."""


def meeting(draw: st.DrawFn) -> Event:
    """One of them."""
    name, said = draw(st.sampled_from(MEETING))
    event: Event = msgspec.convert(said, EVENTS[name].cls)
    return event


@st.composite
def written(draw: st.DrawFn, types: list[str]) -> list[Written]:
    """Entries of three feeds: each feed's counters rise, feeds tie; some name earlier ones.

    types: of the events; none = those that meet.
    """
    few = (
        draw(st.lists(st.sampled_from(types), min_size=1, max_size=3, unique=True)) if types else []
    )
    counters, seqs = [0] * FEEDS, [0] * FEEDS
    entries: list[Written] = []
    for _ in range(draw(st.integers(2, 9))):
        feed = draw(st.integers(0, FEEDS - 1))
        counters[feed] += draw(st.integers(1, 2))
        seqs[feed] += 1
        places = [(one.feed, one.seq) for one in entries if one.lam < counters[feed]]
        base = draw(st.lists(st.sampled_from(places), max_size=2, unique=True)) if places else []
        if few:
            cls = EVENTS[draw(st.sampled_from(few))].cls
            event = msgspec.convert(draw(facts(cls)), cls)
        else:
            event = meeting(draw)
        entries.append(Written(feed, seqs[feed], counters[feed], tuple(base), event))
    return entries


def interleaved(entries: list[Written], chance: random.Random) -> list[Written]:
    """Some order of arrival: within a feed in order, between feeds as chance has it."""
    feeds = [[one for one in entries if one.feed == feed] for feed in range(FEEDS)]
    order = []
    while any(feeds):
        order.append(chance.choice([feed for feed in feeds if feed]).pop(0))
    return order


def canonical(entries: list[Written]) -> list[Written]:
    """The order in which a rebuild lays them."""
    return sorted(entries, key=lambda one: (one.lam, 255 - one.feed, one.seq))


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Database]]:
    """Two stores, used again by each example."""
    folder: Path = tmp_path_factory.mktemp("arrival")
    dbs = [create_database(folder / name, KEY, IDENTITY) for name in ("one.db", "two.db")]
    yield dbs
    for db in dbs:
        db.close()


def ordered_types() -> list[str]:
    """Every event whose tables must not show the order of arrival: all of them."""
    return [kind.name for kind in registered_events()]


def laid(tables: Tables, order: list[Written], chance: random.Random) -> dict[str, list[str]]:
    """The tables once these entries have arrived, in batches of any size."""
    with tables.db.transaction():
        for one in order:
            tables.take(one)
            if chance.random() < 0.4:
                tables.projection.settle()
        tables.projection.settle()
    return tables.content()


@settings(max_examples=200, suppress_health_check=list(HealthCheck))
@given(entries=st.one_of(written(ordered_types()), written([])), seed=st.integers(0, 2**32))
def test_any_order_of_arrival_makes_the_same_tables(
    stores: list[Database], entries: list[Written], seed: int
) -> None:
    """Two interleavings, and the rebuild: byte for byte the same."""
    chance = random.Random(seed)
    one, two = Tables(stores[0], (5, 6, 7)), Tables(stores[1], (9, 8, 3))
    first = laid(one, interleaved(entries, chance), chance)
    assert laid(two, interleaved(entries, chance), chance) == first
    one.empty()
    assert laid(one, canonical(entries), chance) == first


def revocable() -> list[str]:
    """Every event that may be set apart later: those of wards and of the house."""
    return [kind.name for kind in registered_events() if kind.scope in ("w", "ops", "msg")]


@settings(max_examples=120, suppress_health_check=list(HealthCheck))
@given(entries=st.one_of(written(revocable()), written([])), seed=st.integers(0, 2**32))
def test_an_entry_that_no_longer_counts_leaves_no_trace_and_may_come_back(
    stores: list[Database], entries: list[Written], seed: int
) -> None:
    """Set apart = as if it had never come; adopted = as if it had never gone."""
    chance = random.Random(seed)
    one, two = Tables(stores[0], (5, 6, 7)), Tables(stores[1], (9, 8, 3))
    whole = laid(one, interleaved(entries, chance), chance)
    apart = chance.sample(entries, chance.randint(1, len(entries)))
    rest = [entry for entry in entries if entry not in apart]
    with one.db.transaction():
        for entry in apart:
            one.projection.forget(one.n(entry.feed, entry.seq))
        one.projection.settle()
    assert one.content() == laid(two, interleaved(rest, chance), chance)
    with one.db.transaction():
        for entry in chance.sample(apart, len(apart)):
            one.projection.refold(one.n(entry.feed, entry.seq))
        one.projection.settle()
    assert one.content() == whole


def test_an_entry_laid_twice_is_laid_once(stores: list[Database]) -> None:
    """Replay changes nothing."""
    chance = random.Random(1)
    cls = EVENTS["stay.opened"].cls
    said = [cls(stay="s1", patient="p1", bed=f"C{n:02d}") for n in range(4)]
    entries = [Written(n % 2, n // 2 + 1, n + 1, (), event) for n, event in enumerate(said)]
    tables = Tables(stores[0], (5, 6, 7))
    once = laid(tables, entries, chance)
    assert laid(tables, interleaved(entries, chance), chance) == once


MUTANTS = {
    "late is never noticed": ("_newest", lambda *_: 0),
    "ties count as in order": (
        "_newest",
        lambda self, ident, _lam: self._highest.get(ident, 1) - 1,
    ),
    "late subjects are not folded anew": ("_refold", lambda *_: None),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_these_tests_can_fail(
    stores: list[Database], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Each of these faults in the projector is seen by two moves of one patient."""
    monkeypatch.setattr(Projection, *MUTANTS[name])
    moved = EVENTS["stay.opened"].cls
    beds = [moved(stay="s1", patient="p1", bed=bed) for bed in ("C01", "C02", "C03")]
    entries = [Written(0, 1, 1, (), beds[0]), Written(0, 2, 2, (), beds[1])]
    entries.append(Written(1, 1, 2, (), beds[2]))
    chance = random.Random(1)
    tables = Tables(stores[0], (5, 6, 7))
    found = []
    for order in (entries, [entries[2], *entries[:2]]):
        tables.empty()
        found.append(laid(tables, order, chance))
    assert found[0] != found[1]


def test_clearing_a_thing_leaves_the_others_alone(stores: list[Database]) -> None:
    """A late entry costs its own subject only: others are not read again."""
    read: list[int] = []
    tables = Tables(stores[0], (5, 6, 7))
    cls = EVENTS["stay.opened"].cls
    for n in range(1, 40):
        tables.take(Written(0, n, n + 10, (), cls(stay=f"s{n}", patient="p")))
    tables.projection.settle()

    def reading(n: int) -> tuple[Stamp, Event] | None:
        read.append(n)
        return tables.log.get(n)

    tables.projection._read = reading
    tables.take(Written(1, 1, 3, (), cls(stay="s7", patient="p")))
    tables.projection.settle()
    assert len(read) == 2


def test_subjects_of_two_kinds_never_share_a_number() -> None:
    """A stay and an order of one name are two things."""
    one, two = (Subject(kind, lambda *_: (), lambda *_: None) for kind in ("stay", "order"))
    assert one.id("k1") != two.id("k1")
