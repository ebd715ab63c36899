"""A pairing in words: how far it is, how long it still waits, why it failed; no Qt.

Not for: the codes' meaning on the wire; only what two people in front of two kits must do.
"""

from __future__ import annotations

import msgspec

from kit.core.quantity import NBSP
from kit.core.text import translator
from kit.gui.states import Explained, Sentences, declare, declared_codes, explain_code

_ = translator("gui_exchange")

IDLE, WAITING, COMPARING, GRANTING, DONE, FAILED = (
    "idle", "waiting", "comparing", "granting", "done", "failed",
)  # fmt: skip
ROLES = ("ward", "steering", "relay", "viewer")


class PairingState(msgspec.Struct, frozen=True):
    """`pairing.state`. expires_ms: UTC ms or 0; digits: six, empty until both have spoken.

    qr_rows: the matrix of the code to scan, one text of 0 and 1 a row, without its quiet zone.
    """

    phase: str = IDLE
    digits: str = ""
    peer_label: str = ""
    address: str = ""
    qr: str = ""
    qr_rows: tuple[str, ...] = ()
    expires_ms: int = 0
    reason: str = ""
    text: str = ""


def grouped(digits: str) -> str:
    """`482 915`: as people read six digits aloud."""
    return f"{digits[:3]}{NBSP}{digits[3:]}" if len(digits) == 6 else digits


def spelled(digits: str) -> str:
    """`4 8 2, 9 1 5`: as a screen reader should say them."""
    return ", ".join(" ".join(part) for part in (digits[:3], digits[3:]) if part)


def left_text(expires_ms: int, now_ms: int) -> str:
    """`1 min 43 left`; the last minute in seconds; empty where nothing runs out."""
    if not expires_ms:
        return ""
    seconds = max(0, -(-(expires_ms - now_ms) // 1000))
    minutes, rest = divmod(seconds, 60)
    span = f"{minutes}{NBSP}min{NBSP}{rest:02d}" if minutes else f"{seconds}{NBSP}s"
    return _("{span} left").format(span=span)


def failed(state: PairingState) -> Explained:
    """Why it did not work and what to do: the node's words where it has some."""
    if state.reason in declared_codes():
        said = explain_code(state.reason)
        return Explained(said.happened, said.means, said.todo)
    if state.text:
        first, _stop, rest = state.text.partition(". ")
        return Explained(f"{first}." if rest else first, rest)
    said = explain_code("pairing.failed")
    return Explained(said.happened, said.means, said.todo, state.reason)


def _said(happened: str, means: str = "", todo: str = "") -> Sentences:
    return Sentences(happened, means, todo)


def _N(message: str) -> str:
    return message


declare(
    "gui_exchange",
    {
        "pairing.failed": _said(
            _N("The two kits were not paired."),
            _N("Nothing was exchanged; both go on working alone."),
            _N("Start again on both kits."),
        ),
        "pairing.not_same": _said(
            _N("The digits differ: pairing was stopped."),
            _N("Another computer may be standing between the two kits. Nothing was exchanged."),
            _N("Start again over a direct cable; if they differ again, tell IT security."),
        ),
    },
)
