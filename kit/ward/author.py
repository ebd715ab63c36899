"""Who did what a row tells, as a column: the person named by the source, else who signed here.

An imported row without a name stays without one: whoever ran the import did not give the dose.
Not for: what a person may do (`kit.people.permission`).
"""

from __future__ import annotations


def author_column(row: str, person: str) -> str:
    """The SQL of the name: `row` aliases a table with `by`, `actor`, `src`; `person`, `person`."""
    return (
        f"case when {row}.by<>'' then {row}.by when {row}.src<>'' then ''"
        f" else coalesce({person}.name, {row}.actor) end"
    )
