"""The entry sheet at the right: 420 px, the list and the banner stay in sight; drafts are kept.

Not for: what is entered (each sheet's body), nor where drafts are stored (the port's services).
"""

from __future__ import annotations

import itertools
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from kit.core.text import translator
from kit.gui import keys, theme
from kit.gui.port import NodePort
from kit.gui.states import Explained, State
from kit.gui.theme import Size, Space
from kit.gui.tone import Tone
from kit.gui.widgets.iconic import IconButton
from kit.gui.widgets.labels import Text, rule
from kit.gui.widgets.panel import StatePanel

_ = translator("gui")

DRAFT_PAUSE_MS = 400


class Sheet(QFrame):
    """Subclasses put fields into `body`, and say `draft`, `restore` and `submit`.

    `draft_key` names the draft in the node, one per purpose and patient: `vitals:9f2c`.
    """

    closed = Signal()

    def __init__(
        self,
        title: str,
        subtitle: str = "",
        *,
        verb: str = "",
        draft_key: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        theme.dress(self, surface="sheet")
        self.setAccessibleName(title)
        self.draft_key = draft_key
        self._port: NodePort | None = None
        self._unsaved = False
        self.body = QVBoxLayout()
        self.body.setSpacing(Space.M)
        self.note = StatePanel(flat=True)
        self.note.hide()
        self._kept = Text(size=Size.SMALL, tone=Tone.MUTED)
        self.verb = QPushButton(verb or _("Sign and save"))
        self._lay_out(title, subtitle)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(DRAFT_PAUSE_MS)
        self._pause.timeout.connect(self.keep_draft)
        keys.bind(self, "close", self.close_sheet)
        sign = keys.bind(self, "sign", self.submit)
        sign.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)

    def draft(self) -> dict[str, Any]:
        """What has been typed, as plain values; {} where nothing has."""
        return {}

    def restore(self, draft: dict[str, Any]) -> None:
        """Put a kept draft back into the fields."""

    def submit(self) -> None:
        """Sign and save."""

    def focus_first(self) -> None:
        """Put the focus into the first field."""
        stops = self._stops()
        (stops[0] if stops else self.verb).setFocus()

    def opened(self, port: NodePort) -> None:
        """The window shows the sheet: ask for its draft."""
        self._port = port
        if self.draft_key:
            port.call("draft.load", {"slot": self.draft_key}, self._loaded, again=True)
        order = [*self._stops(), self.verb, self._close]
        for one, other in itertools.pairwise(order):
            QWidget.setTabOrder(one, other)
        self.focus_first()

    def _stops(self) -> list[QWidget]:
        """The fields, in the order they were put into the body."""
        found = self._content.findChildren(QWidget)
        return [
            child
            for child in found
            if child.focusPolicy() & Qt.FocusPolicy.TabFocus
            and child.focusProxy() is None
            and not child.isHidden()
            and child.window() is self.window()  # not the list that a choice opens
        ]

    def touched(self) -> None:
        """A field has changed: keep the draft after a short pause."""
        self._unsaved = True
        self._kept.setText("")
        self._pause.start()

    def keep_draft(self) -> None:
        """Keep what is typed now."""
        self._pause.stop()
        if self._port is None or not self.draft_key or not self._unsaved:
            return
        self._unsaved = False
        args = {"slot": self.draft_key, "body": self.draft()}
        self._port.call("draft.save", args, self._saved, again=True)

    def drop_draft(self) -> None:
        """Signed, or thrown away on purpose."""
        self._pause.stop()
        self._unsaved = False
        if self._port is not None and self.draft_key:
            self._port.call("draft.drop", {"slot": self.draft_key}, again=True)

    def close_sheet(self) -> None:
        """Close; the draft stays."""
        self.keep_draft()
        self.closed.emit()

    def refuse(self, said: Explained) -> None:
        """Say in the sheet why it was not saved; what was typed stays."""
        self.note.show_state(State.REFUSED, said)
        self.note.show()

    def _loaded(self, rows: Any) -> None:
        """Drafts of this slot, newest first: `[{"slot", "at", "body"}]`."""
        draft = rows[0].get("body") if isinstance(rows, list) and rows else None
        if isinstance(draft, dict) and draft:
            self.restore(draft)
            self._unsaved = False
            self._pause.stop()
            self._kept.setText(_("Draft found again"))

    def _saved(self, _value: Any) -> None:
        if not self._unsaved:
            self._kept.setText(_("Draft kept"))

    def _lay_out(self, title: str, subtitle: str) -> None:
        content = self._content = QWidget()
        theme.dress(content, surface="panel")
        inner = QVBoxLayout(content)
        inner.setContentsMargins(Space.L, Space.M, Space.L, Space.M)
        inner.setSpacing(Space.M)
        inner.addWidget(self.note)
        inner.addLayout(self.body)
        inner.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(content)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._head(title, subtitle))
        column.addWidget(rule())
        column.addWidget(area, 1)
        column.addWidget(rule())
        column.addLayout(self._foot())

    def _head(self, title: str, subtitle: str) -> QHBoxLayout:
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(Text(title, size=Size.HEADING))
        if subtitle:
            words.addWidget(Text(subtitle, tone=Tone.MUTED))
        close = self._close = IconButton("x", _("Close the sheet, keeping the draft"))
        close.clicked.connect(self.close_sheet)
        head = QHBoxLayout()
        head.setContentsMargins(Space.L, Space.M, Space.S, Space.M)
        head.addLayout(words, 1)
        head.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)
        return head

    def _foot(self) -> QHBoxLayout:
        self.verb.setAccessibleName(self.verb.text())
        theme.dress(self.verb, kind="primary")
        self.verb.clicked.connect(self.submit)
        foot = QHBoxLayout()
        foot.setContentsMargins(Space.L, Space.M, Space.L, Space.M)
        foot.setSpacing(Space.M)
        foot.addWidget(self._kept, 1)
        hint = Text(
            keys.chord_text(keys.find("sign")), size=Size.SMALL, tone=Tone.MUTED, wrap=False
        )
        foot.addWidget(hint)
        foot.addWidget(self.verb)
        return foot
