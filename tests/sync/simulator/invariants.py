"""The fourteen invariants of sync.md §9, each a function named by its number.

Each looks at a world after its last morning and tells what is wrong. Not for: what is watched while
a run goes on (`watch`), which some of them read.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from functools import lru_cache

from kit.core.envelope import SIGNATURE_BYTES, decode_header, entry_number, raw_id
from kit.core.errors import KitError
from kit.core.event import Event
from kit.core.projection import TABLES, folds_of
from kit.core.replication import ID8
from kit.store.entries import Unread
from kit.store.projector import fingerprint, rebuild
from kit.store.signer import verify as verify_once
from kit.store.verification import verify_log
from kit.sync.authority import holds
from kit.sync.fleet import ScopeKeyIssued
from tests.sync.simulator.kit import SimKit
from tests.sync.simulator.world import World
from tests.sync.simulator.writing import MARK

Tables = dict[str, list[tuple[object, ...]]]
UNLIKE = {"subject_entry", "replaced", "patient_index", "chart_opening", "correction_seen"}
"""Tables that differ between kits by right: local numbers only, or each kit's own accesses."""
CLEAR = {"dir"}
MOST_ENTRIES = 100_000


@lru_cache(maxsize=20_000)
def verify(public: bytes, signature: bytes, content: bytes) -> bool:
    """Every kit of a run holds the same bytes: each is checked once."""
    return verify_once(public, signature, content)


def portable(kit: SimKit, value: object) -> object:
    """A table's value as every kit would say it: a local entry number becomes the entry's name."""
    if not isinstance(value, int) or not 1 << 32 <= value < 1 << 62:
        return value
    row = kit.log.feeds.by_number.get(value >> 32)
    if row is None or value & 0xFFFF_FFFF > MOST_ENTRIES:
        return value  # a time of some odd year
    raw = kit.log.entries.raw(value)
    if raw is None and row.is_branch:
        return value
    return row.name, value & 0xFFFF_FFFF, raw_id(raw)[:8] if raw else b""


def tables_of(kit: SimKit) -> Tables:
    """Every table that kits share, in an order that does not hang on local numbers."""
    found: Tables = {}
    for name in TABLES:
        if name not in UNLIKE:
            rows = [
                tuple(portable(kit, value) for value in row)
                for row in kit.db.rows(f"select * from {name}")
            ]
            found[name] = sorted(rows, key=repr)
    return found


def inv01_convergence(world: World) -> list[str]:
    """Kits that hold a scope hold the same entries of it, and kits alike tell the same tables."""
    held = {kit.name: kit.by_scope() for kit in world.loyal}
    wrong = []
    for scope in sorted({scope for by_scope in held.values() for scope in by_scope}):
        holders = [kit for kit in world.loyal if kit.members.may_hold(kit.device, scope)]
        if len({kit.device for kit in holders}) < 2:
            continue  # two copies of one device never speak to each other
        every = set().union(*(by_scope.get(scope, set()) for by_scope in held.values()))
        for kit in holders:
            lacking = len(every - held[kit.name].get(scope, set()))
            if lacking:
                wrong.append(f"{kit.name} lacks {lacking} of {len(every)} entries of {scope}")
    return wrong + _unlike_tables(world)


def _is_cut_off(world: World, kit: SimKit) -> bool:
    """Whether a copy of this very device is there and nobody who could stand between them."""
    twins = [one for one in world.loyal if one.device == kit.device]
    scopes = {row.scope for one in twins for row in one.log.feeds.by_number.values() if row.scope}
    others = [one for one in world.loyal if one.device != kit.device]
    return len(twins) > 1 and not all(
        any(one.members.may_hold(one.device, scope) for one in others)
        for scope in scopes
        if not scope.startswith("audit:")
    )


