"""Who sits at this kit: signing in with a PIN, the tries it allows, signing out.

Signing in stamps every act; a wrong PIN costs time, never the last way in (the kit's phrase opens
the kit again). Not for: what a role may do (`kit.people.permission`).
"""

from __future__ import annotations

import msgspec

from kit.core.errors import Refused
from kit.core.ids import ID_BYTES, random_id
from kit.node.desk import NOBODY, Ack, Desk, Who, as_person
from kit.node.settings import keep, kept
from kit.people.person import SessionClosed, SessionOpened, find_account
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
        return self._open(as_person(account, random_id(system_random(ID_BYTES))), "pin")

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
        return self._open(as_person(account, random_id(system_random(ID_BYTES))), "command_line")

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
