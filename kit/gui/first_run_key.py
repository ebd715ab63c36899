"""The step of the key: the kit is made, its eight words are shown once, two are typed back.

The words live on this screen only; they are forgotten when the step is over. Not for: drawing the
words (the store does) nor checking them all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from kit.core.errors import Refused
from kit.core.folding import fold
from kit.core.text import translator
from kit.gui import theme
from kit.gui.first_run_steps import Gathered, Step, StepLine
from kit.gui.port import fresh_key
from kit.gui.states import Explained
from kit.gui.theme import Size, Space
from kit.gui.tone import Tone
from kit.gui.widgets.labels import Text

if TYPE_CHECKING:
    from kit.gui.medium_progress import MediumProgress

_ = translator("gui_ward")

COLUMNS = 2


class KeyStep(Step):
    """First the words, big, to be written on paper; then two of them, asked back."""

    def __init__(self, gathered: Gathered, parent: QWidget | None = None) -> None:
        self._asking = self._failed = False
        self._asked: tuple[int, int] = (0, 4)
        self._medium: MediumProgress | None = None
        super().__init__(gathered, parent)

    def build(self) -> None:
        self._about = self.say("")
        self._words = QWidget()
        self._grid = QGridLayout(self._words)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(Space.S)
        self.column.addWidget(self._words)
        self._proof = QWidget()
        self._proof_row = QHBoxLayout(self._proof)
        self._proof_row.setContentsMargins(0, 0, 0, 0)
        self._proof_row.setSpacing(Space.L)
        self.column.addWidget(self._proof)
        self.fields: list[QLineEdit] = []
        self._warning = Text(bold=True)
        self.column.addWidget(self._warning)

    def begin(self) -> None:
        if self.gathered.words:
            self._show_words()
            return
        self._about.setText(_("Making the kit and its key…"))
        self._failed = False
        if self.gathered.facts.get("medium") == "absent":
            self._show_medium()
        self.work(on=True)
        answers = self.gathered.answers
        ward = "" if self.gathered.steering else answers["ward"].strip()
        args = {
            "capsule": answers.get("capsule", "ward"),
            "hospital": answers["hospital"].strip(),
            "ward": ward,
            "label": answers.get("label", "").strip() or ward or _("Crisis cell"),
            "world": self.gathered.world,
            "language": answers.get("language", "fr"),
        }
        self.gathered.port.call("create", args, self._made, self.on_refused)

    def _show_medium(self) -> None:
        """On a stick the encrypted part is made with the same words, and that takes a while."""
        from kit.gui.medium_progress import MediumProgress

        if self._medium is None:
            self._medium = MediumProgress(self.gathered.port.now_ms)
            self.column.insertWidget(1, self._medium)
            self.gathered.port.progress.connect(self._on_progress)
        self._medium.show()
        self._medium.begin(
            _("The stick's encrypted part is made: 10 to 40 seconds. Leave the stick in place.")
        )

    def _on_progress(self, told: dict[str, Any]) -> None:
        if self._medium is not None and told.get("job") == "medium":
            self._medium.hear(told)

    def _rest(self) -> None:
        if self._medium is not None:
            self._medium.end()
            self._medium.hide()

    def on_refused(self, why: Refused) -> None:
        """Nothing was made: say why, and offer to try again."""
        self._rest()
        self._failed = True
        self._about.setText(_("The kit could not be made."))
        super().on_refused(why)

    def _made(self, facts: dict[str, Any]) -> None:
        self._rest()
        self.gathered.words = list(facts.pop("words"))
        self.gathered.facts = facts
        self.gathered.made = True
        # Any two of the eight, so that nobody learns to copy only the first ones.
        chance = int(fresh_key()[:8], 16)
        first = chance % 8
        self._asked = (first, (first + 1 + chance // 8 % 7) % 8)
        self.work(on=False)
        self._show_words()

    def verb(self) -> str:
        if self._failed:
            return _("Try again")
        return _("Check") if self._asking else _("I have written them down")

    def ready(self) -> bool:
        typed = all(field.text().strip() for field in self.fields)
        if self._failed:
            return not self.busy
        return not self.busy and bool(self.gathered.words) and (typed or not self._asking)

    def proceed(self) -> None:
        """From the words to the proof; from the proof to the next step, if it is right."""
        if self._failed:
            self.begin()
            return
        if not self._asking:
            self._show_proof()
            return
        wanted = [fold(self.gathered.words[place]) for place in sorted(self._asked)]
        typed = [fold(field.text()) for field in self.fields]
        if wanted == typed:
            self.gathered.words = []
            self.gathered.proven = True
            self.gathered.port.call("phrase.proven", {}, again=True)
            self.finished.emit()
            return
        self._show_words()
        self.refused.emit(
            Explained(
                _("What you typed is not what was shown."),
                _("Without the eight words nobody can open this kit again."),
                _("Compare your paper with the words below, word by word, then try again."),
            )
        )

    def _show_words(self) -> None:
        self._asking = False
        self._about.setText(
            _(
                "Write these eight words, in this order, on the paper of the kit's envelope. They "
                "open the kit after each start. They are shown only now and kept nowhere else."
            )
        )
        self._clear(self._grid)
        for place, word in enumerate(self.gathered.words):
            rows = -(-len(self.gathered.words) // COLUMNS)
            self._grid.addWidget(_card(place + 1, word), place % rows, place // rows)
        self._warning.setText(_("▲ Do not photograph them, do not type them anywhere else."))
        self._words.show()
        self._proof.hide()
        self._warning.show()
        self.verb_changed.emit()

    def _show_proof(self) -> None:
        self._asking = True
        self._about.setText(
            _("Put the paper beside you. Type these two words from it, to prove that it is right.")
        )
        self._words.hide()
        self._warning.hide()
        self._clear(self._proof_row)
        self.fields = []
        for place in sorted(self._asked):
            label = _("Word number {number}").format(number=place + 1)
            field = StepLine()
            field.setAccessibleName(label)
            field.textChanged.connect(lambda _text: self.verb_changed.emit())
            field.returnPressed.connect(self._enter)
            box = QVBoxLayout()
            box.setSpacing(Space.XS)
            name = Text(label)
            name.setBuddy(field)
            box.addWidget(name)
            box.addWidget(field)
            holder = QWidget()
            holder.setLayout(box)
            self._proof_row.addWidget(holder)
            self.fields.append(field)
        self._proof.show()
        self.fields[0].setFocus()
        self.verb_changed.emit()

    def _enter(self) -> None:
        if self.ready():
            self.proceed()

    def _clear(self, layout: QGridLayout | QHBoxLayout) -> None:
        while layout.count():
            item = layout.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()


def _card(number: int, word: str) -> QFrame:
    card = QFrame()
    theme.dress(card, surface="raised")
    row = QHBoxLayout(card)
    row.setContentsMargins(Space.M, Space.S, Space.M, Space.S)
    row.setSpacing(Space.M)
    place = Text(str(number), tone=Tone.MUTED, wrap=False)
    place.setMinimumWidth(Space.L)
    row.addWidget(place)
    shown = Text(word, size=Size.WALL, wrap=False)
    shown.setAccessibleName(f"{number}: {word}")
    row.addWidget(shown, 1)
    return card