def _unlike_tables(world: World) -> list[str]:
    wrong = []
    groups: dict[object, tuple[SimKit, Tables]] = {}
    for kit in world.loyal:
        member = kit.members.directory.get(kit.device)
        if member is None or member.opened or member.interim or _is_cut_off(world, kit):
            continue
        tables = tables_of(kit)
        one, first = groups.setdefault((member.grant, member.grants), (kit, tables))
        wrong += [
            f"table {name} of {kit.name} is not that of {one.name}"
            for name in first
            if first[name] != tables[name]
        ]
    return wrong


def inv02_no_loss(world: World) -> list[str]:
    """What was on the disk of a kit on the last morning is on all that may hold it, and stays."""
    wrong = []
    for kit in world.loyal:
        world.watch.kept(kit)
        lost = world.morning.get(kit.name, set()) - kit.holds()
        if lost:
            wrong.append(f"{kit.name} has lost {len(lost)} entries")
    return wrong


def inv03_no_silent_overwrite(world: World) -> list[str]:
    """Each entry that counts stands: as a fact, as a head, or replaced by one that named it."""
    wrong = []
    for kit in world.loyal:
        lams: dict[int, int] = dict(kit.db.rows("select n, lam from event"))
        heads: set[tuple[int, int, int]] = set()
        replaced: set[tuple[int, int]] = set()
        for n, found in kit.log.entries.readings():
            if isinstance(found, Unread):
                continue
            stamp, event = found
            replaced |= {(target, n) for target in stamp.base}
            for subject in folds_of(event).by_subject:
                heads |= {(subject.id(key), stamp.lam, n) for key in subject.keys(stamp, event)}
            if any(lams.get(target, 0) >= stamp.lam for target in stamp.base):
                wrong.append(f"{kit.name}: an entry stands before the one that it replaces")
        if heads != set(kit.db.rows("select subject, lam, n from subject_entry")):
            wrong.append(f"{kit.name}: an entry of a thing is not among its entries")
        if replaced != set(kit.db.rows("select n, by from replaced")):
            wrong.append(f"{kit.name}: something is replaced by an entry that does not name it")
        _note_conflicts(world, heads, {target for target, _by in replaced})
    return wrong


def _note_conflicts(world: World, heads: set[tuple[int, int, int]], replaced: set[int]) -> None:
    things = Counter(subject for subject, _lam, n in heads if n not in replaced)
    if any(count > 1 for count in things.values()):
        world.situations.seen("conflict: two versions of one thing")


def inv04_idempotence(world: World) -> list[str]:
    """Everything told again changes nothing."""
    wrong = []
    chance = random.Random(world.seed)
    kits = list(world.loyal)
    for kit in chance.sample(kits, min(2, len(kits))):
        before = fingerprint(kit.db), kit.holds()
        other = chance.choice([one for one in kits if one is kit or one.device != kit.device])
        stored = 0
        for feed, tip in other.replica.vector(kit.device).tips.items():
            after = 0
            while after < tip.seq:
                raws = other.replica.run(feed, after)
                if not raws:
                    break
                stored += kit.replica.take(other.device, feed, raws).stored
                after += len(raws)
        for feed, fork in other.replica.vector(kit.device).forks.items():
            raws = other.replica.loose(feed, fork.ids)
            chance.shuffle(raws)
            stored += kit.replica.take_loose(other.device, feed, fork.seq, raws).stored
        if stored or before != (fingerprint(kit.db), kit.holds()):
            wrong.append(f"{kit.name} changed when {other.name} told all again ({stored} stored)")
    return wrong


def inv05_authenticity(world: World) -> list[str]:
    """Each stored entry is signed by an enrolled device that may write its scope."""
    wrong = []
    for kit in world.loyal:
        directory = kit.members.directory
        for row in kit.log.feeds.by_number.values():
            if not row.seq or row.is_branch:
                continue
            if not directory.may_write(row.device, row.scope):
                wrong.append(f"{kit.name} holds {row.scope} of a device without the right")
            if row.scope in CLEAR:
                continue
            ever = directory.may_hold(kit.device, row.scope) or _once_held(kit, row.scope)
            if not ever and not row.own:
                wrong.append(f"{kit.name} holds {row.scope}, which is not for it")
        for device, raw in kit.db.rows(
            "select f.device, e.raw from event e join feed f on f.n=e.n>>32"
        ):
            if not verify(device, raw[:SIGNATURE_BYTES], raw[SIGNATURE_BYTES:]):
                wrong.append(f"{kit.name} holds an entry without its author's signature")
    return wrong


