"""Every room that registers events, commands, queries or tables; imported before a store opens."""

from __future__ import annotations

import kit.messages
import kit.steering
import kit.ward
from kit.exchange import ledger as intake
from kit.exchange import report as intake_report
from kit.paper import ledger as sheets
from kit.people import person, second
from kit.sync import (
    adoption,
    fleet,
    fleet_acts,
    fleet_journal,
    fleet_questions,
    reach,
    transfer,
    transfer_list,
)

kit.ward.open_rooms()
kit.messages.open_rooms()
kit.steering.open_rooms()

LOCAL_ROOMS = (
    intake, intake_report, sheets, person, second, fleet, fleet_acts, fleet_questions, adoption,
    reach, transfer, transfer_list, fleet_journal,
)  # fmt: skip
