"""The ward capsule: one room per thing that carers read and write.

Each module is one room: its events, its commands and the rule of each, its tables and the folds
that fill them, its queries. `ROOMS` names them all; importing this package registers them.
"""

from importlib import import_module

ROOMS = (
    "snapshot",
    "place",
    "patient",
    "standing",
    "stay",
    "allergy",
    "alert",
    "problem",
    "prescription",
    "slot",
    "retold",
    "claim",
    "administration",
    "round",
    "vitals",
    "note",
    "result",
    "care_plan",
    "appointment",
    "directory",
    "correction",
    "chart",
    "journal",
    "board",
    "prescription_act",
    "move",
    "conflict",
    "conflict_settle",
)


def open_rooms() -> None:
    """Import every room, so that its events, commands, tables and queries are registered."""
    for room in ROOMS:
        import_module(f"kit.ward.{room}")
