"""Putting on record, once per chart and session, that a person has opened it.

Not for: permission (the node's). Corrections made later are told to whoever is on record here.
"""

from __future__ import annotations

from weakref import WeakKeyDictionary

from kit.gui.port import NodePort
from kit.gui.screen import Context

# Per port, so that two kits in one process (tests) never share what was read.
_opened: WeakKeyDictionary[NodePort, set[tuple[str, str]]] = WeakKeyDictionary()


def record_opening(context: Context, patient: str) -> None:
    """Say to the node that this person opens this chart, the first time since they signed in."""
    known = _opened.setdefault(context.port, set())
    key = (context.person.key, patient)
    if patient and key not in known:
        known.add(key)
        context.port.do("chart.open", {"patient": patient}, refused=lambda _why: known.discard(key))


def forget(port: NodePort) -> None:
    """The session is over; the next opening is a new one."""
    _opened.pop(port, None)
