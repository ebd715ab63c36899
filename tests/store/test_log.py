"""The log: feeds signed and chained, one transaction per act, and a check that misses nothing."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kit.core.command import Outcome
from kit.core.envelope import (
    FEED_OPEN,
    NO_NONCE,
    NO_PREVIOUS,
    RAW_LIMIT,
    SIGNATURE_BYTES,
    Content,
    FeedOpen,
    Inner,
    decode_content,
    encode_content,
    encode_inner,
    entry_number,
    feed_id,
    raw_id,
)
from kit.core.errors import BadInput
from kit.core.event import Scope
from kit.people.person import PersonEnrolled, SessionOpened
from kit.store.cipher import seal_body
from kit.store.log import Circumstance, Log
from kit.store.signer import Signer, verify
from kit.store.verification import Fault, verify_log
from kit.ward.correction import EntryStruck
from kit.ward.note import NoteWritten
from kit.ward.vitals import VitalsRecorded
from tests.ward.harness import NOW, SEED, Ward, device

WHERE = Circumstance("nurse", "session", NOW, 1)


@pytest.fixture
def kit(tmp_path: Path) -> Iterator[Ward]:
    """An empty kit."""
    kit = Ward(tmp_path / "kit")
    yield kit
    kit.db.close()


def vitals(value: int = 80) -> VitalsRecorded:
    """A set of vitals."""
    return VitalsRecorded(patient="p1", at=NOW, values={"hr": str(value)})


def entries(kit: Ward) -> list[tuple[int, Content, Inner, bytes]]:
    """(number, envelope, body, raw) of every entry, in order of number."""
    return [
        (n, (content := decode_content(raw)), opened(kit, n, content), raw)
        for n, raw in kit.db.rows("select n, raw from event order by n")
    ]


def opened(kit: Ward, n: int, content: Content) -> Inner:
    """The clear body of an entry."""
    inner = kit.log.entries.inner(content, kit.log.feeds.by_number[n >> 32].scope, n)
    assert isinstance(inner, Inner)
    return inner


def feeds(kit: Ward) -> dict[str, list[tuple[int, Content, Inner, bytes]]]:
    """The entries of each scope, in order."""
    scopes: dict[int, str] = dict(kit.db.rows("select n, scope from feed"))
    found: dict[str, list[tuple[int, Content, Inner, bytes]]] = {}
    for entry in entries(kit):
        found.setdefault(scopes[entry[0] >> 32], []).append(entry)
    return found


def some_history(kit: Ward) -> None:
    """Entries in three feeds, with a correction across an act."""
    kit.record(PersonEnrolled(person="nurse", name="Anne", profession="IDE"))
    kit.record(SessionOpened(session="s", person="nurse", how="pin"))
    (wrong,) = kit.record(vitals(180))
    kit.record(EntryStruck(patient="p1", kind="vitals", reason="typing"), vitals(80), base=(wrong,))


def test_every_feed_is_a_chain_without_gap_signed_by_its_device(kit: Ward) -> None:
    some_history(kit)
    assert len(feeds(kit)) == 3
    for chain in feeds(kit).values():
        assert [content.seq for _, content, _, _ in chain] == list(range(1, len(chain) + 1))
        assert chain[0][1].prev == NO_PREVIOUS
        for before, after in pairwise(chain):
            assert after[1].prev == raw_id(before[3])
        for _n, _content, _inner, raw in chain:
            signature, content = raw[:SIGNATURE_BYTES], raw[SIGNATURE_BYTES:]
            assert verify(kit.log.device.public, signature, content)


def test_counters_rise_through_all_feeds_and_are_stored_beside(kit: Ward) -> None:
    some_history(kit)
    lams = kit.db.rows("select lam, raw from event order by lam")
    assert [lam for lam, _ in lams] == list(range(1, len(lams) + 1))
    assert all(decode_content(raw).lam == lam for lam, raw in lams)


def test_a_feed_opens_by_saying_who_writes_it_where_and_in_which_world(kit: Ward) -> None:
    some_history(kit)
    one = kit.log.device
    for scope, chain in feeds(kit).items():
        _, content, inner, _ = chain[0]
        said = msgspec.msgpack.decode(inner.data, type=FeedOpen)
        assert inner.type == FEED_OPEN
        assert said == FeedOpen(
            one.fleet, "TEST:ward", one.public, one.incarnation, scope, 0, b"", "test"
        )
        assert content.feed == feed_id(one.fleet, one.public, one.incarnation, scope)
        assert (content.kid, content.nonce) == (0, NO_NONCE)


def test_each_event_goes_to_its_scope(kit: Ward) -> None:
    """sync.md §4.5: what all may know to all, a ward's acts to the ward, accesses to the audit."""
    some_history(kit)
    audit = f"audit:{kit.log.device.public.hex()[:16]}"
    types = {scope: {inner.type for _, _, inner, _ in chain} for scope, chain in feeds(kit).items()}
    assert types == {
        "ops": {FEED_OPEN, "person.enrolled"},
        audit: {FEED_OPEN, "session.opened"},
        "w:CARD": {FEED_OPEN, "vitals.recorded", "entry.struck"},
    }
    assert kit.log.scope_name(Scope.WARD, "NEPH") == "w:NEPH"
    assert kit.log.scope_name(Scope.OPERATIONS) == "ops"


