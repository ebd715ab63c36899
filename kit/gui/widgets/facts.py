"""What the node says of the kit, turned into the items of the status strip: words and tones.

Not for: drawing (`strip`). Thresholds are interface.md §5's; they warn, they decide nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from kit.core.clock import HOUR, MINUTE, hhmm, local, moment_text, span_text
from kit.core.text import plural_translator, translator
from kit.gui.tone import Tone
from kit.gui.widgets.ages import ago

_ = translator("gui")
ngettext = plural_translator("gui")

DATA_OLD_MS = 12 * HOUR
EXCHANGE_OLD_MS = 15 * MINUTE
OUTBOX_OLD_MS = 5 * MINUTE
BATTERY_LOW = 30
STEERING_OLD_MS = 15 * MINUTE
SILENT_MS = 15_000


class KitState(msgspec.Struct, frozen=True):
    """The node's `state` message; every field may be missing."""

    ward: str = ""
    person: str = ""
    role: str = ""
    source: str = ""
    data_at_ms: int | None = None
    kits: int = 0
    exchange_at_ms: int | None = None
    outbox: int = 0
    outbox_since_ms: int | None = None
    printer: str = ""  # ready, none, down; "" while not known
    battery: int | None = None  # percent
    mains: bool = True
    network: str = "ok"  # ok, alone, off
    steering_at_ms: int | None = None  # when the crisis cell was last heard
    conflicts: int = 0
    heard_at_ms: int | None = None  # when the node last said any of this
    capsule: str = "ward"


