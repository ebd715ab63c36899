"""NEWS2: the early warning score, read from its table; both SpO₂ scales.

A score is computed only from a complete set; what is missing is named, and the points already
there are a floor, never a total. Source of bands and responses: `data/news2.toml`. Not for: which
scale a patient is on (a person decides it and it is recorded with the set).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from functools import lru_cache
from typing import Any

import msgspec

from kit.core.clock import local
from kit.core.quantity import Quantity
from kit.ward.clinical_table import clinical_table

PARAMETERS = ("rr", "spo2", "oxygen", "sbp", "hr", "acvpu", "temp")


class News2(msgspec.Struct, frozen=True):
    """A result: total (None while something is missing), the floor, points by parameter, response.

    response: `low`, `medium_single` (one parameter at 3), `medium`, `high`; empty if not complete
    and the floor calls for nothing. excluded: why this patient has no score (`age`, `pregnancy`);
    then there are no points either.
    """

    total: int | None
    floor: int
    points: dict[str, int]
    missing: tuple[str, ...]
    scale: int
    response: str
    excluded: str = ""


def news2_excluded(birth_date: str, at_ms: int, alerts: Collection[str]) -> str:
    """Why the score is not for this patient: `age`, `pregnancy`, or empty.

    birth_date: ISO, possibly partial; unknown counts as adult. alerts: kinds in force.
    """
    applies = clinical_table("news2")["applies"]
    if not birth_date.startswith("0") and birth_date[:4].isdigit():
        day = local(at_ms)
        born = (birth_date + "-01-01")[:10]
        years = day.year - int(born[:4]) - (f"{day:%m-%d}" < born[5:10])
        if years < applies["from_age"]:
            return "age"
    return next((kind for kind in applies["not_with"] if kind in alerts), "")


def news2(values: Mapping[str, str], scale: int, excluded: str = "") -> News2:
    """Score a set; scale 2 where a person chose it for hypercapnic failure, else 1.

    values: decimal texts by code (`rr`, `spo2`, `sbp`, `hr`, `temp`), `oxygen` `0`/`1`, `acvpu`
    one letter. What is there but cannot be read counts as missing. excluded: see
    `news2_excluded`; where it is set, nothing is scored.
    """
    table = clinical_table("news2")
    scale = 2 if scale == 2 else 1
    if excluded:
        return News2(None, 0, {}, (), scale, "", excluded)
    points: dict[str, int] = {}
    for code in PARAMETERS:
        score = _points(table, code, values, scale)
        if score is not None:
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


def _points(table: dict[str, Any], code: str, values: Mapping[str, str], scale: int) -> int | None:
    value = values.get(code, "")
    if code == "oxygen":
        return {"0": 0, "1": int(table["points"]["oxygen"])}.get(value)
    if code == "acvpu":
        found = table["points"]["acvpu"].get(value)
        return None if found is None else int(found)
    band = _spo2_band(values, scale) if code == "spo2" else code
    return _measured(band, code, value) if band and value else None


@lru_cache(maxsize=4096)
def _measured(band: str, code: str, value: str) -> int | None:
    """The points of one value; a ward's boards ask for the same few hundred over and over."""
    table = clinical_table("news2")
    number = Quantity(value).number()
    if number is None:
        return None
    return _band_points(table["bands"][band], number, Decimal(table["step"][code]))


def _spo2_band(values: Mapping[str, str], scale: int) -> str:
    """The band list of a saturation; on scale 2 it depends on oxygen, so none while unknown."""
    if scale == 1:
        return "spo2_scale1"
    return {"0": "spo2_scale2_air", "1": "spo2_scale2_oxygen"}.get(values.get("oxygen", ""), "")


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
