"""What the node says of sticks, in words: drives, parts that were read, releases on offer; no Qt.

Not for: the running stick itself (`kit.gui.medium`), nor reading or writing any of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
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
_KEY = re.compile(r"[0-9A-Fa-f]{32,}")


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
    """A part of a stick after reading it whole: a partition, or a file of its start partition.

    why: the code of what is wrong; text: the node's own words for it.
    """

    name: str
    state: str = UNKNOWN
    bytes: int = 0
    why: str = ""
    text: str = ""


class Checked(msgspec.Struct, frozen=True):
    """A stick that was read whole. verdict: the node's own; without it, the worst of the parts.

    stage: how far it has come, `unused`, `prepared`, `begun` or `used`.
    """

    parts: tuple[PartRow, ...] = ()
    version: str = ""
    verdict: str = ""
    stage: str = ""

    @property
    def state(self) -> str:
        """Right, altered or unknown; nothing read is nothing known, one altered part is enough."""
        states = {part.state for part in self.parts}
        if ALTERED in states | {self.verdict}:
            return ALTERED
        right = self.verdict == RIGHT or (not self.verdict and states == {RIGHT})
        return RIGHT if right and states else UNKNOWN


class PartGroup(msgspec.Struct, frozen=True):
    """Parts that belong together; `strange`: those of them that are not right."""

    name: str
    state: str
    bytes: int
    strange: tuple[PartRow, ...]


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


def bundle_places(answer: Any) -> list[dict[str, str]]:
    """The drives that may carry entries: any but another kit's own stick."""
    return [
        {"path": row.device, "device": row.device, "label": drive_lines(row)[0],
         "number": drive_lines(row)[1]}
        for row in drives_of(answer) if row.kit is None
    ]  # fmt: skip


def kit_sticks(answer: Any) -> list[dict[str, str]]:
    """The kits' sticks among `medium.drives`, as sources of a release."""
    return [
        {"source": row.device, "kind": "stick", "label": drive_lines(row)[0],
         "version": kit_version(row.kit)}
        for row in drives_of(answer) if row.kit is not None
    ]  # fmt: skip


def checked_of(answer: Any) -> Checked:
    """The parts of a stick that was read: as `parts`, or as the report of the keeper's reader."""
    said = dict(answer) if isinstance(answer, Mapping) else {"parts": answer or []}
    rows = said.get("parts") or said.get("rows") or []
    versions = dict(said.get("versions") or {})
    return Checked(
        parts=tuple(_part(row) for row in rows),
        version=str(said.get("version") or max(versions.values(), default="")),
        verdict=str(said.get("verdict") or ""),
        stage=str(said.get("stage") or ""),
    )


def _part(row: Mapping[str, Any]) -> PartRow:
    return PartRow(
        name=str(row.get("name") or row.get("part") or ""),
        state=str(row.get("state") or row.get("verdict") or UNKNOWN),
        bytes=int(row.get("bytes") or 0),
        why=str(row.get("why") or ""),
        text=str(row.get("text") or ""),
    )


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


def kit_version(kit: KitOn) -> str:
    """The newest version that is known to be on it; empty where none is."""
    known = kit.slots.values() if isinstance(kit.slots, dict) else ()
    return kit.version or max(known, default="")


def kit_text(row: DriveRow) -> str:
    """Whether it is a kit's stick, and which."""
    if row.kit is None:
        return _("not a kit's stick")
    version = kit_version(row.kit)
    if not version:
        return _("kit's stick")
    return _("kit's stick, version {version}").format(version=version)


def may_be_copied_to(row: DriveRow) -> bool:
    """A drive without a number cannot be named for sure, so it is not written."""
    return len(row.serial) >= LAST_SIGNS


def names_it(typed: str, serial: str) -> bool:
    """Whether what was typed is this drive's number: whole, or its last four signs."""
    said, wanted = typed.strip().casefold(), serial.strip().casefold()
    return len(wanted) >= LAST_SIGNS and said in (wanted, wanted[-LAST_SIGNS:])


