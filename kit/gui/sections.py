"""The screens of one sign-in: built when first shown, forgotten at the lock; and the way back.

Not for: showing or loading them (`kit.gui.window`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from kit.gui.screen import Screen, ScreenSpec

Step = tuple[str, str | None]  # key of a screen, id of a patient


class Sections:
    """What the person who is signed in may open, by key."""

    def __init__(self) -> None:
        self.specs: dict[str, ScreenSpec] = {}
        self.built: dict[str, Screen] = {}
        self._trail: list[Step] = []
        self._chords: list[QShortcut] = []

    def use(self, specs: Sequence[ScreenSpec], window: QWidget, go: Callable[[str], None]) -> None:
        """From now on these, each opened by its function key in `window`."""
        self.specs = {spec.key: spec for spec in specs}
        for old in self._chords:
            old.setParent(None)
            old.deleteLater()
        self._chords = [QShortcut(QKeySequence(spec.fkey), window) for spec in specs]
        for chord, spec in zip(self._chords, specs, strict=True):
            chord.activated.connect(lambda key=spec.key: go(key))

    def screen(self, spec: ScreenSpec, parent: QWidget) -> tuple[Screen, bool]:
        """The screen of a section, and whether it was built just now."""
        built = self.built.get(spec.key)
        if built is not None:
            return built, False
        made = self.built[spec.key] = spec.build(parent)
        return made, True

    def passed(self, step: Step) -> None:
        """Remember where the person is."""
        if not self._trail or self._trail[-1] != step:
            self._trail.append(step)

    def previous(self) -> Step | None:
        """Forget where the person is; gives where they were before, if anywhere."""
        if len(self._trail) < 2:
            return None
        self._trail.pop()
        return self._trail.pop()

    def forget(self) -> None:
        """Nothing that one person typed or selected is there for the next."""
        for screen in self.built.values():
            screen.setParent(None)
            screen.deleteLater()
        self.built.clear()
        self._trail.clear()

    def tell(self, topics: set[str]) -> None:
        """News for every screen that has been loaded."""
        for screen in list(self.built.values()):
            if screen.context is not None:
                screen.on_changed(topics)
