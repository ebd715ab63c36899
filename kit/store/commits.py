"""When peers' entries are committed: each run by itself, or all that arrived together at once.

A commit costs as much as a hundred small entries, and a fleet has many feeds of few. Not for: what
is stored (`replica`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from kit.store.log import Log


class Commits:
    """The transactions of one replica. written: called after each commit."""

    def __init__(self, log: Log, written: Callable[[], None]) -> None:
        self._log, self._written = log, written
        self._group: ExitStack | None = None
        self._begun = False

    @contextmanager
    def together(self) -> Iterator[None]:
        """Parts written inside are committed at its end; a fault takes all of them back."""
        with ExitStack() as group:
            self._group, self._begun = group, False
            try:
                yield
            finally:
                self._group = None
        if self._begun:
            self._written()

    @contextmanager
    def part(self) -> Iterator[None]:
        """A part of what is committed together; a transaction of its own outside of that."""
        if self._group is None:
            with self.alone():
                yield
            return
        if not self._begun:
            self._group.enter_context(self._log.transaction())
            self._begun = True
        yield

    @contextmanager
    def alone(self) -> Iterator[None]:
        """A transaction of its own, after what came before it."""
        self.end()
        with self._log.transaction():
            yield
        self._written()

    def end(self) -> None:
        """Commit what was written together so far."""
        if self._group is not None and self._begun:
            self._begun = False
            self._group.close()
            self._written()
