"""What paper adds to a medication line: state, risk, allergy, review, in words and never in colour.

The line itself is printed verbatim as the ward's formatter made it. Not for: formatting doses.
"""

from __future__ import annotations

import re

from kit.paper.fields import Line, Run
from kit.paper.words import Say

# A strength that came as free text has plain spaces: 75 | microgrammes must not part either.
_NUMBER_AND_UNIT = re.compile(r"(?<!\S)(\d[\d,.\u00a0\u202f]*) (?=[^\W\d_]|[%°])")

_THOUSANDS = re.compile(r"(?<=\d) (?=\d{3}\b)")


def held(runs: tuple[Run, ...]) -> tuple[Run, ...]:
    """The same line, its numbers held to what follows them; only spaces become no-break ones."""
    return tuple(
        (_NUMBER_AND_UNIT.sub("\\1\u00a0", _THOUSANDS.sub("\u00a0", text)), bold)
        for text, bold in runs
    )


def warnings(line: Line, say: Say) -> list[Run]:
    """What must be seen before the drug is given, the gravest first."""
    found = [_state(line, say), _risk(line, say), line.allergy_warning, *_doubts(line, say)]
    return [(text, True) for text in found if text]


def _state(line: Line, say: Say) -> str:
    _ = say
    words = {"active": "", "suspended": _("SUSPENDED"), "stopped": _("STOPPED")}
    return f"{words[line.status]} {line.status_text}".strip()


def _risk(line: Line, say: Say) -> str:
    _ = say
    alert = _("HIGH RISK")
    if not line.high_alert:
        return ""
    said = "".join(text for text, _bold in line.runs).casefold()
    return "◆ " + (_("second check by a colleague") if alert.casefold() in said else alert)


def _doubts(line: Line, say: Say) -> list[str]:
    _ = say
    untimed = line.timing == "scheduled" and not line.slots and line.status == "active"
    return [
        _("To be reviewed") if line.to_review else "",
        _("Times not sent: see the prescription") if untimed else "",
    ]


def joined(remarks: list[Run]) -> tuple[Run, ...]:
    """The remarks with dots between; a dot ends a line and never begins one."""
    runs: list[Run] = []
    for place, remark in enumerate(remarks, 1):
        runs.append(remark)
        if place < len(remarks):
            runs.append(("\u00a0· ", False))
    return tuple(runs)
