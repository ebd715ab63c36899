"""What the node says of sticks, in words: drives, parts that were read, releases on offer; no Qt.

Not for: the running stick itself (`kit.gui.medium`), nor reading or writing any of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from kit.core.quantity import NBSP
from kit.core.text import translator
from kit.gui.medium import Medium
from kit.gui.shared.courier_rows import size_text
from kit.gui.tone import Tone

_ = translator("gui_stick")

RIGHT, ALTERED, UNKNOWN = "right", "altered", "unknown"
LAST_SIGNS = 4
SHOWN_HASH = 16


class KitOn(msgspec.Struct, frozen=True):
    """What says that a drive is a kit's stick. slots: those it has, with versions where known."""

    version: str = ""
    slots: dict[str, str] | list[str] = []


class DriveRow(msgspec.Struct, frozen=True):
    """A drive that can be taken out, as the keeper lists it."""

    device: str
    model: str = ""
    serial: str = ""
    bytes: int = 0
    label: str = ""
    kit: KitOn | None = None


class PartRow(msgspec.Struct, frozen=True):
    """A part of a stick after reading it whole. text: the node's own words about it."""

    name: str
    state: str = UNKNOWN
    bytes: int = 0
    text: str = ""


class Checked(msgspec.Struct, frozen=True):
    """A stick that was read whole."""

    parts: tuple[PartRow, ...] = ()
    version: str = ""

    @property
    def state(self) -> str:
        """The worst of its parts; nothing read is nothing known."""
        states = {part.state for part in self.parts}
        if ALTERED in states:
            return ALTERED
        return RIGHT if states == {RIGHT} else UNKNOWN


class SourceRow(msgspec.Struct, frozen=True):
    """Where a newer system may come from: a stick that is plugged in, another kit, a file."""

    source: str
    kind: str = "stick"
    label: str = ""
    version: str = ""


class Offer(msgspec.Struct, frozen=True):
    """What a source holds, after its signature was checked."""

    current: str = ""
    version: str = ""
    signed_by: str = ""
    newer: bool = True
    bytes: int = 0


def drives_of(answer: Any) -> list[DriveRow]:
    """The rows of `medium.drives`."""
    return msgspec.convert(_list(answer, "drives"), list[DriveRow])


def sources_of(answer: Any) -> list[SourceRow]:
    """The rows of `medium.sources`."""
    return msgspec.convert(_list(answer, "sources"), list[SourceRow])


def checked_of(answer: Any) -> Checked:
    """The parts of a stick that was read."""
    said = answer if isinstance(answer, Mapping) else {"parts": answer or []}
    known = {name: value for name, value in said.items() if value is not None}
    return msgspec.convert(known, Checked)


def _list(answer: Any, name: str) -> list[Any]:
    found = answer.get(name) if isinstance(answer, Mapping) else answer
    return [
        {key: value for key, value in row.items() if value is not None} for row in found or []
    ]  # fmt: skip


def drive_name(row: DriveRow) -> str:
    """The model as printed on it, or the device where it tells nothing."""
    return " ".join(row.model.split()) or row.device


def drive_lines(row: DriveRow) -> tuple[str, str]:
    """Model and size; below, number, name, whether it is a kit's."""
    first = f"{drive_name(row)}, {size_text(row.bytes)}" if row.bytes else drive_name(row)
    serial = _("no. {serial}").format(serial=row.serial) if row.serial else _("without a number")
    return first, " · ".join(part for part in (serial, row.label, kit_text(row)) if part)


def kit_text(row: DriveRow) -> str:
    """Whether it is a kit's stick, and which."""
    if row.kit is None:
        return _("not a kit's stick")
    slots = row.kit.slots
    version = row.kit.version or max(
        slots.values() if isinstance(slots, dict) else [""], default=""
    )
    return _("kit's stick, version {version}").format(version=version) if version else _(
        "kit's stick"
    )  # fmt: skip


def may_be_copied_to(row: DriveRow) -> bool:
    """A drive without a number cannot be named for sure, so it is not written."""
    return len(row.serial) >= LAST_SIGNS


def names_it(typed: str, serial: str) -> bool:
    """Whether what was typed is this drive's number: whole, or its last four signs."""
    said, wanted = typed.strip().casefold(), serial.strip().casefold()
    return len(wanted) >= LAST_SIGNS and said in (wanted, wanted[-LAST_SIGNS:])


