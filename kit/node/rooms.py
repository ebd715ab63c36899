"""Every room that registers events, commands, queries or tables; imported before a store opens."""

from __future__ import annotations

import kit.exchange.ledger
import kit.paper.ledger
import kit.people.person
import kit.ward

kit.ward.open_rooms()

LOCAL_ROOMS = (kit.exchange.ledger, kit.paper.ledger, kit.people.person)
