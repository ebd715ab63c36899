"""The steering capsule: what the crisis cell sees, decides and asks of the wards.

`ROOMS` names the modules that declare something; importing them registers it.
"""

from importlib import import_module

ROOMS = ("directive", "directive_receipt", "directive_list", "needs", "situation")


def open_rooms() -> None:
    """Import every room, so that its events, commands, tables and queries are registered."""
    for room in ROOMS:
        import_module(f"kit.steering.{room}")