def part_name(name: str) -> str:
    """A part of a stick as people call it."""
    return {
        "kit-bios": _("Start on old computers (BIOS)"),
        "mbr": _("First sector (BIOS)"),
        "kit-esp": _("Start files"),
        "esp": _("Start files"),
        "root-a": _("System A"),
        "root-a-verity": _("Checksums of system A"),
        "root-b": _("System B"),
        "root-b-verity": _("Checksums of system B"),
        "kit-data": _("Encrypted data"),
        "manifest": _("Signed list of parts"),
        "table": _("List of partitions"),
    }.get(name, name)


def part_state(row: PartRow) -> tuple[str, Tone]:
    """Sign and word of a part's state."""
    return {
        RIGHT: (_("✓ as signed"), Tone.NORMAL),
        ALTERED: (_("▲ altered"), Tone.CRITICAL),
    }.get(row.state, (_("? cannot be told"), Tone.WARNING))


def check_title(checked: Checked) -> str:
    """What reading a whole stick came to."""
    return {
        RIGHT: _("✓ Every byte is as it was signed"),
        ALTERED: _("▲ This stick is altered: do not use it, prepare another"),
    }.get(checked.state, _("? Not everything could be compared"))


def check_words(checked: Checked) -> str:
    """What it means, and what to do."""
    return {
        RIGHT: _("The system on it is the one that was published. Its data was not read."),
        ALTERED: _(
            "Worn out, or changed by somebody. Put it aside with a label, give it to IT support,"
            " and do not type the eight words on it again."
        ),
    }.get(
        checked.state,
        _("A newer or older version than this kit knows, or no kit's stick. Check on a newer kit."),
    )


def source_kind(row: SourceRow) -> str:
    """Where it comes from."""
    kinds = {"stick": _("Stick plugged in"), "peer": _("Other kit"), "file": _("File")}
    return kinds.get(row.kind, row.kind)


def slot_name(slot: str) -> str:
    """`a` → `A`; a dash where it is not known."""
    return slot.upper() or "—"


def medium_facts(medium: Medium) -> list[tuple[str, str, Tone]]:
    """(name, value, tone) of everything worth knowing of the running stick."""
    disk = medium.disk
    size = size_text(disk.bytes) if disk.bytes else ""
    kind = "" if disk.removable else _("built into this computer")
    model = ", ".join(part for part in (" ".join(disk.model.split()), size, kind) if part)
    running = _("{version}, place {slot}").format(
        version=medium.version or "—", slot=slot_name(medium.slot)
    )
    other = medium.other
    spare = _("{version}, place {slot}").format(
        version=other.version, slot=slot_name(other.slot)
    ) if other.version else _("none yet: the first update fills it")  # fmt: skip
    rows = [
        (_("Version in use"), running, Tone.NORMAL),
        (_("Version in reserve"), spare, Tone.NORMAL),
        (_("Stick"), model or "—", Tone.NORMAL),
        (_("Number"), disk.serial or "—", Tone.NORMAL),
        (_("System"), *_system_text(medium)),
        (_("Free space"), *_free_text(medium)),
    ]
    if medium.root_hash:
        rows.append((_("Fingerprint"), _grouped(medium.root_hash[:SHOWN_HASH]), Tone.NORMAL))
    return rows


def _system_text(medium: Medium) -> tuple[str, Tone]:
    if medium.altered:
        return _("▲ altered: prepare another stick"), Tone.CRITICAL
    return _("no fault met so far"), Tone.NORMAL


LITTLE_BYTES = 1_000_000_000


def _free_text(medium: Medium) -> tuple[str, Tone]:
    if medium.in_memory:
        return _("nothing is kept on this stick"), Tone.CRITICAL
    if medium.persist_free < 0:
        return "—", Tone.NORMAL
    text = size_text(medium.persist_free)
    if medium.persist_free < LITTLE_BYTES:
        return _("{size}: almost full").format(size=text), Tone.WARNING
    return text, Tone.NORMAL


def _grouped(digits: str) -> str:
    return NBSP.join(digits[at : at + 4] for at in range(0, len(digits), 4))
