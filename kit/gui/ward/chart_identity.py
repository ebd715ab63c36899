"""Identity and contacts of a chart: the strict traits, their status, whom to call.

Not for: changing an identity; a kit never qualifies one.
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QScrollArea, QVBoxLayout, QWidget

from kit.core.clock import date_text
from kit.core.text import translator
from kit.gui.theme import Space
from kit.gui.tone import Tone
from kit.gui.ward import formats
from kit.gui.ward.chart_synthesis import contact_text
from kit.gui.ward.chart_tab import Block, Chart, ChartTab, Column, source_of
from kit.gui.widgets.banner import ins_text
from kit.gui.widgets.labels import Text
from kit.ward import words
from kit.ward.chart import BannerRow
from kit.ward.directory import ContactRow

_ = translator("gui_ward")


class IdentityTab(ChartTab):
    """Facts in two columns of label and value; unknown ones say so."""

    def __init__(self) -> None:
        super().__init__()
        self.identity, self.stay = Block(_("Identity")), Block(_("Stay"))
        self.contacts, self.homonyms = Block(_("Contacts")), Block(_("Similar names in the ward"))
        content = Column()
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, Space.XS, Space.M)
        column.setSpacing(Space.M)
        for block in (self.homonyms, self.identity, self.stay, self.contacts):
            column.addWidget(block)
        column.addStretch(1)
        self._area = QScrollArea()
        self._area.setWidget(content)
        self._area.setWidgetResizable(True)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setAccessibleName(_("Identity and contacts"))
        self.column.addWidget(self._area, 1)

    def focus_first(self) -> None:
        self._area.setFocus()

    def show_chart(self, chart: Chart) -> None:
        row = chart.banner
        source = words.source_text(row.source_label, row.extracted_at, chart.now)
        self.identity.show_parts([_facts(_identity(row, chart.now))], source)
        self.stay.show_parts([_facts(_stay(row))], source)
        self.homonyms.setVisible(bool(row.homonyms))
        self.homonyms.show_parts(
            [
                Text(
                    _("◆ {name}, born on {birth}, bed {bed}").format(
                        name=other.name, birth=words.birth_text(other.birth_date), bed=other.bed
                    ),
                    tone=Tone.WARNING,
                    bold=True,
                )
                for other in row.homonyms
            ]
        )
        self.ask("contact.list", {}, ContactRow, self._show_contacts)

    def _show_contacts(self, rows: list[ContactRow]) -> None:
        if self.chart is None:
            return
        source = source_of(self.chart, [row.src for row in rows])
        self.contacts.show_lines([contact_text(row) for row in rows], source)


def _identity(row: BannerRow, now: int) -> list[tuple[str, str]]:
    used = " ".join(part for part in (row.used_family, row.used_given) if part)
    status = words.identity_word(row.identity)
    flags = [words.identity_flag_word(flag) for flag in row.identity_flags]
    pairs = [
        (_("Birth name"), row.birth_family),
        (_("First birth given name"), row.birth_given),
        (_("Birth given names"), row.given_names),
        (_("Used name"), used),
        (_("Born on"), formats.born_and_age(row.birth_date, now)),
        (_("Birthplace (INSEE code)"), row.birth_place),
        (_("Sex"), words.sex_word(row.sex)),
        (_("Status of the identity"), ", ".join([status, *flags])),
        (_("INS"), ins_text(row.ins) if row.ins else _("used only for a qualified identity")),
        (_("IPP"), row.ipp),
        (_("Telephone"), row.phone),
        (_("Family doctor"), row.treating_doctor),
    ]
    weight = formats.value_text("weight", row.weight) if row.weight else ""
    if weight and row.weight_at:
        weight = f"{weight} ({date_text(row.weight_at)})"
    return [*pairs, (_("Weight"), weight)]


def _stay(row: BannerRow) -> list[tuple[str, str]]:
    return [
        (_("Ward"), row.ward),
        (_("Room"), row.room),
        (_("Bed"), row.bed),
        (_("Stay number (IEP)"), row.iep),
        (_("Admitted on"), date_text(row.admitted_at) if row.admitted_at else ""),
        (_("Reason"), row.reason),
        (_("Doctor in charge"), row.doctor),
    ]


def _facts(pairs: list[tuple[str, str]]) -> QWidget:
    holder = QWidget()
    grid = QGridLayout(holder)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(Space.L)
    grid.setVerticalSpacing(Space.XS)
    grid.setColumnStretch(1, 1)
    for place, (label, value) in enumerate(pairs):
        grid.addWidget(Text(label, tone=Tone.MUTED, wrap=False), place, 0)
        known = bool(value)
        shown = Text(value or _("Not recorded"), tone=Tone.NORMAL if known else Tone.MUTED)
        shown.setAccessibleName(f"{label}: {shown.text()}")
        if known:
            shown.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
        grid.addWidget(shown, place, 1)
    return holder
