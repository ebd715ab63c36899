"""Records that other wards sent: opened once their parts and their key are here.

Not for: sending one (`transfer`), keeping its entries (`kit.store.disclosure`).
"""

from __future__ import annotations

from kit.core.command import Outcome
from kit.core.replication import Members
from kit.node.settings import keep, kept
from kit.store.disclosure import Disclosure
from kit.store.log import Circumstance, Log
from kit.sync.transfer import RecordReceived, arrived, parcel_scope, unpacked

OPENED = "parcel:"


def open_parcels(log: Log, members: Members, where: Circumstance) -> int:
    """Lay every parcel that is whole, and whose key is here, into the tables; entries that are new.

    A parcel is opened once; the entries stay beside the log and survive a rebuild of the tables. A
    kit of the ward says so in the same commit: whoever sent it sees that it arrived.
    """
    taken = 0
    disclosure = Disclosure(log, members)
    for parcel, ward in arrived(log.db):
        scope = parcel_scope(ward, parcel)
        keys = [key.key for key in log.keyring.all() if key.scope == scope]
        if not keys or kept(log.db, OPENED + parcel) is not None:
            continue
        with log.transaction():
            for given in unpacked(log.db, parcel, ward, keys[0]):
                taken += disclosure.take(given.opening, given.entries)
            keep(log.db, OPENED + parcel, b"1")
            if members.may_write(log.device.public, f"w:{ward}"):  # not the kit that only recovers
                log.append([Outcome(RecordReceived(parcel=parcel, ward=ward))], where)
    return taken
