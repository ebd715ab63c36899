"""This kit in its fleet: its place in the directory, the door for peers' entries, its scope keys.

Joins the store's log with the fleet's directory. After anything changed who is in the fleet,
`settle` brings keys, locked entries, quarantine and what this kit owes others in line with it.
Not for: connections (`network`), the rules of authority (`kit.sync.authority`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from kit.core.clock import ClockQuality
from kit.core.command import Outcome
from kit.core.envelope import key_number
from kit.core.event import Event, Scope
from kit.node.parcels import open_parcels
from kit.node.settings import Settings
from kit.store.keyring import ScopeKey
from kit.store.locked import learn
from kit.store.log import Circumstance, Log
from kit.store.replica import LogReplica
from kit.store.vault import Signer, system_random
from kit.sync.certificate import make_certificate
from kit.sync.fleet import FleetMembers, facts_of
from kit.sync.fleet_keys import due_boxes, due_rotations, issue, missing_scopes, opened_keys
from kit.sync.sealing import exchange_public

EXCHANGE, TLS = b"kit exchange", b"kit tls"
KEY_BYTES = 32
COMMON_SCOPES = ("ops", "msg:soins")


class Membership:
    """The fleet as this store knows it, and what follows from it here."""

    def __init__(self, log: Log, settings: Settings, signer: Signer) -> None:
        self.log, self.settings = log, settings
        self.signer, self.device, self.sign = signer, signer.public, signer.sign
        self.exchange_seed, self.tls_seed = signer.derived(EXCHANGE), signer.derived(TLS)
        self.certificate = make_certificate(self.tls_seed)
        self.members = FleetMembers(log.db, settings.fleet_root, settings.world)
        log.on_give_up.append(self.members.forget)
        self.replica = LogReplica(log, self.members)

    def attend(self, *, written: Callable[[], None], renew: Callable[[], None]) -> None:
        """written: after each commit of peers' entries; renew: begin a new incarnation."""
        self.replica.written, self.replica.renew = written, renew

    @property
    def exchange(self) -> bytes:
        """The public key under which others seal for this kit."""
        return exchange_public(self.exchange_seed)

    @property
    def is_enrolled(self) -> bool:
        """Whether this kit is a member of its fleet."""
        return self.members.is_member(self.device)

    def discovery_key(self) -> bytes:
        """What lets kits of one fleet tell each other's announcements from noise; 32 bytes.

        Made from the root's signature under the fleet's first enrolment, which stands in the
        directory and nowhere else: the fleet's id is printed on cards.
        """
        founding = sorted(
            (fact.order, fact.data.root_signature)
            for fact in facts_of(self.log.db)
            if fact.kind == "device.enrolled" and self.members.identity.proves(fact.data)
        )
        secret = founding[0][1] if founding else self.log.device.fleet
        return hashlib.blake2b(secret, person=b"kit discovery", digest_size=32).digest()

    def settle(self, now_ms: int, quality: int = ClockQuality.SET_BY_PERSON) -> bool:
        """After authority changed: take keys, show what they open, set apart, give what is owed.

        True when anything here changed. Costs what the directory costs, and one pass over a scope
        whose key came late.
        """
        changed = self._take_keys()
        where = Circumstance("", "", now_ms, quality)
        changed |= bool(open_parcels(self.log, self.members, where))
        changed |= self.replica.quarantine.apply(self.members.cuts(), self.members.adopted())
        owed = self._owed()
        if owed:
            # A key is in force by its place: one that is turned must stand after all others.
            issued = (fact.lam for fact in self.members.directory.keys)
            with self.log.transaction():
                self.log.stand_after(max(issued, default=0))
                self.log.append([Outcome(event) for event in owed], where)
        return changed or bool(owed)

    def _take_keys(self) -> bool:
        keyring = self.log.keyring
        held = {
            (key.scope, key.kid) for key in keyring.all() if key.issued
        }  # one made here still has to learn when it was issued
        found = list(
            opened_keys(self.members.directory, self.device, self.exchange_seed, known=held)
        )
        if found:
            keys = [ScopeKey(one.scope, one.kid, one.key, one.issued) for one in found]
            learn(self.log, keys)
        return bool(found)

    def _owed(self) -> list[Event]:
        """Entries of authority that this kit has to write: boxes for others, turned keys."""
        directory = self.members.directory
        mine = directory.get(self.device)
        if mine is None or not mine.is_member:
            return []
        held = [(key.scope, key.kid, key.key) for key in self.log.keyring.all()]
        owed: list[Event] = list(due_boxes(directory, self.device, held))
        issued = {event.scope for event in owed if hasattr(event, "scope")}
        turned = list(due_rotations(directory, self.device))
        if mine.steers:
            turned += missing_scopes(directory, self._scopes(issued))
        for scope in dict.fromkeys(turned):
            owed += self._turned(scope)
        return owed

    def _scopes(self, issued: set[str]) -> list[str]:
        """Every scope that the fleet needs a key for and that nobody gives one for just now."""
        wards = {
            f"{Scope.WARD}:{ward}"
            for member in self.members.directory.members.values()
            for ward in member.grant.wards
            if ward != "*"
        }
        return [scope for scope in (*COMMON_SCOPES, *sorted(wards)) if scope not in issued]

    def _turned(self, scope: str) -> list[Event]:
        """A new key of a scope for all who read it; kept here only where this kit reads it too."""
        key = system_random(KEY_BYTES)
        directory = self.members.directory
        if directory.may_read(self.device, scope):
            with self.log.transaction():
                self.log.keyring.add(ScopeKey(scope, key_number(key), key))
        return list(issue(scope, key, directory.readers(scope)))
