"""The one tree of exceptions, and the value that a rule returns when it refuses.

An expected outcome is a value (`Refused`); an exception is a fault of the machine, the file or the
programme. Both carry a stable code and arguments; the sentence a person reads comes from the
catalogue by that code (`kit.core.text`), never from `str(exc)`. Arguments never hold patient data.
"""

from __future__ import annotations

from typing import Any

import msgspec

Args = dict[str, Any]


class KitError(Exception):
    """A fault with a stable code (`STO-004`) and arguments for the catalogue's sentence."""

    family = "KIT"

    def __init__(self, code: str, **args: Any) -> None:
        super().__init__(code)
        self.code = code
        self.args_: Args = args


class NotPermitted(KitError):
    """The role may not do this."""


class Unavailable(KitError):
    """A printer, a peer, a disk or a lock is not to be had now; trying again later may work."""


class Corrupt(KitError):
    """Integrity is broken: stop, quarantine, tell."""


class Misconfigured(KitError):
    """The kit, a form or a table is set up wrongly; a person has to mend it."""


class Incompatible(KitError):
    """A version that this programme does not speak."""


class BadInput(KitError):
    """What came in from outside (a file, an argument, a frame) cannot be understood."""


class Refused(msgspec.Struct, frozen=True):
    """A rule's refusal: a stable code, e.g. `vitals.implausible`, and its sentence's arguments."""

    code: str
    args: Args = {}
