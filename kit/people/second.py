"""A second person who signs an act with their own PIN, or why nobody else was there.

Putting a kit into the fleet or out of it takes two persons (sync.md §6, store.md §4). At night one
may be alone with a lost kit: then the reason is asked for, kept, and shown in the fleet's journal.
Not for: checking a PIN (`kit.node.sitting`), which acts take two (`permission.toml`).
"""

from __future__ import annotations

from kit.core.command import N_, sentence
from kit.core.event import Event, Scope, Stamp, event
from kit.core.projection import Writer, folds, table

COMMAND_LINE = "command_line"
"""Why nobody else signed: whoever works there opened the kit with its phrase."""

NEEDED = sentence(
    "second.needed",
    N_(
        "This takes two persons. Nothing was recorded. A second one types their PIN; where nobody"
        " else is there, say why."
    ),
)
SAME = sentence(
    "second.same",
    N_("The second person is somebody else than yourself. Nothing was recorded."),
)
MAY_NOT = sentence(
    "second.may_not",
    N_(
        "{name} ({role}) may not be the second person for this. Nothing was recorded. Ask a"
        " colleague who may."
    ),
)


@event("act.seconded", scope=Scope.OPERATIONS)
class ActSeconded(Event):
    """Who stood beside the act that this entry names (its base). alone: why nobody did."""

    action: str
    second: str = ""
    name: str = ""
    alone: str = ""


table(
    "seconded",
    """create table seconded(
        n integer primary key, entry integer not null, second text not null, name text not null,
        alone text not null);
    create index seconded_entry on seconded(entry)""",
)


@folds(ActSeconded, facts="seconded")
def _seconded(db: Writer, stamp: Stamp, data: ActSeconded) -> None:
    entry = stamp.base[0] if stamp.base else 0
    db.execute(
        "insert or ignore into seconded values(?,?,?,?,?)",
        stamp.n, entry, data.second, data.name, data.alone,
    )  # fmt: skip
