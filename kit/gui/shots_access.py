"""Pictures of the transfer of a patient, of the fleet's journal and of the acts of two persons.

Rows are invented and handed to the screens as the node would. Not for: the other exchanges
(`shots_exchange`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kit.core.clock import MINUTE
from kit.gui.shots_stage import FULL, Scene, Stage, settle
from kit.gui.ward import sheets

ACCESS = 3
Rows = list[dict[str, Any]]
WARDS: Rows = [
    {"ward": "REA", "name": "Réanimation", "kits": [{"label": "Réanimation 1",
                                                     "state": "connected"}]},
    {"ward": "NEPH", "name": "Néphrologie", "kits": []},
]  # fmt: skip
TWO: dict[str, Any] = {
    "needed": True, "alone": True,
    "persons": [{"person": "b", "name": "Mme Blanc", "profession": "DIR"}],
}  # fmt: skip
FACTS: dict[str, Any] = {
    "steers": True, "role": "steering", "label": "Cellule de crise A", "steering_heard": True,
    "wards": [{"ward": "CARD", "name": "Cardiologie"}], "steering": ["Cellule de crise A"],
    "has_root": True,
}  # fmt: skip
RIGHTS = ["open_ward", "endorse_kit", "name_interim", "use_envelope"]


def journal(now: int) -> Rows:
    """An opened ward, a kit put out by one person at night, one taken in by two."""
    base = {"entry": 1, "at": now - 3 * MINUTE, "key": "0b" * 32, "by": "M. Faure",
            "kit": "Cellule de crise A"}  # fmt: skip
    return [
        base | {"kind": "access.opened", "label": "Urgences 2", "ward": "CARD",
                "ward_name": "Cardiologie", "reason": "service évacué aux urgences",
                "persons": ["Dr A. Rousseau", "Dr P. Nguyen"], "by": "Dr A. Rousseau",
                "kit": "Cardiologie 1"},
        base | {"entry": 2, "kind": "device.revoked", "label": "Urgences 1",
                "reason": "volé au vestiaire", "alone": "astreinte de nuit"},
        base | {"entry": 3, "kind": "device.enrolled", "label": "Néphrologie 1", "role": "ward",
                "wards": ["NEPH"], "second": "Mme Blanc"},
    ]  # fmt: skip


def devices() -> Rows:
    """Kits that a ward may be opened to, and one that waits for a second key."""
    return [
        {"device": f"{n:02x}" * 8, "key": f"{n:02x}" * 32, "label": label, "role": role,
         "wards": wards, "state": state, "by": ["Cellule de crise B"]}
        for n, (label, role, wards, state) in enumerate(
            (("Urgences 2", "ward", ["URG"], "member"),
             ("Cellule de crise C", "steering", [], "pending")), 4)
    ]  # fmt: skip


def _page(stage: Stage) -> Any:
    stage.window.go("shared.exchange")
    settle(stage.port)
    screen: Any = stage.window.screen_now()
    screen.rest()
    screen.note.hide()
    screen.pairing.leave()
    screen.courier.leave()
    screen.bar.setCurrentIndex(ACCESS)
    settle(stage.port)
    page = screen.access
    page.rights = frozenset(RIGHTS)
    page.show_rows(journal(stage.port.now_ms()))
    page.show_facts(FACTS)
    page.show_devices(devices())
    return page


def _sheet(open_it: Callable[[Any], None], fill: Callable[[Any], None]) -> Callable[[Stage], None]:
    def play(stage: Stage) -> None:
        page = _page(stage)
        open_it(page)
        settle(stage.port)
        fill(stage.window.work.sheet)

    return play


def _fill_access(sheet: Any) -> None:
    sheet.show_facts(FACTS)
    sheet.show_devices(devices())
    sheet.second.show_asked({**TWO, "alone": False})
    sheet.kit.setCurrentIndex(1)
    sheet.reason.setText("service évacué aux urgences")


def _fill_print(sheet: Any) -> None:
    sheet.show_printers([{"name": "bureau-direction"}])
    sheet.show_proof(None)


def _transfer(stage: Stage) -> None:
    stage.window.go("ward.patient", stage.patient() or None)
    settle(stage.port)
    sheets.open_transfer_sheet(stage.context, stage.patient())
    settle(stage.port)
    sheet: Any = stage.window.work.sheet
    sheet.show_wards(WARDS)
    sheet.wards.choose("REA")
    settle(stage.port)
    sheet.show_count({"entries": 142, "kits": ["Réanimation 1"]})


def record(now: int, **facts: Any) -> dict[str, Any]:
    """A row of `record.list`."""
    row = {
        "parcel": "aa", "patient": "p", "family": "LEFEBVRE", "given": "Noémie",
        "birth_date": "1942-03-03", "ward": "CARD", "ward_name": "Cardiologie",
        "source_name": "Urgences", "at": now - 12 * MINUTE, "by": "L. Petit",
        "told": "C. Dubois", "entries": 142, "incoming": True, "ours": True,
    }  # fmt: skip
    return row | facts


def _board(stage: Stage) -> None:
    stage.window.go("ward.board")
    settle(stage.port)
    screen: Any = stage.window.screen_now()
    now = stage.port.now_ms()
    gone = {"patient": "q", "family": "OKONKWO", "given": "Jean", "birth_date": "1938-07-14",
            "incoming": False, "ours": False, "ward_name": "Réanimation", "told": ""}  # fmt: skip
    screen.notices.transfers.show_rows([record(now), record(now, **gone)])


def _opened(stage: Stage) -> None:
    stage.window.go("ward.board")
    settle(stage.port)
    screen: Any = stage.window.screen_now()
    screen.notices.accesses.show_rows(journal(stage.port.now_ms())[:1])


ACCESS_SCENES: tuple[Scene, ...] = (
    Scene("access-journal", FULL, lambda stage: _page(stage) and None),
    Scene("access-open", FULL, _sheet(lambda page: page.open_access(), _fill_access)),
    Scene("access-endorse", FULL,
          _sheet(lambda page: page.endorse(page.devices[1]), lambda _sheet: None)),
    Scene("access-vote", FULL, _sheet(lambda page: page.vote(), lambda _sheet: None)),
    Scene("access-envelope-print", FULL, _sheet(lambda page: page.print_envelope(), _fill_print)),
    Scene("access-envelope-use", FULL,
          _sheet(lambda page: page.use_envelope(), lambda _sheet: None)),
    Scene("access-ward-told", FULL, _opened),
    Scene("transfer-choose", FULL, _transfer),
    Scene("transfer-notices", FULL, _board),
)  # fmt: skip
