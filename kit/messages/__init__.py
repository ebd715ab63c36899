"""Messages between kits: channels, priorities, receipts by machine and by name, the courier's code.

`ROOMS` names the modules that declare something; importing them registers it.
"""

from importlib import import_module

ROOMS = ("record", "channel", "message", "thread", "receipt")


def open_rooms() -> None:
    """Import every room, so that its events, commands, tables and queries are registered."""
    for room in ROOMS:
        import_module(f"kit.messages.{room}")
