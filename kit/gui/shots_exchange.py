"""Pictures of the exchanges: an invented fleet, one screen for each state it can be in.

The rows are written here and handed to the screen as the node would hand them over. Not for: real
kits (`tests/netns` has those) nor the other screens (`shots_scenes`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kit.core.clock import HOUR, MINUTE
from kit.gui.shared.courier_rows import IN, OUT
from kit.gui.shots_stage import FULL, Scene, Stage, settle

KEY = "shared.exchange"
Rows = list[dict[str, Any]]
LINK = {"state": "connected", "rung": "mdns", "ahead": 0, "behind": 0, "clk": 2, "offset_ms": 400}


def _kit(number: int, label: str, role: str, wards: tuple[str, ...], **facts: Any) -> Any:
    device = f"{number:02x}" * 8
    return {"device": device, "label": label, "role": role, "wards": wards, **facts}


def fleet(now: int) -> Rows:
    """Eleven kits: every state, every rung, a clock that is off, a kit that was stolen."""
    seen = {"seen_ms": now - 2_000, "exchanged_ms": now - 12_000}
    lost = {"seen_ms": now - 38 * MINUTE, "exchanged_ms": now - 38 * MINUTE}
    return [
        _kit(1, "Cardiologie 1", "ward", ("CARD",), state="self", address="10.4.2.17:7411"),
        _kit(2, "Cellule de crise A", "steering", (), **LINK, **seen, address="10.4.2.20:7411"),
        _kit(3, "Réanimation 1", "ward", ("REA",), **{**LINK, "rung": "last"}, **seen),
        _kit(4, "Urgences 2", "ward", ("URG",), **{**LINK, "rung": "gossip", "ahead": 12}, **seen),
        _kit(5, "Cellule de crise B", "steering", (), state="known", **lost, ahead=None, behind=31,
             offset_ms=190_000, clk=1),
        _kit(6, "Médecine polyvalente, secteur nord", "ward", ("MEDN", "MEDS"), state="known",
             **lost, ahead=12, behind=31, offset_ms=2_000, clk=1),
        _kit(7, "Chirurgie 1", "ward", ("CHIR",), state="reachable", rung="mdns", seen_ms=now,
             exchanged_ms=now - 3 * MINUTE, ahead=2, behind=4, offset_ms=-26 * 365 * 24 * HOUR,
             clk=0),
        _kit(8, "Relais logistique", "relay", (), **{**LINK, "rung": "static"}, **seen),
        _kit(9, "Pédiatrie 1", "ward", ("PED",), state="never"),
        _kit(10, "Maternité 1", "ward", ("MAT",), state="never"),
        _kit(11, "Urgences 1", "ward", ("URG",), state="revoked", seen_ms=now - 9 * HOUR,
             exchanged_ms=now - 9 * HOUR),
    ]  # fmt: skip


REACH: dict[str, Any] = {
    "peers": 4, "unsent": 0, "network": "ok", "quarantined": 4, "unknown_events": 3, "conflicts": 2,
}  # fmt: skip


def conflicts(now: int) -> Rows:
    """A dose that two kits have on record, and a prescription that was stopped and raised."""
    return [
        {
            "conflict": "dose:s1", "kind": "dose", "patient": "p3", "name": "LEFEBVRE Noémie",
            "bed": "203-1", "title": "énoxaparine, 08:00",
            "versions": (
                _version("01:7", "énoxaparine 4 000 unités, donné à 08:04", "C. Dubois", now, 16),
                _version("03:9", "énoxaparine 4 000 unités, donné à 07:58", "M. Leroy", now, 22, 6),
            ),
            "used": "la dose est tenue pour donnée, et n'est pas proposée à nouveau",
            "why": "Donner une dose de trop est plus grave que d'attendre la suivante.",
            "choices": (
                {"choice": "01:7", "text": "Une seule dose : énoxaparine, donné à 08:04"},
                {"choice": "03:9", "text": "Une seule dose : énoxaparine, donné à 07:58"},
                {"choice": "both", "text": "Les deux doses ont vraiment été données"},
            ),
            "settlers": ("IDE", "MED", "CAD"),
        },
        {
            "conflict": "order:o5", "kind": "order", "patient": "p5", "bed": "204",
            "name": "OKONKWO Jean-Baptiste Emmanuel", "title": "furosémide",
            "versions": (
                _version("01:3", "arrêté", "Dr P. Nguyen", now, 70),
                _version("02:5", "80 mg toutes les 12 h", "Dr A. Rousseau", now, 65),
            ),
            "used": "la ligne est tenue pour arrêtée",
            "why": "Un arrêt compte comme un arrêt tant qu'un prescripteur n'a pas tranché.",
            "choices": (
                {"choice": "01:3", "text": "arrêté"},
                {"choice": "02:5", "text": "80 mg toutes les 12 h"},
            ),
            "settlers": ("MED",),
        },
    ]  # fmt: skip


def _version(name: str, says: str, who: str, now: int, *ago: int) -> dict[str, Any]:
    """ago: minutes since it happened and, if later, since it was written."""
    return {
        "version": name, "says": says, "who": who, "device": name[:2] * 8,
        "declared": now - ago[0] * MINUTE, "recorded": now - ago[-1] * MINUTE,
    }  # fmt: skip


def quarantined() -> Rows:
    """What a stolen kit wrote after it was revoked."""
    device = "0b" * 8
    return [
        {"entry": place, "device": device, "label": "Urgences 1", "scope": scope, "seq": 40 + place,
         "ward": scope.partition("w:")[2]}
        for place, scope in enumerate(("w:CARD", "w:CARD", "w:CARD", "ops"), 1)
    ]  # fmt: skip


def said(stage: Stage) -> Rows:
    """What those entries say; the last one cannot be read here."""
    at, patient = stage.port.now_ms() - 8 * HOUR, {"patient": stage.patient()}
    actor = stage.window.person.key if stage.window.person else ""
    told: tuple[tuple[str, dict[str, Any]], ...] = (
        ("vitals.recorded", {"values": {"temp": "38.4", "hr": "104", "sbp": "98", "dbp": "60"}}),
        (
            "administration.recorded",
            {"generic": "paracétamol", "dose": {"value": "1", "unit": "g"}},
        ),
        (
            "note.written",
            {"target": "Douleur", "data": "6 sur 10 à l'arrivée", "action": "antalgique donné"},
        ),
    )
    return [
        {"entry": place, "type": kind, "at_ms": at, "actor": actor,
         "data": {**patient, "at": at, **data}}
        for place, (kind, data) in enumerate(told, 1)
    ]  # fmt: skip


# -- the scenes -----------------------------------------------------------------------------------


def _open(stage: Stage) -> Any:
    stage.window.go(KEY)
    settle(stage.port)
    screen: Any = stage.window.screen_now()
    screen.rest()
    screen.bar.setCurrentIndex(0)
    screen.pairing.leave()
    screen.courier.leave()
    screen.note.hide()
    return screen


def _fleet(**reach: Any) -> Callable[[Stage], Any]:
    def play(stage: Stage) -> Any:
        screen, now = _open(stage), stage.port.now_ms()
        rows = fleet(now)
        if reach.get("peers") == 0:
            rows = [{**row, "state": "known"} if "rung" in row else row for row in rows]
        screen.show_peers(rows)
        screen.show_status({**REACH, "exchanged_ms": now - 12_000, **_since(reach, now)})
        screen.conflicts.show_rows(conflicts(now))
        screen.quarantine.show_rows(quarantined())
        settle(stage.port)
        screen.quarantine.show_said(said(stage))
        screen.kits.table.selectRow(1)
        return screen

    return play


def _since(reach: dict[str, Any], now: int) -> dict[str, Any]:
    past = reach.get("unsent_since_ms")
    return reach if past is None else {**reach, "unsent_since_ms": now - past}


def _part(place: int) -> Callable[[Stage], None]:
    def play(stage: Stage) -> None:
        screen = _fleet()(stage)
        screen.bar.setCurrentIndex(place)
        if place == 2:
            screen.quarantine.ticked.clear()
            screen.quarantine.tick(1, 2)
            screen.quarantine.reason.setText("vérifié avec L. Petit au téléphone")

    return play


def _second_conflict(stage: Stage) -> None:
    screen = _fleet()(stage)
    screen.bar.setCurrentIndex(1)
    screen.conflicts.list.selectRow(1)


def _nobody(stage: Stage) -> None:
    screen, now = _open(stage), stage.port.now_ms()
    screen.show_peers(fleet(now)[:1])
    screen.show_status({"peers": 0, "unsent": 3, "unsent_since_ms": now - 4 * MINUTE})


def _silent(stage: Stage) -> None:
    screen = _fleet()(stage)
    screen.heard_ms -= 8_000
    screen.say_news(stage.port.now_ms())


def _dialog(name: str) -> Callable[[Stage], None]:
    def play(stage: Stage) -> None:
        screen = _fleet()(stage)
        getattr(screen, f"ask_{name}")()

    return play


CODE = tuple(
    "".join("1" if (x * 7 + y * 13 + x * y) % 3 == 0 else "0" for x in range(33)) for y in range(33)
)
"""Looks like a code and says nothing; the node makes the real ones."""


def _pairing(hosting: bool, **state: Any) -> Callable[[Stage], None]:
    def play(stage: Stage) -> None:
        screen = _open(stage)
        screen.new_entry()
        settle(stage.port)
        screen.pairing.note.hide()
        screen.pairing.hosting = hosting
        left = {"expires_ms": stage.port.now_ms() + 103_000} if state else {}
        screen.pairing.arrived({**left, **state})

    return play


def _courier(way: str, **result: Any) -> Callable[[Stage], None]:
    def play(stage: Stage) -> None:
        screen = _open(stage)
        screen.carry(way)
        settle(stage.port)
        page = screen.courier
        page.show_places(
            [
                {"path": "/media/kit/CLE-CRISE", "label": "CLE-CRISE", "free": 7_412_000_000},
                {"path": "/media/kit/SANDISK", "label": "SANDISK 64 Go", "free": 51_900_000_000},
            ]
        )
        if result.get("running"):
            page.run(running=True)
            page.on_progress({"job": "bundle", "done": 3_400_000, "total": 9_100_000})
        elif result:
            (page.carried if way == OUT else page.brought)(result)

    return play


READ = {
    "stored": 214, "known": 1_032, "from": ("Réanimation 1",),
    "refused": [
        {"code": "SYN-014", "count": 3, "text": "Écrites par un kit qui n'est pas de cet hôpital."},
        {"code": "SYN-009", "count": 1, "text": "Signature fausse : rien n'en est gardé."},
    ],
}  # fmt: skip

EXCHANGE_SCENES: tuple[Scene, ...] = (
    Scene("exchange", FULL, _fleet()),
    Scene("exchange-late", FULL, _fleet(unsent=3, unsent_since_ms=6 * MINUTE)),
    Scene("exchange-alone", FULL, _fleet(peers=0, unsent=7, unsent_since_ms=21 * MINUTE)),
    Scene("exchange-no-network", FULL, _fleet(peers=0, unsent=7, network="off")),
    Scene("exchange-no-discovery", FULL, _fleet(discovery="broken")),
    Scene("exchange-silent", FULL, _silent),
    Scene("exchange-nobody", ("normal", "empty"), _nobody),
    Scene("exchange-address", FULL, _dialog("address")),
    Scene("exchange-revoke", FULL, _dialog("revoke")),
    Scene("exchange-conflict", FULL, _part(1)),
    Scene("exchange-conflict-not-mine", FULL, _second_conflict),
    Scene("exchange-quarantine", FULL, _part(2)),
    Scene("pairing-choose", FULL, _pairing(True)),
    Scene("pairing-wait", FULL, _pairing(True, phase="waiting", address="10.4.2.17:7411",
                                         qr="kit", qr_rows=CODE)),
    Scene("pairing-call", FULL, _pairing(False, phase="waiting", address="10.4.2.17:7411")),
    Scene("pairing-compare", FULL, _pairing(True, phase="comparing", digits="482915",
                                            peer_label="Réanimation 2")),
    Scene("pairing-done", FULL, _pairing(True, phase="done", peer_label="Réanimation 2")),
    Scene("pairing-different", FULL, _pairing(True, phase="failed", reason="pairing.not_same")),
    Scene("courier-out", FULL, _courier(OUT)),
    Scene("courier-running", FULL, _courier(OUT, running=True)),
    Scene("courier-carried", FULL, _courier(OUT, entries=1_246, feeds=31, files=3,
                                            bytes=9_100_000)),
    Scene("courier-read", FULL, _courier(IN, **READ)),
)  # fmt: skip
