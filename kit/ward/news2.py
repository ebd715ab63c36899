"""NEWS2: the early warning score, read from its table; both SpO₂ scales.

A score is computed only from a complete set; what is missing is named, and the points already
there are a floor, never a total. Source of bands and responses: `data/news2.toml`. Not for: which
scale a patient is on (a person decides it and it is recorded with the set).
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

import msgspec

from kit.ward.clinical_table import clinical_table

PARAMETERS = ("rr", "spo2", "oxygen", "sbp", "hr", "acvpu", "temp")


class News2(msgspec.Struct, frozen=True):
    """A result: total (None while something is missing), the floor, points by parameter, response.

    response: `low`, `medium_single` (one parameter at 3), `medium`, `high`; empty if not complete
    and the floor calls for nothing.
    """

    total: int | None
    floor: int
    points: dict[str, int]
    missing: tuple[str, ...]
    scale: int
    response: str


def news2(values: Mapping[str, str], scale: int) -> News2:
    """Score a set: decimal texts by code (`rr`, `spo2`, `sbp`, `hr`, `temp`), `oxygen` `0`/`1`,
    `acvpu` one letter; scale 1 or 2."""
    table = clinical_table("news2")
    points: dict[str, int] = {}
    for code in PARAMETERS:
        if (value := values.get(code, "")) and (score := _points(table, code, value, values, scale)) is not None:
            points[code] = score
    missing = tuple(code for code in PARAMETERS if code not in points)
    floor = sum(points.values())
    return News2(
        total=None if missing else floor,
        floor=floor,
        points=points,
        missing=missing,
        scale=scale,
        response=_response(table, floor, points, complete=not missing),
    )


def _points(
    table: dict[str, Any], code: str, value: str, values: Mapping[str, str], scale: int
) -> int | None:
    if code == "oxygen":
        return int(table["points"]["oxygen"]) if value == "1" else 0
    if code == "acvpu":
        found = table["points"]["acvpu"].get(value)
        return None if found is None else int(found)
    band = code
    if code == "spo2":
        if scale == 2 and "oxygen" not in values:
            return None
        air = "oxygen" if values.get("oxygen") == "1" else "air"
        band = "spo2_scale1" if scale == 1 else f"spo2_scale2_{air}"
    return _band_points(table["bands"][band], Decimal(value), Decimal(table["step"][code]))


def _band_points(bands: list[list[Any]], value: Decimal, step: Decimal) -> int:
    """Between two written values the more severe one counts."""
    below = (value / step).to_integral_value(ROUND_FLOOR) * step
    above = (value / step).to_integral_value(ROUND_CEILING) * step
    return max(_one_band(bands, below), _one_band(bands, above))


def _one_band(bands: list[list[Any]], value: Decimal) -> int:
    for limit, points in bands:
        if limit == "max" or value <= Decimal(str(limit)):
            return int(points)
    raise AssertionError("a band list ends with max")


def _response(table: dict[str, Any], floor: int, points: dict[str, int], *, complete: bool) -> str:
    response = table["response"]
    for name in ("high", "medium"):
        if floor >= response[name]["from"]:
            return name
    if any(score >= response["medium_single"]["single"] for score in points.values()):
        return "medium_single"
    return "low" if complete else ""
