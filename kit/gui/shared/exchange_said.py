"""The sentences of the exchanges as a whole: silence, no network, no discovery, and the help.

Not for: one kit's words (`exchange_rows`).
"""

from __future__ import annotations

from kit.core.clock import MINUTE, span_text
from kit.core.quantity import NBSP
from kit.core.text import translator
from kit.gui.states import Explained

_ = translator("gui_exchange")


def silent(past_ms: int) -> Explained:
    """The node has not answered for a while: what is shown may be wrong."""
    span = span_text(past_ms) if past_ms >= MINUTE else f"{past_ms // 1000}{NBSP}s"
    return Explained(
        _("No news of the other kits for {span}.").format(span=span),
        _("What is shown here may no longer be true; what you record is kept."),
    )


def no_network(text: str) -> Explained:
    """No cable, no Wi-Fi: a fact with a way out."""
    return Explained(
        text or _("This computer is on no network."),
        _("Everything is recorded here; the other kits do not have it yet."),
        _("Plug in a network cable, even straight into another kit, or use the USB stick."),
    )


def no_discovery() -> Explained:
    """Kits cannot find each other by themselves; known addresses still work."""
    return Explained(
        _("Kits cannot find each other by themselves on this computer."),
        _("Those met before are still called at their last addresses."),
        _("Type the address that another kit shows (Ctrl+D), and tell IT support."),
    )


def help_sentences() -> str:
    """For F1, one a line."""
    return "\n".join(
        (
            _("Every kit of the hospital, those that need attention first."),
            _("● connected, ◐ in reach, ○ out of reach, ◌ never seen, ✕ revoked."),
            _("“To receive” is what it has and this kit lacks; “to hand over” the reverse."),
            _("≈ before a clock: neither of the two is sure of its time."),
            _("Ctrl+N pairs a kit: both screens show six digits, and two people compare them."),
            _("Ctrl+E carries entries on a stick, Ctrl+R brings them back."),
            _("“To settle”: two kits wrote different things; both stay readable for ever."),
            _("“To validate”: written by a kit after it was revoked."),
            _("“Access”: who opened a ward, took a kit in or put one out; and these acts."),
        )
    )