def test_an_entry_keeps_who_in_which_session_when_and_how_sure_the_clock_was(kit: Ward) -> None:
    with kit.log.transaction():
        (n,) = kit.log.append([Outcome(vitals())], Circumstance("anne", "s9", NOW, 3))
    inner = next(inner for number, _, inner, _ in entries(kit) if number == n)
    assert (inner.actor, inner.session, inner.wall, inner.clk) == ("anne", "s9", NOW, 3)
    assert (inner.type, inner.tv, inner.salt) == ("vitals.recorded", 1, b"")


def test_what_is_replaced_is_named_by_feed_number_and_id(kit: Ward) -> None:
    some_history(kit)
    chain = feeds(kit)["w:CARD"]
    (ref,) = chain[2][2].base
    assert (ref.feed, ref.seq) == (chain[1][1].feed, chain[1][1].seq)
    assert ref.id8 == raw_id(chain[1][3])[:8]


def test_a_reference_to_nothing_is_refused_and_leaves_nothing(kit: Ward) -> None:
    """It would read back as a reference to another entry."""
    some_history(kit)
    before = kit.db.rows("select n, raw from event order by n")
    with pytest.raises(BadInput) as caught:
        kit.record(vitals(), base=(entry_number(1, 999),))
    assert caught.value.code == "EVT-006"
    assert kit.db.rows("select n, raw from event order by n") == before


def test_a_fault_in_an_act_leaves_no_trace_and_the_chain_goes_on(kit: Ward) -> None:
    """Rolled back: neither the event, nor its row, nor a number that was used."""
    some_history(kit)
    lam, tips = kit.log.lam, kit.log.tips()

    def fails() -> None:
        kit.log.append([Outcome(vitals(99)), Outcome(NoteWritten(patient="p1", at=1))], WHERE)
        raise RuntimeError

    with pytest.raises(RuntimeError), kit.log.transaction():
        fails()
    assert (kit.log.lam, kit.log.tips()) == (lam, tips)
    assert kit.db.row("select 1 from vitals where data like '%99%'") is None
    kit.record(vitals(81))
    assert verify_log(kit.log.entries, verify) == []


def test_an_entry_too_large_is_refused_whole(kit: Ward) -> None:
    some_history(kit)
    tips = kit.log.tips()
    with pytest.raises(BadInput) as caught:
        kit.record(vitals(), NoteWritten(patient="p1", at=1, data="x" * RAW_LIMIT))
    assert caught.value.code == "EVT-001"
    assert kit.log.tips() == tips
    assert verify_log(kit.log.entries, verify) == []


def test_a_long_batch_is_chained_like_a_short_one(kit: Ward) -> None:
    numbers = kit.record(*[vitals(60 + n % 60) for n in range(500)])
    assert numbers == list(range(numbers[0], numbers[0] + 500))
    assert verify_log(kit.log.entries, verify) == []
    assert kit.db.row("select count(*) from vitals") == (500,)