def _once_held(kit: SimKit, scope: str) -> bool:
    """Whether an enrolment that another one has replaced let it hold this scope."""
    member = kit.members.directory.get(kit.device)
    return member is not None and any(holds(one, kit.device, scope) for one in member.grants)


def inv06_chain(world: World) -> list[str]:
    """Each log is sound, and the audit finds any bit that is flipped in it."""
    wrong = []
    for kit in world.loyal:
        faults = verify_log(kit.log.entries, verify)
        wrong += [f"{kit.name}: audit says {fault}" for fault in faults[:3]]
    chance = random.Random(world.seed)
    kit = chance.choice(world.loyal)
    rows = kit.db.rows("select n, raw from event order by n")
    n, raw = chance.choice(rows)
    at = chance.randrange(len(raw))
    flipped = raw[:at] + bytes([raw[at] ^ 1 << chance.randrange(8)]) + raw[at + 1 :]
    with _undone(kit):
        kit.db.execute("update event set raw=? where n=?", flipped, n)
        if not verify_log(kit.log.entries, verify):
            wrong.append(f"{kit.name}: a flipped bit was not found by the audit")
    return wrong


class _undone:  # noqa: N801 - reads as a word
    """A transaction that is always given up."""

    def __init__(self, kit: SimKit) -> None:
        self.kit = kit

    def __enter__(self) -> None:
        self.kit.db.execute("BEGIN IMMEDIATE")

    def __exit__(self, *_said: object) -> None:
        self.kit.db.roll_back()
        self.kit.log.projection.drop()


def inv07_time_independence(one: World, other: World) -> list[str]:
    """The same day under other clocks: the same entries, and tables that differ in times only."""
    wrong = []
    for kit in one.running:
        twin = other.kits[kit.name]
        if _said(kit) != _said(twin):
            wrong.append(f"{kit.name} holds other entries under other clocks")
        here, there = tables_of(kit), tables_of(twin)
        wrong += [
            f"table {name} of {kit.name} is another under other clocks"
            for name in here
            if name != "authority" and _timeless(here[name]) != _timeless(there[name])
        ]
    return wrong


def _said(kit: SimKit) -> set[tuple[object, ...]]:
    found: set[tuple[object, ...]] = set()
    for n, one in kit.log.entries.readings():
        row = kit.log.feeds.by_number[n >> 32]
        said = one if isinstance(one, Unread) else (one[0].lam, _told(one[1]))
        found.add((row.name, n & 0xFFFF_FFFF, said))
    return found


def _told(event: Event) -> str:
    """What an event says; of a scope key, whom it is for, since keys and boxes are chance."""
    if isinstance(event, ScopeKeyIssued):
        return repr((event.scope, [box.device for box in event.boxes]))
    return repr(event)


def _timeless(rows: list[tuple[object, ...]]) -> list[str]:
    return sorted(repr(tuple(_without_time(value) for value in row)) for row in rows)


def _without_time(value: object) -> object:
    if isinstance(value, tuple):
        return value[:2]  # an entry's name without its id, which covers the claimed time
    if isinstance(value, bytes) and len(value) == ID8:
        return "id"
    return "time" if isinstance(value, int) and value > 1_000_000_000 else value


def inv08_rebuild(world: World) -> list[str]:
    """Tables filled anew from the log are what they were, byte for byte."""
    wrong = []
    chance = random.Random(world.seed)
    for kit in chance.sample(world.loyal, min(2, len(world.loyal))):
        before = fingerprint(kit.db)
        with _undone(kit):
            rebuild(kit.db, kit.log.entries)
            after = fingerprint(kit.db)
        wrong += [
            f"{kit.name}: table {name} is another after a rebuild"
            for name in before
            if before[name] != after[name]
        ]
    return wrong


