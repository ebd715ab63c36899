"""Telephone numbers: the ward's crisis directory, and a patient's own contacts.

Not for: people who use the kit (`kit.people.person`).
"""

from __future__ import annotations

from kit.core.event import Event, Scope, Stamp, event
from kit.core.projection import Reader, Writer, entity, folds, table
from kit.core.query import Asking, Query, Row, answers, query


@event("directory.listed", scope=Scope.OPERATIONS)
class DirectoryListed(Event):
    """A line of the hospital's crisis directory; ward empty = for all."""

    entry: str
    name: str
    phone: str
    role: str = ""
    ward: str = ""
    place: int = 0
    note: str = ""
    src: str = ""


@event("contact.recorded")
class ContactRecorded(Event):
    """Somebody to call for a patient: name, link (trusted person, daughter, GP …), phone."""

    contact: str
    patient: str
    name: str
    link: str = ""
    phone: str = ""
    trusted: bool = False
    src: str = ""


table(
    "directory",
    """create table directory(
        entry text primary key, name text not null, phone text not null, role text not null,
        ward text not null, place integer not null, note text not null, src text not null,
        n integer not null)""",
)
table(
    "contact",
    """create table contact(
        contact text primary key, patient text not null, name text not null, link text not null,
        phone text not null, trusted integer not null, src text not null, n integer not null);
    create index contact_patient on contact(patient)""",
)


DIRECTORY = entity("entry", "directory")
CONTACT = entity("contact", "contact")


@folds(DirectoryListed, subject=DIRECTORY)
def _listed(db: Writer, stamp: Stamp, data: DirectoryListed) -> None:
    db.execute(
        "insert or replace into directory values(?,?,?,?,?,?,?,?,?)",
        data.entry, data.name, data.phone, data.role, data.ward, data.place, data.note, data.src,
        stamp.n,
    )  # fmt: skip


@folds(ContactRecorded, subject=CONTACT)
def _contact(db: Writer, stamp: Stamp, data: ContactRecorded) -> None:
    db.execute(
        "insert or replace into contact values(?,?,?,?,?,?,?,?)",
        data.contact, data.patient, data.name, data.link, data.phone, data.trusted, data.src,
        stamp.n,
    )  # fmt: skip


class DirectoryRow(Row):
    """One line of the directory."""

    entry: str
    name: str
    phone: str
    role: str
    ward: str
    note: str


@query("directory.list", action="read_reference")
class Directory(Query):
    """The crisis directory: lines for all, then those of this ward."""

    ward: str = ""


@answers(Directory)
def directory(db: Reader, question: Directory, _asking: Asking) -> list[DirectoryRow]:
    """Answer `directory.list`."""
    rows = db.rows(
        """select entry, name, phone, role, ward, note from directory where ward in ('', ?)
           order by ward<>'', place, name, entry""",
        question.ward,
    )
    fields = DirectoryRow.__struct_fields__
    return [DirectoryRow(**dict(zip(fields, row, strict=True))) for row in rows]


class ContactRow(Row):
    """Somebody to call for a patient."""

    contact: str
    name: str
    link: str
    phone: str
    trusted: bool
    src: str


@query("contact.list", action="open_record")
class Contacts(Query):
    """Whom to call for a patient, the trusted person first."""

    patient: str


@answers(Contacts)
def contacts(db: Reader, question: Contacts, _asking: Asking) -> list[ContactRow]:
    """Answer `contact.list`."""
    rows = db.rows(
        """select contact, name, link, phone, trusted, src from contact where patient=?
           order by trusted desc, name, contact""",
        question.patient,
    )
    return [
        ContactRow(contact=key, name=name, link=link, phone=phone, trusted=bool(trusted), src=src)
        for key, name, link, phone, trusted, src in rows
    ]