def test_a_kit_that_is_opened_again_continues_its_feeds(kit: Ward) -> None:
    some_history(kit)
    kit.log = Log(kit.db, device(), Signer(SEED).sign)
    kit.record(vitals(70))
    assert kit.db.row("select count(*) from feed") == (3,)
    assert verify_log(kit.log.entries, verify) == []


def test_a_new_incarnation_opens_new_feeds_that_name_where_the_old_ended(kit: Ward) -> None:
    """sync.md §4.6: after a restore, numbers are never used twice."""
    some_history(kit)
    ended = kit.db.row("select seq, tip from feed where scope='w:CARD'")
    kit.log = Log(kit.db, device(2), Signer(SEED).sign)
    kit.record(vitals(70))
    opened = next(
        msgspec.msgpack.decode(inner.data, type=FeedOpen)
        for n, _, inner, _ in entries(kit)
        if n >> 32 == 4 and inner.type == FEED_OPEN
    )
    assert (opened.previous_seq, opened.previous_id) == ended
    assert opened.incarnation == bytes([2] * 8)
    assert verify_log(kit.log.entries, verify) == []


def test_the_last_time_claimed_is_remembered(kit: Ward) -> None:
    assert kit.log.last_wall() == 0
    kit.record(vitals(), at=NOW + 5)
    kit.record(PersonEnrolled(person="a", name="A", profession="IDE"), at=NOW)
    assert kit.log.last_wall() == NOW + 5


# --------------------------------------------------------------------------- verification


def faults(kit: Ward) -> set[str]:
    """What is found wrong."""
    return {fault.what for fault in verify_log(kit.log.entries, verify)}


def test_a_sound_log_has_no_fault_and_an_empty_one_neither(kit: Ward) -> None:
    assert verify_log(kit.log.entries, verify) == []
    some_history(kit)
    assert verify_log(kit.log.entries, verify) == []


