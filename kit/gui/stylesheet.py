"""The style sheet that spells the tokens out for Fusion.

Not for: colours (they come as an argument from `theme`) or for anything that a widget paints
itself. Dynamic properties it knows: `tone`, `scale`, `kind`, `surface`, `wrong`.
"""

from __future__ import annotations

from collections.abc import Mapping
from string import Template


def build(values: Mapping[str, str | int], target_px: int) -> str:
    """The application's style sheet.

    `values` holds every colour by token name and every type size (points) as `pt_small` and so on;
    `target_px` is the height of a button or field.
    """
    inner = target_px - 2  # one pixel of border above and below
    return Template(_SHEET).substitute(values, inner=inner, inner_focus=inner - 2)


_SHEET = """
QWidget { color: $text; }
QMainWindow, QDialog, QScrollArea, QScrollArea > QWidget > QWidget { background: $bg; }
QToolTip { color: $text; background: $panel; border: 1px solid $line; padding: 4px; }

QLabel[scale="small"] { font-size: ${pt_small}pt; }
QLabel[scale="medication"] { font-size: ${pt_medication}pt; }
QLabel[scale="heading"] { font-size: ${pt_heading}pt; font-weight: bold; }
QLabel[scale="name"] { font-size: ${pt_name}pt; font-weight: bold; }
QLabel[scale="wall"] { font-size: ${pt_wall}pt; font-weight: bold; }
QLabel[scale="code"] { font-size: ${pt_code}pt; font-weight: bold; }
QLabel[weight="bold"] { font-weight: bold; }
QLabel[weight="normal"] { font-weight: normal; }
QLabel[tone="muted"] { color: $muted; }
QLabel[tone="info"] { color: $accent; }
QLabel[tone="warning"] { color: $warning; }
QLabel[tone="critical"] { color: $critical; }

QLabel[bar="yes"] { color: $bar_text; }

*[surface="panel"] { background: $panel; }
*[surface="bg"] { background: $bg; }
*[surface="card"] { background: $bg; border: 1px solid $rule; border-radius: 4px; }
*[surface="raised"] { background: $panel; border: 1px solid $line; border-radius: 4px; }
*[surface="warning"] { background: $warning_tint; border: 1px solid $warning; border-radius: 4px; }
*[surface="critical"] { background: $critical_tint; border: 1px solid $critical;
  border-radius: 4px; }
*[surface="band"] { background: $panel; border: none; border-bottom: 1px solid $rule; }
*[surface="band-warning"] { background: $warning_tint; border: none;
  border-bottom: 2px solid $warning; }
*[surface="band-critical"] { background: $critical_tint; border: none;
  border-bottom: 2px solid $critical; }
*[surface="sheet"] { background: $panel; border: none; border-left: 1px solid $line; }
*[surface="rule"] { background: $rule; border: none; }

QPushButton { background: $bg; border: 1px solid $line; border-radius: 4px;
  padding: 0 15px; min-height: ${inner}px; }
QPushButton:hover { background: $hover; }
QPushButton:pressed, QPushButton:checked { background: $selection; }
QPushButton:focus { border: 2px solid $focus; padding: 0 14px; min-height: ${inner_focus}px; }
QPushButton:disabled { color: $muted; border-color: $rule; }
QPushButton[kind="primary"] { background: $accent; color: $bg; border-color: $accent;
  font-weight: bold; }
QPushButton[kind="primary"]:hover { background: $text; border-color: $text; }
QPushButton[kind="primary"]:focus { border: 2px solid $text; }
QPushButton[kind="primary"]:disabled { background: $panel; color: $muted; border-color: $rule; }
QPushButton[kind="grave"] { color: $critical; border-color: $critical; font-weight: bold; }
QPushButton[kind="filter"] { padding: 0 11px; min-height: 26px; background: $bg; }
QPushButton[kind="filter"]:checked { background: $selection; border-color: $accent;
  font-weight: bold; }
QPushButton[kind="filter"]:focus { padding: 0 10px; min-height: 24px; border: 2px solid $focus; }
QPushButton[kind="quiet"] { background: transparent; border-color: transparent; color: $accent;
  padding: 0 7px; }
QPushButton[kind="quiet"]:hover { background: $hover; }
QPushButton[kind="quiet"]:focus { border-color: $focus; padding: 0 6px; }

QLineEdit, QPlainTextEdit, QTextEdit, QComboBox, QAbstractSpinBox, QTimeEdit, QDateEdit {
  background: $bg; border: 1px solid $line; border-radius: 4px; padding: 0 7px;
  selection-background-color: $selection; selection-color: $text; }
QLineEdit, QComboBox, QAbstractSpinBox { min-height: ${inner}px; }
QPlainTextEdit, QTextEdit { padding: 3px; }
QLineEdit:focus, QComboBox:focus, QAbstractSpinBox:focus { border: 2px solid $focus;
  padding: 0 6px; min-height: ${inner_focus}px; }
QPlainTextEdit:focus, QTextEdit:focus { border: 2px solid $focus; padding: 2px; }
QLineEdit[wrong="critical"] { border-color: $critical; background: $critical_tint; }
QLineEdit[wrong="warning"] { border-color: $warning; background: $warning_tint; }
QLineEdit:read-only, QLineEdit:disabled { background: $panel; color: $muted; }
QComboBox::drop-down { border: none; width: 24px; }
QComboBox QAbstractItemView { background: $bg; border: 1px solid $line; outline: none;
  selection-background-color: $selection; selection-color: $text; }
QCheckBox, QRadioButton { spacing: 8px; min-height: 24px; padding: 2px;
  border: 2px solid transparent; border-radius: 4px; }
QRadioButton::indicator { width: 14px; height: 14px; border: 2px solid $line; border-radius: 9px;
  background: $bg; }
QRadioButton::indicator:checked { border: 5px solid $accent; width: 8px; height: 8px; }
QCheckBox::indicator { width: 14px; height: 14px; border: 2px solid $line; border-radius: 3px;
  background: $bg; }
QCheckBox::indicator:checked { border-color: $accent; background: $accent; }
QCheckBox::indicator:disabled, QRadioButton::indicator:disabled { border-color: $rule; }
QCheckBox:focus, QRadioButton:focus { border: 2px solid $focus; }

QTableView, QListView, QTreeView { background: $bg; border: 2px solid transparent; outline: none;
  selection-background-color: $selection; selection-color: $text; gridline-color: $rule; }
QTableView:focus, QListView:focus, QTreeView:focus { border: 2px solid $focus; }
QHeaderView { background: $panel; }
QHeaderView::section { background: $panel; color: $muted; border: none;
  border-bottom: 1px solid $rule; padding: 4px 8px; font-size: ${pt_small}pt; }
QHeaderView[scale="wall"]::section { font-size: ${pt_name}pt; }

QTabBar::tab { background: transparent; color: $muted; padding: 8px 12px;
  border: 2px solid transparent; }
QTabBar::tab:hover { color: $text; background: $hover; }
QTabBar::tab:selected { color: $text; font-weight: bold; border-bottom: 2px solid $accent; }
QTabBar::tab:focus { border: 2px solid $focus; }
QTabWidget::pane { border: none; border-top: 1px solid $rule; }

QScrollArea { border: none; }
QScrollBar { background: $bg; border: none; }
QScrollBar:vertical { width: 12px; }
QScrollBar:horizontal { height: 12px; }
QScrollBar::handle { background: $line; border-radius: 4px; border: 2px solid $bg; }
QScrollBar::handle:vertical { min-height: 32px; }
QScrollBar::handle:horizontal { min-width: 32px; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }

QProgressBar { background: $rule; border: none; border-radius: 2px; max-height: 4px; }
QProgressBar::chunk { background: $accent; border-radius: 2px; }
QMenu { background: $bg; border: 1px solid $line; padding: 4px; }
QMenu::item { padding: 6px 24px 6px 12px; border-radius: 4px; }
QMenu::item:selected { background: $selection; }
"""
