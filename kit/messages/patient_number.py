"""Numbers that name a patient (INS, IPP), found in a text that is about to leave the ward.

A pattern, not proof: it makes a person look twice, it forbids nothing. Not for: reading an
identity (`kit.exchange.identity`).
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib import resources


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    text = (resources.files("kit.messages") / "data" / "patient_numbers.toml").read_text("utf-8")
    numbers = tomllib.loads(text)["number"]
    return tuple((one["name"], re.compile(one["pattern"], re.IGNORECASE)) for one in numbers)


def patient_number_in(*texts: str) -> str:
    """`INS` or `IPP` where one of these texts seems to hold such a number, else empty."""
    for name, pattern in _patterns():
        if any(pattern.search(text) for text in texts):
            return name
    return ""
