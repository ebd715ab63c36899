"""Persons: a name, a profession, a PIN's verifier; and the sessions in which they act.

Whoever is signed in stamps every act. The first accounts are made at first run, before anybody has
signed anything; later ones by those whose role allows it. Not for: patients.
"""

from __future__ import annotations

import msgspec

from kit.core.command import N_, Act, Command, Decision, accepted, command, rule, sentence
from kit.core.errors import Refused
from kit.core.event import Event, Scope, Stamp, event
from kit.core.folding import fold
from kit.core.projection import Reader, Writer, entity, folds, table
from kit.core.query import Asking, Query, Row, answers, query
from kit.people.permission import PROFESSIONS


@event("person.enrolled", scope=Scope.OPERATIONS)
class PersonEnrolled(Event):
    """An account. profession: a column of the permission table; pin: verifier, empty = none yet."""

    person: str
    name: str
    profession: str
    pin: str = ""
    registration: str = ""


@event("session.opened", scope=Scope.AUDIT)
class SessionOpened(Event):
    """A person signed in; how: `pin` or `command_line`."""

    session: str
    person: str
    how: str


@event("session.closed", scope=Scope.AUDIT)
class SessionClosed(Event):
    """A session ended; why: `lock`, `switch`, `seal`."""

    session: str
    person: str
    why: str = "lock"


table(
    "person",
    """create table person(
        id text primary key, name text not null, folded text not null, profession text not null,
        pin text not null, registration text not null, n integer not null)""",
)
table(
    "sign_in",
    """create table sign_in(n integer primary key, person text not null, at integer not null);
    create index sign_in_person on sign_in(person, at)""",
)
PERSON = entity("person", "person.id")


@folds(PersonEnrolled, subject=PERSON)
def _enrolled(db: Writer, stamp: Stamp, data: PersonEnrolled) -> None:
    db.execute(
        "insert or replace into person values(?,?,?,?,?,?,?)",
        data.person, data.name, fold(data.name), data.profession, data.pin, data.registration,
        stamp.n,
    )  # fmt: skip


@folds(SessionOpened, facts="sign_in")
def _signed_in(db: Writer, stamp: Stamp, data: SessionOpened) -> None:
    db.execute("insert or ignore into sign_in values(?,?,?)", stamp.n, data.person, stamp.wall)


NO_NAME = sentence("person.no_name", N_("An account needs a name. Nothing was recorded."))
NO_PROFESSION = sentence(
    "person.no_profession", N_("This profession is not in the list: {list}. Choose one of it.")
)
NAME_TAKEN = sentence(
    "person.name_taken",
    N_("{name} already has an account here. Add a first name or a number to tell them apart."),
)


@command("person.enrol", action="enrol_person")
class EnrolPerson(Command):
    """Make an account. pin_verifier: made by the node from a typed PIN, never the PIN itself."""

    name: str
    profession: str
    pin_verifier: str = ""
    registration: str = ""


def _load(db: Reader, ask: EnrolPerson, _act: Act) -> bool:
    return db.row("select 1 from person where folded=?", fold(ask.name)) is not None


@rule(EnrolPerson, load=_load)
def enrol(taken: bool, ask: EnrolPerson, act: Act) -> Decision | Refused:
    """One account per name; the profession decides what it may do."""
    if not fold(ask.name):
        return NO_NAME()
    if ask.profession not in PROFESSIONS:
        return NO_PROFESSION(list=", ".join(PROFESSIONS))
    if taken:
        return NAME_TAKEN(name=ask.name)
    person = act.new_id()
    enrolled = PersonEnrolled(
        person=person, name=ask.name.strip(), profession=ask.profession, pin=ask.pin_verifier,
        registration=ask.registration,
    )  # fmt: skip
    return accepted(enrolled, person=person)


class PersonRow(Row):
    """An account, without its verifier. last_seen: UTC ms, 0 never."""

    person: str
    name: str
    profession: str
    has_pin: bool
    last_seen: int


_LAST_SEEN = "coalesce((select max(at) from sign_in where person=person.id), 0)"


@query("person.list", action="")
class Persons(Query):
    """The accounts of this kit, last seen first."""


@answers(Persons)
def persons(db: Reader, _question: Persons, _asking: Asking) -> list[PersonRow]:
    """Answer `person.list`."""
    rows = db.rows(
        f"select id, name, profession, pin<>'', {_LAST_SEEN} seen from person"  # noqa: S608
        " order by seen desc, folded, id"
    )
    return [
        PersonRow(person=key, name=name, profession=profession, has_pin=bool(pin), last_seen=seen)
        for key, name, profession, pin, seen in rows
    ]


class Account(msgspec.Struct, frozen=True):
    """What signing in needs: id, name, profession, PIN verifier."""

    person: str
    name: str
    profession: str
    pin: str


def find_account(db: Reader, who: str) -> Account | None:
    """The account with this id, or this name (accents, case ignored) where it is the only one."""
    rows = db.rows(
        "select id, name, profession, pin from person where id=? or folded=?", who, fold(who)
    )
    return Account(*rows[0]) if len(rows) == 1 else None


def is_first_account(db: Reader) -> bool:
    """Whether the kit is still at first run: nobody has yet signed in."""
    return db.row("select 1 from sign_in s join person p on p.id=s.person limit 1") is None
