"""What all entry sheets share: whose it is, drafts on every edit, signing, refusals, taking back.

Not for: any field. A subclass says its command; the node decides; what it refuses is said beside
the field, and only what may stop a person opens a question below the banner.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QLineEdit, QPushButton, QWidget
from shiboken6 import isValid

from kit.core.command import SENTENCES, Notice
from kit.core.errors import Refused
from kit.core.text import translator
from kit.gui import keys, theme
from kit.gui.faults import explain_refusal, explained
from kit.gui.keys import Key
from kit.gui.screen import Context
from kit.gui.states import Explained, State
from kit.gui.theme import Space
from kit.gui.tone import Tone
from kit.gui.ward.formats import banner_facts
from kit.gui.ward.sheet_reasons import CorrectionBox
from kit.gui.widgets.banner import BannerFacts
from kit.gui.widgets.confirm import ConfirmDialog
from kit.gui.widgets.labels import Text
from kit.gui.widgets.panel import StatePanel
from kit.gui.widgets.sheet import Sheet
from kit.ward.chart import BannerRow

_ = translator("gui_entry")

SHEET_SCOPE = "ward.sheet"
Command = tuple[str, dict[str, Any]]


def _N(message: str) -> str:
    return message


keys.register(
    Key("omit", "Ctrl+O", _N("Dose not given, with its reason"), SHEET_SCOPE, domain="gui_entry"),
    Key("other-time", "Ctrl+T", _N("Dose given at another time"), SHEET_SCOPE, domain="gui_entry"),
)


class Acknowledged(msgspec.Struct):
    """The node's answer to a command."""

    entries: tuple[int, ...] = ()
    answer: dict[str, Any] = {}
    notices: tuple[Notice, ...] = ()


class EntrySheet(Sheet):
    """An entry about one patient. Subclasses say `command`, `done_text`, and where refusals go."""

    def __init__(
        self,
        context: Context,
        patient: str,
        kind: str,
        title: str,
        subtitle: str = "",
        verb: str = "",
    ) -> None:
        super().__init__(title, subtitle, verb=verb, draft_key=f"{kind}:{patient}")
        self.context, self.patient = context, patient
        self.facts: BannerFacts | None = None
        self.passing = False  # the screen below is about many patients: the banner goes with us
        self.reason_text = ""
        self.confirmed: list[str] = []
        self.corrects = 0
        self.correction: CorrectionBox | None = None
        self._signing = False
        self.verb.setAutoDefault(True)  # Enter on the button signs, as Space does

    # -- correcting --------------------------------------------------------------------------

    def correct(self, entry: int, original: str, recorded: str) -> None:
        """This sheet replaces an entry: it asks why, and keeps the old one in sight, struck."""
        self.corrects = entry
        self.draft_key = f"{self.draft_key}:{entry}"
        self.correction = CorrectionBox(original, recorded)
        self.correction.changed.connect(self.touched)
        self.body.insertWidget(0, self.correction)
        self.strike_only = action_button(_("Strike it without replacing it"), self._strike)
        self.body.insertWidget(1, self.strike_only)

    def correction_args(self, name: str = "reason") -> dict[str, Any] | None:
        """What a correcting command adds, the code under `name`; None without a reason."""
        if self.correction is None:
            return {}
        reason = self.correction.reason
        if not reason.value():
            reason.complain(_("A correction needs a reason: choose one."))
            return None
        return {"corrects": self.corrects, name: reason.value(), "reason_text": reason.text()}

    def _strike(self) -> None:
        args = self.correction_args()
        if not args:
            return
        command = {"entry": self.corrects, "reason": args["reason"], "text": args["reason_text"]}
        self._send(("entry.strike", command))

    # -- what a subclass says ----------------------------------------------------------------

    def command(self) -> Command | None:
        """Name and arguments of what is to be signed; None where a field says why not."""
        raise NotImplementedError

    def done_text(self) -> str:
        """What the toast says once it is signed."""
        return _("Recorded.")

    def may_undo(self) -> bool:
        """Whether the toast offers to take it back: a new entry can be struck, a strike cannot."""
        return self.correction is None

    def show_patient(self, facts: BannerFacts) -> None:
        """Who this is has arrived; for sheets that say it again."""

    def refused_at(self, refused: Refused) -> QWidget | None:
        """The field that a refusal is about; it takes the focus. None: the sheet as a whole."""
        return None

    def hideEvent(self, event: QHideEvent) -> None:
        """However it closes, nobody's banner stays behind over a list of many."""
        super().hideEvent(event)
        if self.passing and not event.spontaneous():
            self.context.shell.show_banner(None)

    # -- drafts ------------------------------------------------------------------------------

    def touched(self) -> None:
        """Keep the draft at once: nothing typed may depend on a pause that never comes."""
        super().touched()
        self.keep_draft()

    # -- signing -----------------------------------------------------------------------------

    def submit(self) -> None:
        """Ask the node to record it; the sheet closes only when it is on disk."""
        if self._signing:
            return
        command = self.command()
        if command is not None:
            self._send(command)

    def _send(self, command: Command) -> None:
        self._signing = True
        self.verb.setEnabled(False)
        port, slot = self.context.port, self.draft_key

        def signed(answer: Any) -> None:
            # The screen may have locked meanwhile; the draft is an entry now in any case.
            port.call("draft.drop", {"slot": slot}, again=True)
            if isValid(self):
                self._signed(answer)

        port.do(*command, signed, self._refused)

    def refuse(self, said: Explained) -> None:
        """Say in the sheet why it was not saved, where it is seen."""
        super().refuse(said)
        self.note.updateGeometry()

    def _signed(self, answer: Any) -> None:
        self._free()
        ack = msgspec.convert(answer, Acknowledged)
        self._unsaved = False
        self.close_sheet()
        undo = self._undo(ack.entries[-1]) if ack.entries and self.may_undo() else None
        self.context.shell.toast(self.done_text(), undo)
        if ack.notices:
            self.context.shell.open_sheet(NoticeSheet(self.context, self.patient, ack.notices))

    def _undo(self, entry: int) -> Callable[[], None]:
        """Taking back is striking through: the entry stays readable (append-only)."""
        port, shell = self.context.port, self.context.shell
        args = {"entry": entry, "reason": "typing", "text": _("Taken back within ten seconds")}

        def take_back() -> None:
            port.do(
                "entry.strike",
                args,
                lambda _ack: shell.toast(_("Taken back: struck through, still readable.")),
            )

        return take_back

    def _refused(self, refused: Refused) -> None:
        self._free()
        kind = SENTENCES.get(refused.code)
        if (kind is not None and kind.interrupts) or self.stop_verb(refused.code):
            self._interrupt(refused)
            return
        self.refuse(explain_refusal(refused))
        field = self.refused_at(refused)
        if field is not None:
            field.setFocus()

    def _free(self) -> None:
        self._signing = False
        self.verb.setEnabled(True)

    def _interrupt(self, refused: Refused) -> None:
        """A question below the banner: what was found, and the verb with its reason."""
        said = explain_refusal(refused)
        found = " ".join(part for part in (said.happened, said.means, said.todo) if part)
        title, verb = self.stop_title(refused.code), self.stop_verb(refused.code)
        question = ReasonDialog(title, found, verb)
        question.decided.connect(lambda yes: self._answered(yes, refused.code, question))
        self.context.shell.confirm(question)

    def stop_title(self, code: str) -> str:
        """The heading of the question."""
        return _("Stop and check")

    def stop_verb(self, code: str) -> str:
        """What going on all the same is called; "" where one cannot go on."""
        return ""

    def _answered(self, yes: bool, code: str, question: ReasonDialog) -> None:
        if not yes:
            return
        self.confirmed.append(code)
        self.reason_text = question.reason()
        self.submit()