@settings(max_examples=60)
@given(st.data())
def test_any_bit_that_turns_is_found(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """In any entry, at any place: signature, envelope or body."""
    kit = shared_kit(tmp_path_factory)
    rows = kit.db.rows("select n, raw from event order by n")
    n, raw = rows[data.draw(st.integers(0, len(rows) - 1), label="entry")]
    bit = data.draw(st.integers(0, len(raw) * 8 - 1), label="bit")
    broken = bytearray(raw)
    broken[bit // 8] ^= 1 << bit % 8
    kit.db.execute("update event set raw=? where n=?", bytes(broken), n)
    found = verify_log(kit.log.entries, verify)
    kit.db.execute("update event set raw=? where n=?", raw, n)
    assert (n >> 32, n & (2**32 - 1)) in {(fault.feed, fault.seq) for fault in found}
    assert "signature" in {fault.what for fault in found}


_SHARED: list[Ward] = []


def shared_kit(factory: pytest.TempPathFactory) -> Ward:
    """One kit with a history for every example: each example puts back what it broke."""
    if not _SHARED:
        kit = Ward(Path(factory.mktemp("verified")))
        some_history(kit)
        _SHARED.append(kit)
    return _SHARED[0]


def test_an_entry_taken_out_is_a_gap_and_one_at_the_end_a_missing_tip(kit: Ward) -> None:
    some_history(kit)
    last = kit.db.row("select max(n) from event where n>>32=3")
    assert last
    kit.db.execute("delete from event where n=?", entry_number(3, 2))
    assert {"gap", "base"} <= faults(kit)
    kit.db.execute("delete from event where n=?", last[0])
    assert "tip" in faults(kit)


def test_a_log_cut_back_to_yesterday_is_seen_at_its_tip(kit: Ward) -> None:
    some_history(kit)
    kit.db.execute("delete from event where n>>32=3 and n>?", entry_number(3, 1))
    assert faults(kit) == {"tip"}


def test_an_entry_signed_by_somebody_else_is_found(kit: Ward) -> None:
    """The chain holds, the counters hold, the hand is another's."""
    some_history(kit)
    n, content, _inner, _raw = entries(kit)[-1]
    body = encode_content(content)
    forged = Signer(bytes(32)).sign(body) + body
    kit.db.execute("update event set raw=? where n=?", forged, n)
    kit.db.execute("update feed set tip=? where n=?", raw_id(forged), n >> 32)
    assert faults(kit) == {"signature"}


def resigned(kit: Ward, **facts: object) -> None:
    """Replace the last entry by one with other facts, properly signed and at the tip."""
    n, content, inner, _raw = entries(kit)[-1]
    clear = facts.pop("clear", None) or encode_inner(inner)
    key = kit.log.keyring.find(kit.log.feeds.by_number[n >> 32].scope, content.kid)
    assert key
    changed = msgspec.structs.replace(content, **{"body": clear, **facts})
    body = encode_content(msgspec.structs.replace(changed, body=seal_body(changed, key)))
    raw = Signer(SEED).sign(body) + body
    kit.db.execute("update event set raw=? where n=?", raw, n)
    kit.db.execute("update feed set tip=? where n=?", raw_id(raw), n >> 32)


@pytest.mark.parametrize(
    ("facts", "what"),
    [({"prev": bytes(32)}, {"prev"}), ({"seq": 77}, {"seq"}), ({"feed": bytes(16)}, {"feed"}),
     ({"lam": 9999}, {"lam"})],
)  # fmt: skip
def test_even_the_device_itself_cannot_rewrite_its_past_unseen(
    kit: Ward, facts: dict[str, object], what: set[str]
) -> None:
    some_history(kit)
    resigned(kit, **facts)
    assert faults(kit) == what


def test_an_entry_that_does_not_open_under_its_own_key_is_found(kit: Ward) -> None:
    some_history(kit)
    n, content, _inner, _raw = entries(kit)[-1]
    data = encode_content(msgspec.structs.replace(content, body=content.body[:-1] + b"x"))
    raw = Signer(SEED).sign(data) + data
    kit.db.execute("update event set raw=? where n=?", raw, n)
    kit.db.execute("update feed set tip=? where n=?", raw_id(raw), n >> 32)
    assert faults(kit) == {"body"}


def test_a_last_entry_that_was_exchanged_is_found_at_the_tip(kit: Ward) -> None:
    """No later entry chains over it, so only the feed's remembered end can tell."""
    some_history(kit)
    tips = kit.db.rows("select tip, n from feed")
    _n, _content, inner, _raw = entries(kit)[-1]
    resigned(kit, clear=encode_inner(msgspec.structs.replace(inner, wall=1)))
    kit.db.executemany("update feed set tip=? where n=?", tips)
    assert faults(kit) == {"tip"}


def test_counters_that_do_not_rise_are_found(kit: Ward) -> None:
    some_history(kit)
    resigned(kit, lam=1)
    kit.db.execute("update event set lam=1 where n=(select max(n) from event)")
    assert faults(kit) == {"lam"}


def test_a_feed_under_another_name_or_scope_is_found(kit: Ward) -> None:
    some_history(kit)
    kit.db.execute("update feed set scope='w:NEPH' where scope='w:CARD'")
    assert faults(kit) == {"open"}


def test_entries_of_no_feed_are_found(kit: Ward) -> None:
    some_history(kit)
    kit.db.execute("insert into event values(?,?,?)", entry_number(9, 4), 1, b"x")
    assert set(verify_log(kit.log.entries, verify)) == {Fault(9, 4, "orphan")}


def test_an_entry_of_a_version_to_come_is_no_fault(kit: Ward) -> None:
    """It is kept and chained over; only reading it waits for an upgrade."""
    some_history(kit)
    resigned(kit, v=2)
    assert verify_log(kit.log.entries, verify) == []


def test_what_was_replaced_must_be_what_its_author_saw(kit: Ward) -> None:
    some_history(kit)
    chain = feeds(kit)["w:CARD"]
    _n, _content, inner, _raw = chain[2]
    ref = msgspec.structs.replace(inner.base[0], id8=bytes(8))
    resigned(kit, clear=encode_inner(msgspec.structs.replace(inner, base=(ref,))))
    assert faults(kit) == {"base"}
