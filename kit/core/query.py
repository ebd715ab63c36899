"""Queries: the named reads that screens, paper and the command line share.

A room declares the question (`@query` on a frozen struct, its fields are the arguments) and the
function that answers it with frozen rows. A query never writes. Not for: permissions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, dataclass_transform

import msgspec

from kit.core.projection import Reader


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(msgspec.field,))
class Query(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A question. Fields are its arguments."""


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(msgspec.field,))
class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One row of an answer."""


class Asking(msgspec.Struct, frozen=True):
    """The circumstances of a question: now (UTC ms), who asks, as what, where (see `Act`)."""

    at_ms: int
    person: str = ""
    role: str = ""
    unit: str = ""
    kit: str = ""


Answer = Callable[[Reader, Any, Asking], Any]


class QueryType:
    """One registered query: name, class, the action that its role needs, its answer."""

    def __init__(self, name: str, cls: type[Query], action: str) -> None:
        self.name, self.cls, self.action = name, cls, action
        self.answer: Answer | None = None


QUERIES: dict[str, QueryType] = {}
_BY_CLASS: dict[type[Query], QueryType] = {}
Q = TypeVar("Q", bound=Query)
A = TypeVar("A")


def query(name: str, *, action: str) -> Callable[[type[Q]], type[Q]]:
    """Register a question under its stable name, e.g. `ward.board`, and the action it needs."""

    def register(cls: type[Q]) -> type[Q]:
        if name in QUERIES:
            raise ValueError(f"query {name} is registered twice")
        QUERIES[name] = _BY_CLASS[cls] = QueryType(name, cls, action)
        return cls

    return register


def answers(cls: type[Q]) -> Callable[[A], A]:
    """Register the function that answers: `(reader, question, asking) → rows`."""

    def register(answer: A) -> A:
        _BY_CLASS[cls].answer = answer  # type: ignore[assignment]  # A is an Answer
        return answer

    return register
