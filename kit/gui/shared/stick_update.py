"""A part of “The stick”: a newer system from a stick or another kit, tried at the next start.

Not for: signatures and slots (the keeper); going back to an older version is not offered here.
"""

from __future__ import annotations

from typing import Any

import msgspec
from PySide6.QtWidgets import QWidget

from kit.core.errors import Refused
from kit.core.text import translator
from kit.gui import theme
from kit.gui.models import Column, DiffModel
from kit.gui.screen import Context
from kit.gui.shared.courier_rows import size_text
from kit.gui.shared.stick_check import StickPart
from kit.gui.shared.stick_drives import HEAD_PX, SHOWN
from kit.gui.shared.stick_rows import (
    Offer,
    SourceRow,
    kit_sticks,
    signer_text,
    source_kind,
    sources_of,
)
from kit.gui.theme import Space
from kit.gui.tone import Tone
from kit.gui.ward.sheet_entry import action_button
from kit.gui.widgets.cell import Cell, text_cell
from kit.gui.widgets.confirm import ConfirmDialog
from kit.gui.widgets.labels import Text
from kit.gui.widgets.rows import RowsTable

_ = translator("gui_stick")

UNKNOWN_SERVICE = "CMD-004"


class UpdateStick(StickPart):
    """Choose where from, see what it is and who signed it, apply, restart."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(
            _("Update this stick"),
            _(
                "The new version is written beside the one in use and tried at the next start. If"
                " it does not start, the old one comes back by itself. Data is not touched."
            ),
            parent,
        )
        self.offer: Offer | None = None
        self._source = ""
        self.table = RowsTable(_("Where a newer version may come from"))
        self.model: DiffModel[SourceRow] = DiffModel(
            [
                Column(lambda: _("From"), _from_cell, 240, 1),
                Column(lambda: _("Version"), lambda row: text_cell(row.version or "—"), 140),
            ],
            lambda row: row.source,
            self,
        )
        self.table.setModel(self.model)
        self._empty = Text(
            _(
                "No source: plug in a stick with a newer version, or let another kit of the fleet"
                " come into reach."
            ),
            tone=Tone.MUTED,
        )
        self.again = action_button(_("Look again"), self.ask)
        self.check = action_button(_("Look at this version"), self.begin, "primary")
        self.apply = action_button(_("Update"), self.carry_out, "primary")
        self.restart = action_button(_("Restart now…"), self.ask_restart, "primary")
        for part in (self.table, self._empty):
            self.column.addWidget(part)
        self.verb_row(self.again, self.check)
        self.column.addWidget(self.job)
        self.verb_row(self.apply, self.restart)
        self.held = Text()
        self.propose = action_button(_("Offer this version to the other kits"), self.offer_it)
        self.column.addWidget(Text(_("For the other kits"), bold=True))
        about = _(
            "The kits of the fleet are told that the newest version on this stick can be had here,"
            " and may fetch it over the network. None is changed by that: somebody at each kit"
            " decides. It takes some hundred megabytes of the room for data."
        )
        self.column.addWidget(Text(about, tone=Tone.MUTED))
        self.column.addWidget(self.held)
        self.verb_row(self.propose)
        self.column.addStretch(1)
        self.table.opened.connect(lambda _row: self.begin())
        self.table.selectionModel().currentRowChanged.connect(lambda *_any: self._ready())
        self.job.changed.connect(self._ready)
        self._stage("choose")

    def load(self, context: Context) -> None:
        super().load(context)
        if not self.job.running:
            self.ask()
        self._ask_held()

    def _ask_held(self) -> None:
        if self.context is not None:
            self.context.port.call("releases", {}, self.show_held, lambda _no: None, again=True)

    def show_held(self, answer: Any) -> None:
        """Which version this kit offers to others, if any."""
        held = (answer or {}).get("held") if isinstance(answer, dict) else None
        words = _("✓ Version {version} is offered to the other kits").format(
            version=held.get("version", "—")
        ) if held else _("No version is offered to the other kits.")  # fmt: skip
        self.held.setText(words)

    def offer_it(self) -> None:
        """Keep the newest version of this stick where others can fetch it."""
        self.job.start("offer_release", {}, _("Keeping it for the other kits"), self.offered)

    def offered(self, answer: Any) -> None:
        """It is kept and offered."""
        version = str((answer or {}).get("version") or "—")
        words = _("They are told as soon as they are in reach; somebody there decides.")
        self._ask_held()
        title = _("✓ Version {version} is offered to the other kits")
        self.job.say(title.format(version=version), [Text(words)])

    def ask(self) -> None:
        """Look for sources again."""
        if self.context is not None:
            self.context.port.call(
                "medium.sources", {}, self.show_sources, self._no_source, again=True
            )

    def _no_source(self, refused: Refused) -> None:
        """A node that knows no other kits' releases: the sticks that are plugged in are left."""
        if self.context is None or refused.code != UNKNOWN_SERVICE:
            self.show_sources([])
            self.job.refuse(refused)
            return
        show = lambda answer: self.show_sources(kit_sticks(answer))  # noqa: E731 - one answer
        self.context.port.call("medium.drives", {}, show, self.job.refuse, again=True)

    def show_sources(self, answer: Any) -> None:
        """These may hold a newer version."""
        rows = sources_of(answer)
        self.model.show(rows)
        self.table.setVisible(bool(rows))
        self._empty.setVisible(not rows)
        row_px = theme.density().row_px
        self.table.setFixedHeight(HEAD_PX + row_px * min(len(rows), SHOWN) + Space.S)
        if rows and not self.table.currentIndex().isValid():
            self.table.selectRow(0)
        self._ready()

    def begin(self) -> None:
        """Check signature and version of the chosen source."""
        row = self.table.current_row()
        if isinstance(row, SourceRow):
            self._source = row.source
            self._stage("choose")
            words = _("Checking the signature")
            self.job.start("update_check", {"source": row.source}, words, self.checked)

    def checked(self, answer: Any) -> None:
        """What was found."""
        offer = self.offer = msgspec.convert(answer or {}, Offer)
        change = _("{current} → {version}").format(
            current=offer.current or "—", version=offer.version or "—"
        )
        signed = _("Signed by {name}").format(name=signer_text(offer.signed_by))
        size = size_text(offer.bytes) if offer.bytes else ""
        parts: list[QWidget] = [
            Text(change, bold=True), Text(" · ".join(part for part in (signed, size) if part))
        ]  # fmt: skip
        if offer.newer:
            self.job.say(_("A newer version, rightly signed"), parts)
            self._stage("offer")
        else:
            parts.append(Text(_("The kit keeps the version in use; nothing was changed.")))
            self.job.say(_("Not newer than the version in use"), parts)
            self._stage("choose")

    def carry_out(self) -> None:
        """Write it beside the version in use."""
        if self.offer is not None:
            self._stage("choose")
            words = _("Writing the new version")
            self.job.start("update_apply", {"source": self._source}, words, self.applied)

    def applied(self, _answer: Any) -> None:
        """It is written; the next start tries it."""
        version = self.offer.version if self.offer is not None else ""
        lines = (
            _("It was read back and is right. It is tried at the next start."),
            _("Restart when nobody is writing: everything signed is recorded, drafts stay."),
        )
        title = _("✓ Version {version} is on the stick").format(version=version)
        self.job.say(title, [Text(line) for line in lines])
        self._stage("done")
        if self.context is not None:
            # By itself, and without a word where there is no room: the update is done either way.
            done = lambda _answer: self._ask_held()  # noqa: E731 - one answer
            self.context.port.call("medium.offer_release", {}, done, lambda _no: None)

    def ask_restart(self) -> None:
        """Whether now is the moment."""
        if self.context is None:
            return
        dialog = ConfirmDialog(
            _("Restart now?"),
            _(
                "The kit is away for one to two minutes and asks its eight words again. Nothing"
                " that was signed is lost; unfinished entries stay as drafts."
            ),
            _("Restart"),
            cancel=_("Later"),
        )
        dialog.decided.connect(lambda yes: self._restart() if yes else None)
        self.context.shell.confirm(dialog)

    def _restart(self) -> None:
        if self.context is not None:
            self.context.port.call("medium.restart", {}, None, self.job.refuse)

    def _stage(self, stage: str) -> None:
        self.apply.setVisible(stage == "offer")
        self.restart.setVisible(stage == "done")
        if stage == "choose":
            return
        (self.apply if stage == "offer" else self.restart).setFocus()

    def _ready(self) -> None:
        idle = not self.job.running
        self.check.setEnabled(idle and isinstance(self.table.current_row(), SourceRow))
        self.table.setEnabled(idle)
        self.again.setEnabled(idle)
        self.propose.setEnabled(idle)

    def focus_first(self) -> None:
        if self.job.running:
            self.job.stop.setFocus()
        else:
            (self.table if self.model.rowCount() else self.again).setFocus()


def _from_cell(row: SourceRow) -> Cell:
    return text_cell(row.label or row.source, source_kind(row))
