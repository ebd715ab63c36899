"""Why a line between two kits did not come up or is over, in words.

Not for: counting (the switchboard does), nor for faults of what is said on a line.
"""

from __future__ import annotations

from collections.abc import Callable

from kit.core.text import translator

_ = translator("sync")

FAULTS: dict[str, Callable[[], str]] = {
    "SYN-120": lambda: _(
        "What answers there does not speak as a kit does. Nothing was sent. Check the address."
    ),
    "SYN-121": lambda: _("This is not a kit's certificate. It is not used. Pair that kit again."),
    "SYN-122": lambda: _(
        "That kit refuses this one: it does not know it yet, or it was told that this kit no longer"
        " belongs to the fleet. What was recorded here is safe. Ask the crisis cell."
    ),
    "SYN-123": lambda: _(
        "A kit that does not belong to the fleet, or no longer, was refused. Nothing was sent to"
        " it. If it should belong, pair it."
    ),
    "SYN-124": lambda: _(
        "The other end took too long to say who it is. It will be called again by itself."
    ),
    "SYN-125": lambda: _(
        "Too many kits are calling at once. This one will be called again by itself."
    ),
    "SYN-126": lambda: _(
        "That kit no longer takes what is sent to it. It will be called again by itself; if it"
        " comes back, restart that kit."
    ),
    "SYN-127": lambda: _(
        "Nobody answers at this address. It will be called again by itself. Check that the other"
        " kit runs and is on the same network."
    ),
    "SYN-128": lambda: _(
        "This kit itself answers there, or a copy of it. If there are two kits with the same"
        " identity, pair one of them again."
    ),
    "SYN-129": lambda: _("There is a better line to this kit already."),
    "SYN-130": lambda: _(
        "The exchange with one kit met a fault of the programme. The other kits are not concerned;"
        " it will be called again by itself."
    ),
    "SYN-131": lambda: _(
        "The line to this kit is cut. What is recorded meanwhile will be sent when it is back."
    ),
    "SYN-133": lambda: _(
        "This kit cannot be called at {address}: the place is taken, or this machine has no such"
        " address. It can still call others. Restart the machine or choose another port."
    ),
    "SYN-134": lambda: _("This kit is being closed."),
    "SYN-135": lambda: _(
        "Kits can no longer find each other by themselves on this network; it is being tried again."
        " Kits met before are called at their last address. Otherwise type the address of one."
    ),
    "SYN-136": lambda: _(
        "The line was ended because there are enough others; entries pass through them."
    ),
    "SYN-140": lambda: _(
        "This is not an address of a kit. Type it as the other kit shows it, figures, points and"
        " the number behind the colon."
    ),
}
