"""An example of each event: every field filled, the same at each run, never a default."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import inspect

from kit.core.event import Event, EventType

SIMPLE: dict[type[inspect.Type], Any] = {
    inspect.IntType: 7,
    inspect.FloatType: 0.5,
    inspect.BoolType: True,
    inspect.NoneType: None,
    inspect.AnyType: "anything",
    inspect.RawType: "anything",
    inspect.BytesType: "Z29sZGVu",
}


def example(kind: inspect.Type, name: str) -> Any:
    """A value of a type; the same field name gives the same text, so that events fit together."""
    value: Any = SIMPLE.get(type(kind))
    match kind:
        case inspect.StrType():
            value = f"{name} é"
        case inspect.EnumType():
            value = list(kind.cls)[-1].value
        case inspect.LiteralType():
            value = kind.values[-1]
        case inspect.StructType():
            value = {one.encode_name: example(one.type, one.encode_name) for one in kind.fields}
            value = list(value.values()) if kind.array_like else value
        case inspect.DictType():
            value = {example(kind.key_type, name): example(kind.value_type, name)}
        case inspect.TupleType():
            value = [example(one, name) for one in kind.item_types]
        case inspect.ListType() | inspect.VarTupleType() | inspect.SetType():
            value = [example(kind.item_type, name)]
        case inspect.UnionType():
            given = [one for one in kind.types if not isinstance(one, inspect.NoneType)]
            value = example(given[0], name)
    return value


def example_event(kind: EventType) -> Event:
    """One event of a type."""
    event: Event = msgspec.convert(example(inspect.type_info(kind.cls), kind.name), kind.cls)
    return event