def of_status(status: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of KitState from the node's `status` service, for `MainWindow.show_state`."""
    data = status.get("data") or {}
    return {
        "source": data.get("label", ""),
        "data_at_ms": data.get("extracted_at") or data.get("imported_at"),
        "kits": status.get("peers", 0),
        "outbox": status.get("unsent", 0),
        "exchange_at_ms": status.get("exchanged_ms") or None,
        "outbox_since_ms": status.get("unsent_since_ms") or None,
        "steering_at_ms": status.get("steering_seen_ms") or None,
        "network": status.get("network") or "ok",
        "conflicts": status.get("conflicts", 0),
        **{name: status[name] for name in ("printer", "battery", "mains") if name in status},
    }


class StripItem(msgspec.Struct, frozen=True):
    """One button of the strip: a small label, a value, a whole sentence for screen readers."""

    key: str
    label: str
    value: str
    sentence: str
    icon: str
    tone: Tone = Tone.NORMAL


def strip_items(state: KitState, now_ms: int) -> list[StripItem]:
    """The items in their order, ending with the clock."""
    steering = state.capsule == "steering"  # no ward and no patient data of its own
    items = [_steering() if steering else _ward(state), _person(state)]
    items += [] if steering else [_data(state, now_ms)]
    items += [_exchange(state, now_ms), _outbox(state, now_ms)]
    if state.printer:
        items.append(_printer(state))
    if state.battery is not None:
        items.append(_battery(state))
    return [*items, _clock(now_ms)]


def _ward(state: KitState) -> StripItem:
    value = state.ward or _("No ward")
    sentence = _("Ward: {ward}. Opens the choice of ward.").format(ward=value)
    return StripItem("ward", _("Ward"), value, sentence, "hospital")


def _steering() -> StripItem:
    sentence = _("Steering kit of the crisis cell. Opens the situation.")
    return StripItem("ward", _("Steering"), _("Crisis cell"), sentence, "siren")


def _person(state: KitState) -> StripItem:
    value = state.person or _("Nobody")
    sentence = _("Signed in: {name}, {role}. Opens change of person.")
    spoken = sentence.format(name=value, role=state.role)
    return StripItem("person", state.role or _("Signed in"), value, spoken, "user-round")


def _data(state: KitState, now_ms: int) -> StripItem:
    if state.data_at_ms is None:
        sentence = _("No patient data has been imported. Opens the import.")
        return StripItem(
            "data", _("Patient data"), _("None imported"), sentence, "database", Tone.WARNING
        )
    old = now_ms - state.data_at_ms > DATA_OLD_MS
    when, age = moment_text(state.data_at_ms, now_ms), ago(state.data_at_ms, now_ms)
    sentence = _("Patient data of {source} from {when}, {age}.")
    label = _("Data {source} {when}").format(source=state.source, when=when)
    return StripItem(
        "data",
        label,
        _("old: {age}").format(age=age) if old else age,
        sentence.format(source=state.source, when=when, age=age),
        "database",
        Tone.WARNING if old else Tone.NORMAL,
    )


def _exchange(state: KitState, now_ms: int) -> StripItem:
    silent = state.heard_at_ms is not None and now_ms - state.heard_at_ms > SILENT_MS
    unseen = state.steering_at_ms is not None and now_ms - state.steering_at_ms > STEERING_OLD_MS
    icon = "wifi-off" if not state.kits else "refresh-cw"
    label, value, sentence, tone = _reached(state, now_ms) if state.kits else _alone(state, now_ms)
    if silent and state.heard_at_ms is not None:
        value = _("not known since {at}").format(at=hhmm(state.heard_at_ms))
        sentence, tone = _("The kit's core says nothing of other kits."), Tone.WARNING
    elif unseen and state.steering_at_ms is not None:
        span = span_text(now_ms - state.steering_at_ms)
        value = _("crisis cell unseen {span}").format(span=span)
        said = _("The crisis cell has not been heard for {span}.").format(span=span)
        sentence, tone = f"{said} {sentence}", Tone.WARNING
    return StripItem("exchange", label, value, sentence, icon, tone)


def _alone(state: KitState, now_ms: int) -> tuple[str, str, str, Tone]:
    off = state.network == "off"
    value = _("No network") if off else _("You work alone")
    sentence = _("No other kit in reach. Everything is recorded here.")
    if off:
        sentence = _("No cable and no Wi-Fi on this computer. Everything is recorded here.")
    if state.exchange_at_ms is None:
        return _("Other kits"), value, sentence, Tone.NORMAL
    # A kit that had others and lost its own network is one plug away from them.
    tone = Tone.WARNING if off else Tone.NORMAL
    at = moment_text(state.exchange_at_ms, now_ms)
    return _("Last exchange {at}").format(at=at), value, sentence, tone


def _reached(state: KitState, now_ms: int) -> tuple[str, str, str, Tone]:
    kits = ngettext("{count} kit", "{count} kits", state.kits).format(count=state.kits)
    if state.exchange_at_ms is None:
        sentence = _("{kits} in reach, no exchange yet. Opens the exchanges.").format(kits=kits)
        return kits, _("no exchange yet"), sentence, Tone.NORMAL
    late = now_ms - state.exchange_at_ms > EXCHANGE_OLD_MS
    at = hhmm(state.exchange_at_ms)
    value = _("last exchange {at}") if late else _("exchange {at}")
    sentence = _("{kits} in reach, last exchange at {at}. Opens the exchanges.")
    tone = Tone.WARNING if late else Tone.NORMAL
    return kits, value.format(at=at), sentence.format(kits=kits, at=at), tone


def reach_line(state: KitState, now_ms: int) -> str:
    """For a locked screen: who is reached and what has not left; names nobody."""
    label, value, _sentence, _tone = (
        _reached(state, now_ms) if state.kits else _alone(state, now_ms)
    )
    known = state.kits or state.exchange_at_ms is not None
    parts = [label, value] if state.kits else [value, *([label] if known else [])]
    if state.outbox:
        said = ngettext("{count} entry to send", "{count} entries to send", state.outbox)
        parts.append(said.format(count=state.outbox))
    return " · ".join(parts)


def _outbox(state: KitState, now_ms: int) -> StripItem:
    since = state.outbox_since_ms
    late = state.outbox > 0 and since is not None and now_ms - since > OUTBOX_OLD_MS
    value = str(state.outbox) if state.outbox else _("nothing")
    if late and since is not None:
        value = _("{count} for {span}").format(count=value, span=span_text(now_ms - since))
    sentence = _("Entries still to be sent to other kits: {count}. Opens the exchanges.")
    return StripItem(
        "outbox",
        _("To send"),
        value,
        sentence.format(count=state.outbox),
        "upload",
        Tone.WARNING if late else Tone.NORMAL,
    )


def _printer(state: KitState) -> StripItem:
    if state.printer == "ready":
        return StripItem(
            "printer", _("Printer"), _("ready"), _("Printer ready. Opens printing."), "printer"
        )
    if state.printer == "down":
        sentence = _("The printer does not answer. Opens printing, which lists what is waiting.")
        return StripItem(
            "printer", _("Printer"), _("no answer"), sentence, "printer-x", Tone.CRITICAL
        )
    sentence = _("No printer is set up. Opens printing, which can save a PDF.")
    return StripItem("printer", _("Printer"), _("none set up"), sentence, "printer-x", Tone.WARNING)


def _battery(state: KitState) -> StripItem:
    level = f"{state.battery}\u00a0%"
    low = not state.mains and state.battery is not None and state.battery < BATTERY_LOW
    if low:
        value = _("{level}, plug it in").format(level=level)
        return StripItem("battery", _("Battery"), value, value, "battery-low", Tone.WARNING)
    label = _("On mains") if state.mains else _("On battery")
    sentence = _("{power}, battery {level}.").format(power=label, level=level)
    return StripItem("battery", label, level, sentence, "plug" if state.mains else "battery-full")


def _clock(now_ms: int) -> StripItem:
    moment = local(now_ms)
    days = (
        _("Mon"),
        _("Tue"),
        _("Wed"),
        _("Thu"),
        _("Fri"),
        _("Sat"),
        _("Sun"),
    )
    day = f"{days[moment.weekday()]} {moment:%d/%m/%Y}"
    return StripItem("clock", day, hhmm(now_ms), f"{hhmm(now_ms)}, {day}", "clock")
