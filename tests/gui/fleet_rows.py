"""Rows of the node about other kits, of exactly the shape that the screens rely on."""

from __future__ import annotations

from typing import Any

from kit.core.clock import MINUTE

from .conftest import NOW

HERE, CELL, LOST, STOLEN = "aa" * 8, "bb" * 8, "cc" * 8, "dd" * 8


def peer(device: str, label: str, state: str, **facts: Any) -> dict[str, Any]:
    """A row of the service `peers`."""
    row: dict[str, Any] = {
        "device": device, "label": label, "role": "ward", "wards": ["CARD"], "state": state,
        "rung": "", "address": "", "seen_ms": 0, "exchanged_ms": 0, "ahead": None, "behind": None,
        "unread": 0, "offset_ms": None, "clk": 0, "version": "", "trouble": "", "text": "",
    }  # fmt: skip
    return row | facts


def fleet() -> list[dict[str, Any]]:
    """This kit, one connected, one lost, one revoked."""
    return [
        peer(HERE, "Cardiologie 1", "self", address="10.0.0.7:7411"),
        peer(CELL, "Cellule A", "connected", role="steering", wards=[], rung="mdns", clk=2,
             seen_ms=NOW, exchanged_ms=NOW - 12_000, ahead=12, behind=0, offset_ms=300),
        peer(LOST, "Réanimation 1", "known", wards=["REA"], seen_ms=NOW - 38 * MINUTE, clk=1,
             exchanged_ms=NOW - 38 * MINUTE, ahead=1, behind=31, offset_ms=190_000),
        peer(STOLEN, "Urgences 1", "revoked", wards=["URG"], exchanged_ms=NOW - 90 * MINUTE),
    ]  # fmt: skip


def status(**facts: Any) -> dict[str, Any]:
    """The part of `status` that is about other kits."""
    base: dict[str, Any] = {
        "peers": 1, "unsent": 0, "unsent_since_ms": None, "exchanged_ms": NOW - 12_000,
        "steering_seen_ms": NOW - 12_000, "network": "ok", "conflicts": 0, "quarantined": 0,
        "unknown_events": 0,
    }  # fmt: skip
    return base | facts


def conflict(**facts: Any) -> dict[str, Any]:
    """A row of `conflict.list`: a dose on record twice."""
    row: dict[str, Any] = {
        "conflict": "dose:s1", "kind": "dose", "patient": "p3", "name": "LEFEBVRE Noémie",
        "ward": "CARD", "bed": "203-1", "title": "énoxaparine, 04:00",
        "versions": [
            {"version": "aa:7", "entry": 7, "who": "C. Dubois", "declared": NOW - 17 * MINUTE,
             "recorded": NOW - 17 * MINUTE, "device": HERE, "source": "", "struck": False,
             "says": "énoxaparine 4 000 unités, donné à 04:04"},
            {"version": "cc:9", "entry": 9, "who": "M. Leroy", "declared": NOW - 23 * MINUTE,
             "recorded": NOW - 3 * MINUTE, "device": LOST, "source": "", "struck": False,
             "says": "énoxaparine 4 000 unités, donné à 03:58"},
        ],
        "used": "la dose est tenue pour donnée", "why": "Une dose de trop peut nuire.",
        "choices": [{"choice": "aa:7", "text": "Une seule dose : celle de 04:04"},
                    {"choice": "both", "text": "Les deux ont vraiment été données"}],
        "settlers": ["IDE", "MED", "CAD"],
    }  # fmt: skip
    return row | facts


def quarantined(entry: int, **facts: Any) -> dict[str, Any]:
    """A row of `quarantine.list`: an entry of a revoked kit."""
    row: dict[str, Any] = {
        "entry": entry, "device": STOLEN, "label": "Urgences 1", "scope": "w:URG", "ward": "URG",
        "seq": 40 + entry,
    }  # fmt: skip
    return row | facts


def said(entry: int, **facts: Any) -> dict[str, Any]:
    """A row of `quarantine.read`: what that entry says."""
    row: dict[str, Any] = {
        "entry": entry, "device": STOLEN, "scope": "w:URG", "seq": 40 + entry,
        "type": "vitals.recorded", "at_ms": NOW, "actor": "n7",
        "data": {"patient": "p9", "at": NOW - MINUTE, "values": {"temp": "38.4", "hr": "104"}},
    }  # fmt: skip
    return row | facts
