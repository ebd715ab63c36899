"""Faults put into the real merge code on purpose: the test of the tests.

Each changes one place of one function's source while a run lasts; a place that is not there any
more is an error, so that no mutant dies of old age. Not for: what kills them (`day`).
"""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import FunctionType

import msgspec


class Mutant(msgspec.Struct, frozen=True):
    """One fault. where: `module:function` or `module:Class.method`; old → new in its source.

    test: the one of `tests/sync/test_found_by_seeds.py` that finds it, where a few seeds do not.
    """

    name: str
    where: str
    old: str
    new: str
    test: str = ""


REPLICA = "kit.store.replica:LogReplica"
MUTANTS = (
    Mutant("ignore a fork", f"{REPLICA}._agrees",
           "raw_id(held) != raw_id(raw)", "False"),
    Mutant("keep one branch only", "kit.store.forks:Forks._place",
           "branch = self.feeds.branch(row, ordinal)", "return 0"),
    Mutant("accept without a signature", "kit.store.checked:signed_part",
           "if _signed(device, run[-1]):", "if True:"),
    Mutant("accept loose entries without a signature", "kit.store.forks:Forks.verified",
           "elif not verify(device,", "elif False and not verify(device,",
           "test_a_loose_entry_that_its_author_did_not_sign_is_refused"),
    Mutant("accept any scope", "kit.sync.fleet:FleetMembers.may_write",
           "return self.directory.may_write(device, scope)", "return True"),
    Mutant("give any scope to anybody", "kit.sync.fleet:FleetMembers.may_hold",
           "return self.directory.may_hold(device, scope)", "return True"),
    Mutant("fold before looking at the cut", f"{REPLICA}._fold",
           "past = ", "past = False and "),
    Mutant("an adoption that came first is lost", f"{REPLICA}._fold",
           "self.members.adopted()", "frozenset()",
           "test_an_entry_that_was_adopted_before_it_came_counts_at_once"),
    Mutant("never set apart afterwards", "kit.store.quarantine:Quarantine.apply",
           "due = self._due(cuts, adopted)", "return False"),
    Mutant("last to arrive wins", "kit.store.projector:Projection._in_order",
           "if late:", "if False:"),
    Mutant("no look at `prev`", f"{REPLICA}._checked",
           "content.seq != seq + 1 or content.prev != tip", "content.seq != seq + 1"),
    Mutant("no look at the counter", f"{REPLICA}._checked",
           "if content.lam <= lam:", "if False:"),
    Mutant("counter not taken over", f"{REPLICA}._insert",
           "self.log.follow(row.lam, len(good))", "pass",
           test="test_what_is_written_after_others_were_read_stands_after_them"),
    Mutant("acknowledge what was offered", "kit.sync.session:Session._answer",
           "Ack(taken.feed, taken.held,", "Ack(taken.feed, taken.held + 3,"),
    Mutant("never offer again what was refused", "kit.sync.delivery:Delivery.heard",
           "self.refused, ", "",
           "test_what_was_refused_comes_again_when_the_directory_has_changed"),
    Mutant("keep the old name when own entries come back", f"{REPLICA}._before_own",
           "self.renew()", "pass"),
    Mutant("no question for loose entries", "kit.sync.session:Session._ask_loose",
           "range(0, len(lacking.ids), IDS_A_FRAME)", "()"),
    Mutant("same number, other entry: say nothing", "kit.sync.delivery:Delivery.lacking",
           'theirs.id8 not in (b"", tip.id8)', "False"),
    Mutant("late keys open nothing", "kit.store.locked:learn",
           "lay_again(log, n)", "pass"),
    Mutant("read what no table can hold", "kit.store.entries:_tells",
           "not _MAYBE_HUGE.search(body) or not _holds_huge(body)", "True"),
    Mutant("take any name for an entry", "kit.store.entries:_tells",
           "len(ref.feed) != FEED_BYTES or not 0 < ref.seq < 1 << SEQ_BITS", "False"),
    Mutant("forget what waits when a commit fails", "kit.store.feeds:Feeds.reload",
           "self.by_name.clear()", "self.by_name.clear(); self.changed.clear()",
           "test_a_commit_that_fails_does_not_forget_what_was_to_be_told"),
    Mutant("no search further back", f"{REPLICA}._further_back",
           "return max(1, seq + 1 - step)", "return 0"),
    Mutant("pass nothing on", "kit.sync.delivery:Delivery.relayed",
           "list(self._relay)", "[]"),
)  # fmt: skip


@contextmanager
def applied(mutant: Mutant) -> Iterator[None]:
    """The real code with this fault in it. Raises ValueError where its place is gone."""
    module, _, path = mutant.where.partition(":")
    found: object = import_module(module)
    for part in path.split("."):
        found = getattr(found, part)
    assert isinstance(found, FunctionType)
    source = textwrap.dedent(inspect.getsource(found))
    if mutant.old not in source:
        raise ValueError(f"{mutant.where} has no {mutant.old!r} any more")
    made: dict[str, FunctionType] = {}
    changed = "from __future__ import annotations\n" + source.replace(mutant.old, mutant.new)
    exec(compile(changed, mutant.where, "exec"), found.__globals__, made)  # noqa: S102
    whole, found.__code__ = found.__code__, made[found.__name__].__code__
    try:
        yield
    finally:
        found.__code__ = whole
