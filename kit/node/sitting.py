"""Who sits at this kit: signing in with a PIN, the tries it allows, signing out.

Signing in stamps every act; a wrong PIN costs time, never the last way in (the kit's phrase opens
the kit again). Not for: what a role may do (`kit.people.permission`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from kit.core.errors import Refused
from kit.core.ids import ID_BYTES, random_id
from kit.node.desk import NOBODY, Ack, Desk, Who, as_person
from kit.node.settings import keep, kept
from kit.people.person import Account, SessionClosed, SessionOpened, find_account
from kit.people.second import COMMAND_LINE, SAME
from kit.store.pin import LEAST_DIGITS, check_pin, pin_verifier
from kit.store.vault import system_random

TRIES = 5
PAUSE_MS = 5 * 60_000


class _Tries(msgspec.Struct):
    failed: int = 0
    last: int = 0


class Sitting:
    """The one person signed in at this node, or nobody."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.who = NOBODY

    def sign_in(self, person: str, pin: str) -> Who | Refused:
        """Open a session with a PIN; refusals say how many tries or seconds are left."""
        proven = self._proven(person, pin)
        if isinstance(proven, Refused):
            return proven
        return self._open(as_person(proven, random_id(system_random(ID_BYTES))), "pin")

    def seconded(self, who: Who, said: Mapping[str, Any]) -> Who | Refused:
        """Whoever acts, with a second person who types a PIN, or with the reason why alone.

        said: `{person, pin}` or `{alone}`. At the command line, whose user opened the kit with its
        phrase, a name is enough, as it is for whoever acts there.
        """
        alone, person = str(said.get("alone", "")).strip(), str(said.get("person", ""))
        if not person:
            return msgspec.structs.replace(who, alone=alone) if alone else who
        account = find_account(self.desk.kit.db, person)
        if account is not None and account.person == who.person:
            return SAME()
        proven = account if who.by_phrase else self._proven(person, str(said.get("pin", "")))
        if proven is None:
            return Refused("session.unknown")
        if isinstance(proven, Refused):
            return proven
        return msgspec.structs.replace(
            who, second=proven.person, second_name=proven.name, second_role=proven.profession,
            alone="",
        )  # fmt: skip

    def _proven(self, person: str, pin: str) -> Account | Refused:
        """The account, if the PIN is its own; every wrong one counts, whoever typed it."""
        db, now = self.desk.kit.db, self.desk.now()
        account = find_account(db, person)
        if account is None:
            return Refused("session.unknown")
        name = f"tries:{account.person}"
        tries = msgspec.msgpack.decode(
            kept(db, name) or b"\x82\xa6failed\x00\xa4last\x00", type=_Tries
        )
        wait = tries.last + PAUSE_MS - now
        if tries.failed >= TRIES and 0 < wait <= PAUSE_MS:
            return Refused("session.paused", {"seconds": -(-wait // 1000)})
        if not check_pin(pin, account.pin):
            failed = 1 if tries.failed >= TRIES else tries.failed + 1
            self._keep_tries(name, _Tries(failed, now))
            return Refused("session.wrong_pin", {"left": TRIES - failed})
        self._keep_tries(name, _Tries())
        return account

    def _keep_tries(self, name: str, tries: _Tries) -> None:
        kit = self.desk.kit

        def write() -> None:
            with kit.db.transaction():
                keep(kit.db, name, msgspec.msgpack.encode(tries))

        kit.written(write)

    def sign_in_by_phrase(self, person: str) -> Who | Refused:
        """A session at the command line, whose user opened the kit with its phrase."""
        account = find_account(self.desk.kit.db, person)
        if account is None:
            return Refused("session.unknown")
        who = as_person(account, random_id(system_random(ID_BYTES)))
        who = msgspec.structs.replace(who, by_phrase=True, alone=COMMAND_LINE)
        return self._open(who, "command_line")

    def sign_out(self, why: str = "lock") -> None:
        """Close the session, if there is one."""
        if self.who.person:
            closed = SessionClosed(session=self.who.session, person=self.who.person, why=why)
            self.desk.record([(closed, "")], self.who)
            self.who = NOBODY

    def enrol(self, name: str, profession: str, pin: str) -> Ack | Refused:
        """Make an account with a PIN."""
        if not pin.isdigit() or len(pin) < LEAST_DIGITS:
            return Refused("session.weak_pin", {"digits": LEAST_DIGITS})
        verifier = pin_verifier(pin, system_random)
        args = {"name": name, "profession": profession, "pin_verifier": verifier}
        return self.desk.do("person.enrol", args, self.who)

    def _open(self, who: Who, how: str) -> Who:
        if self.who.person:
            self.sign_out("switch")
        opened = SessionOpened(session=who.session, person=who.person, how=how)
        self.desk.record([(opened, "")], who)
        self.who = who
        return who