GROUPS = ("system-a", "system-b", "start", "rescue", "settings", "list", "table", "data", "seed")
WORST_FIRST = (ALTERED, UNKNOWN, RIGHT)


def group_of(name: str) -> str:
    """Which of GROUPS a part belongs to; its own name where it belongs to none."""
    top, _slash, rest = name.partition("/")
    slot = rest.partition("/")[0] if top == "kit" else name.removeprefix("root-")[:1]
    if name.startswith("root-") or (top == "kit" and slot in ("a", "b")):
        return f"system-{slot}"
    known = {
        "mbr": "start", "kit-bios": "start", "kit-esp": "start", "kit-data": "data",
        "table": "table", "partition": "table", "kit/grubenv": "settings",
        "kit/kit.conf": "settings", "kit/manifest.json": "list", "kit/manifest.json.sig": "list",
    }  # fmt: skip
    if top.lower() == "efi":
        return "start"
    if top == "kit" and slot in ("rescue", "seed"):
        return slot
    return known.get(name, name)


def groups_of(parts: Sequence[PartRow]) -> list[PartGroup]:
    """The parts by what they are for, the worst first; a group is as bad as its worst part."""
    found: dict[str, list[PartRow]] = {}
    for part in parts:
        found.setdefault(group_of(part.name), []).append(part)
    made = [
        PartGroup(
            name,
            next((state for state in WORST_FIRST if state in {row.state for row in rows}), UNKNOWN),
            sum(row.bytes for row in rows),
            tuple(row for row in rows if row.state != RIGHT),
        )
        for name, rows in found.items()
    ]
    order = {name: place for place, name in enumerate(GROUPS)}
    return sorted(
        made, key=lambda one: (WORST_FIRST.index(one.state), order.get(one.name, len(order)))
    )


def group_name(name: str) -> str:
    """A group of parts as people call it."""
    return {
        "system-a": _("System A"),
        "system-b": _("System B"),
        "start": _("What the PC starts"),
        "rescue": _("Emergency copy"),
        "settings": _("Settings of the stick"),
        "list": _("Signed list of parts"),
        "table": _("List of partitions"),
        "data": _("Encrypted data"),
        "seed": _("Prepared kit"),
        "surface": _("Every block of the stick"),
    }.get(name, name)


def why_text(row: PartRow) -> str:
    """What is wrong with one part: the node's words, or those of its code."""
    codes = {
        "UPD-070": _("not what was signed"),
        "UPD-071": _("missing"),
        "UPD-072": _("signed by nobody that this kit trusts"),
        "UPD-073": _("not part of the kit"),
        "UPD-074": _("cannot be read"),
        "UPD-076": _("first start not finished"),
        "KEY-060": _("some blocks cannot be read"),
    }
    said = row.text or codes.get(row.why, row.why)
    return _("{part}: {said}").format(part=row.name, said=said) if said else row.name


def state_words(state: str) -> tuple[str, Tone]:
    """Sign and word of a state."""
    return {
        RIGHT: (_("✓ as signed"), Tone.NORMAL),
        ALTERED: (_("▲ altered"), Tone.CRITICAL),
    }.get(state, (_("? cannot be told"), Tone.WARNING))


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


def stage_words(checked: Checked) -> str:
    """Whether it was ever at work; empty where it was, or where nothing is known."""
    return {
        "unused": _("Never started: the first start makes its encrypted data."),
        "prepared": _(
            "Prepared for a kit and never started: the words of its card make its encrypted data."
        ),
        "begun": _(
            "Its first start was not finished: nothing is recorded on it yet, and the next start"
            " begins again."
        ),
    }.get(checked.stage, "")


def signer_text(signed_by: str) -> str:
    """Who signed: a name, or the beginning of each key as groups of four signs."""
    names = [name.strip() for name in signed_by.split(",") if name.strip()]
    keys = [_grouped(name[:SHOWN_HASH]) if _KEY.fullmatch(name) else name for name in names]
    return ", ".join(keys) or "—"


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
