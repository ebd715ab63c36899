"""Pictures of looking for a printer.

Not for: the print screen itself (`shots_scenes`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kit.gui.shots_stage import FULL, Scene, Stage, settle

FOUND: list[dict[str, Any]] = [
    {"kind": "usb", "label": "HP LaserJet Pro M404", "model": "HP LaserJet Pro M404n",
 "place": "", "addresses": ["ipp://localhost:60000/ipp/print"]},
    {"kind": "network", "label": "CARDIO-SOINS", "model": "Brother HL-L6400DW",
 "place": "Cardiologie, poste de soins", "addresses": ["ipp://10.12.4.30/ipp/print"]},
    {"kind": "network", "label": "Imprimante du bureau du cadre de santé, bâtiment B, 3e nord",
 "model": "KONICA MINOLTA bizhub C300i", "place": "Couloir, face à l'ascenseur des visiteurs",
 "addresses": ["ipps://10.12.4.31/ipp/print"]},
]  # fmt: skip


def _finding(kind: str) -> Callable[[Stage], None]:
    """Nothing found, some, the question, an address that is none."""

    def play(stage: Stage) -> None:
        stage.window.go("shared.printing")
        settle(stage.port)
        screen: Any = stage.window.screen_now()
        screen.find_printer()
        settle(stage.port)
        finder: Any = stage.window.work.dialogs.dialog.finder  # type: ignore[union-attr]
        finder.show_found({"printers": FOUND if kind != "none" else []})
        finder.focus_first()
        if kind == "question":
            finder.show_question({**FOUND[1], "known": False, "trouble": {}})
        elif kind == "refused":
            finder.address.setText("usb://HP/LaserJet")
            finder.press()
            settle(stage.port)

    return play


PRINTER_SCENES: tuple[Scene, ...] = tuple(
    Scene(f"printer-{kind}", FULL, _finding(kind))
    for kind in ("none", "found", "question", "refused")
)