class ReasonDialog(ConfirmDialog):
    """Going on needs a reason in words; without a verb there is only the way back."""

    def __init__(self, title: str, text: str, verb: str, parent: QWidget | None = None) -> None:
        super().__init__(
            title, text, verb or _("Close"), grave=bool(verb), cancel=_("Go back"), parent=parent
        )
        self.edit = QLineEdit()
        self.edit.setAccessibleName(_("Reason, in a few words"))
        self.edit.setPlaceholderText(_("Reason, in a few words"))
        self.edit.textChanged.connect(self._check)
        self.edit.returnPressed.connect(self._enter)
        for button in (self.verb, self.cancel):
            button.setAutoDefault(True)
        self.verb.setVisible(bool(verb))
        if verb:
            label = Text(_("Reason, in a few words"), bold=True)
            label.setBuddy(self.edit)
            self.body.addWidget(label)
            self.body.addWidget(self.edit)
        self._check()

    def reason(self) -> str:
        """The words typed."""
        return self.edit.text().strip()

    def _check(self) -> None:
        self.verb.setEnabled(bool(self.reason()))

    def _enter(self) -> None:
        if self.verb.isEnabled():
            self.decide(yes=True)


class NoticeSheet(Sheet):
    """What the person must know although the entry was recorded; it stays until it is closed."""

    def __init__(self, context: Context, patient: str, notices: tuple[Notice, ...]) -> None:
        super().__init__(_("Recorded — to be read"), verb=_("I have read it"))
        self._context, self._patient = context, patient
        self.verb.setAutoDefault(True)
        for notice in notices:
            panel = StatePanel(flat=True)
            said = explained(notice.code, notice.args)
            panel.show_state(State.STALE, Explained(said.happened, said.means, said.todo))
            self.body.addWidget(panel)
        self._target = next((target for notice in notices if (target := _target(notice))), "")
        if self._target:
            self.body.addWidget(Text(_("Write down who was called:"), tone=Tone.MUTED))
            self.body.addWidget(action_button(_("Write a note about it"), self._write))
        self.body.addSpacing(Space.S)

    def focus_first(self) -> None:
        """Reading is all that is asked."""
        self.verb.setFocus()

    def submit(self) -> None:
        """Read."""
        self.close_sheet()

    def _write(self) -> None:
        from kit.gui.ward.sheets import open_note_sheet

        open_note_sheet(self._context, self._patient, target=self._target)


def _target(notice: Notice) -> str:
    if notice.code == "vitals.call":
        return _("Call for NEWS2 {score}").format(score=notice.args.get("score", ""))
    return _("Dose not given, call") if notice.code == "administration.critical_omitted" else ""


def action_button(text: str, run: Callable[[], None], kind: str = "") -> QPushButton:
    """A button that Enter presses too."""
    button = QPushButton(text)
    button.setAccessibleName(text)
    button.setAutoDefault(True)
    theme.dress(button, kind=kind)
    button.clicked.connect(lambda _checked=False: run())
    return button


def present(context: Context, patient: str, sheet: EntrySheet) -> None:
    """Open a sheet with its patient's banner above it; the opening of the chart is on record."""
    shell, port = context.shell, context.port

    def arrived(row: Any) -> None:
        if not row or not isValid(sheet):
            return
        facts = banner_facts(msgspec.convert(row, BannerRow), port.now_ms())
        shell.show_banner(facts)
        sheet.facts = facts
        sheet.show_patient(facts)

    if context.patient is None:
        sheet.passing = True
        port.do("chart.open", {"patient": patient}, None, lambda _refused: None)
    shell.open_sheet(sheet)
    port.ask("patient.banner", {"patient": patient}, arrived, lambda _refused: None)