def inv09_restore(world: World) -> list[str]:
    """No kit writes twice under one number after it has learned; own lost entries come back."""
    kits = [kit for kit in world.kits.values() if kit.twice]
    return [f"{kit.name} used {len(kit.twice)} numbers of which it had learned" for kit in kits]


def inv10_revocation(world: World) -> list[str]:
    """Past a cut nothing counts, all is kept, and adoption brings it back."""
    wrong = []
    for kit in world.loyal:
        cuts, adopted = kit.members.cuts(), kit.members.adopted()
        held = {n for (n,) in kit.db.rows("select n from quarantine")}
        due = set()
        for row in kit.log.feeds.by_number.values():
            cut = cuts.get(row.name)
            if cut is None:
                continue
            rows = kit.db.rows(
                "select n from event where n>? and n<?",
                entry_number(row.n, cut), entry_number(row.n + 1, 0),
            )  # fmt: skip
            due |= {n for (n,) in rows if (row.name, n & 0xFFFF_FFFF) not in adopted}
        if due:
            world.situations.seen("quarantine")
        if held != due:
            wrong.append(f"{kit.name} sets {len(held)} entries apart, due are {len(due)}")
    return wrong


def inv11_liveness(world: World) -> list[str]:
    """It came to an end (watched); no kit settles for ever."""
    return [f"{kit.name} settles for ever" for kit in world.kits.values() if kit.endless]


def inv13_forward(world: World) -> list[str]:
    """What a later version wrote is on every disk to the byte (inv01), and counted where it is."""
    wrong = []
    for kit in world.loyal:
        noted = {
            n for (n,) in kit.db.rows("select n from unknown_event union select n from quarantine")
        }
        for n, raw in kit.db.rows("select n, raw from event"):
            row = kit.log.feeds.by_number[n >> 32]
            header = decode_header(raw)
            newer = header.v != 1 and not row.own
            known = newer and kit.log.keyring.find(row.scope, header.kid) is not None
            if known and n not in noted:
                wrong.append(f"{kit.name} does not count an entry of a later version")
    return wrong


def inv14_confidentiality(world: World) -> list[str]:
    """Kits without a scope's key have no clear word of it, in any table."""
    wrong = []
    for kit in world.loyal:
        for name in _every_table(kit):
            for row in kit.db.rows(f"select * from {name}"):
                said = repr(row)
                if MARK in said:
                    wrong += _not_for(kit, name, said)
    return wrong


def _every_table(kit: SimKit) -> list[str]:
    rows = kit.db.rows("select name from sqlite_schema where type='table'")
    return [name for (name,) in rows if not name.startswith(("sqlite_", "patient_index"))]


def _not_for(kit: SimKit, table: str, said: str) -> list[str]:
    found = said.split(MARK, 1)[1].split("-", 1)[0]
    scope = "ops" if found == "ops" else f"w:{found}"
    if scope in kit.log.keyring.scopes():
        return []
    return [f"{kit.name} has clear words of {scope} in table {table}"]


CHECKS: tuple[tuple[int, Callable[[World], list[str]]], ...] = (
    (1, inv01_convergence), (2, inv02_no_loss), (3, inv03_no_silent_overwrite),
    (5, inv05_authenticity), (6, inv06_chain), (8, inv08_rebuild), (9, inv09_restore),
    (10, inv10_revocation), (11, inv11_liveness), (13, inv13_forward),
    (14, inv14_confidentiality), (4, inv04_idempotence),
)  # fmt: skip


def check(world: World) -> list[tuple[int, str]]:
    """Everything that is wrong: (invariant, what), the watched faults first."""
    found: list[tuple[int, str]] = []
    for number, function in CHECKS:
        try:
            found += [(number, what) for what in function(world)]
        except KitError as fault:
            found.append((number, f"the check itself failed: {fault.code}"))
    return world.watch.wrongs + found
