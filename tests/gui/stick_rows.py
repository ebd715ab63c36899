"""What the keeper says of a stick, of exactly the shape that the screens rely on."""

from __future__ import annotations

from typing import Any

from kit.core.clock import DAY

from .conftest import NOW, FakeNode

WORDS = "abeille bateau cerise doigt empire facile galop hiver"


def medium(**facts: Any) -> dict[str, Any]:
    """The keeper's `status`."""
    clock = {"ok": True, "rtc_local": False, "build_ms": NOW - 20 * DAY, **facts.pop("clock", {})}
    disk = {
        "model": "SanDisk Ultra", "serial": "4C530001230719114203", "bytes": 31_914_983_424,
        "removable": True,
    }  # fmt: skip
    return {
        "medium": "open", "seed": False, "disk": disk, "slot": "a", "version": "1.0.0",
        "root_hash": "ab" * 32, "other": {"slot": "b", "version": "0.9.4"}, "altered": False,
        "persist_free": 21_400_000_000, "in_memory": False, "layout": "fr", "clock": clock,
        "display": "cage", **facts,
    }  # fmt: skip


def facts(**more: Any) -> dict[str, Any]:
    """What `unlock` answers: the open kit."""
    return {
        "open": True, "capsule": "ward", "hospital": "CH de Valmont", "ward": "CARD",
        "world": "REEL", "label": "Cardio 1", "language": "fr", "demo": False, "person": None,
        "status": {}, **more,
    }  # fmt: skip


def asked(node: FakeNode, name: str) -> list[dict[str, Any]]:
    """The arguments of every request of that name."""
    names = ("do", "ask", "call")
    return [m["args"] for m in node.heard if name in [m.get(kind) for kind in names]]
