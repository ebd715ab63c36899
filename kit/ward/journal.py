"""The journal of a chart: everything that was written in it, by whom, and who opened it.

Struck entries stay, with their strike. Not for: the entries' own lists (each has its room).
"""

from __future__ import annotations

import msgspec

from kit.core.projection import Reader
from kit.core.quantity import NBSP, number_text
from kit.core.query import Asking, Query, Row, answers, query
from kit.core.text import translator
from kit.ward.author import author_column
from kit.ward.words import consciousness_word, slot_word, vital_short, vital_unit

_ = translator("clinical")


class JournalRow(Row):
    """One entry of a chart: its kind, when it happened and was recorded (UTC ms), by whom, strike.

    kind: `note`, `vitals`, `administration`, `allergy`, `settlement` (of a conflict between kits),
    `opening` (somebody opened the chart).
    """

    entry: int
    kind: str
    at: int
    recorded_at: int
    actor_name: str
    text: str
    src: str
    struck_by: str
    struck_reason: str
    struck_text: str


@query("chart.journal", action="open_record")
class Journal(Query):
    """All entries of a chart, newest first, struck ones included."""

    patient: str
    limit: int = 200


_JOURNAL = f"""select e.*, coalesce(nullif(k.name,''), x.actor, ''), coalesce(x.reason,''),
    coalesce(x.text,'') from (
      select e.n, 'note', e.at as at, e.wall, {author_column("e", "w")} as actor_name,
        trim(e.target||' — '||e.data||' '||e.action||' '||e.result, ' —'), e.src
        from note e left join person w on w.id=e.actor where e.patient=?1
      union all select e.n, 'vitals', e.at, e.wall, {author_column("e", "w")}, e.data, e.src
        from vitals e left join person w on w.id=e.actor where e.patient=?1
      union all select e.n, 'administration', e.at, e.wall, {author_column("e", "w")},
        e.generic||char(10)||e.status, e.src
        from administration e left join person w on w.id=e.actor where e.patient=?1
      union all select e.n, 'allergy', e.noted, e.wall, {author_column("e", "w")}, e.substance,
        e.src from allergy e left join person w on w.id=e.actor where e.patient=?1
      union all select e.n, 'settlement', e.wall, e.wall, coalesce(w.name, e.actor),
        e.text||' — '||e.reason, ''
        from settlement e left join person w on w.id=e.actor where e.patient=?1
      union all select o.n, 'opening', o.at, o.at, coalesce(w.name, o.person), '', ''
        from chart_opening o left join person w on w.id=o.person where o.patient=?1
    ) e left join struck x on x.n=e.n left join person k on k.id=x.actor
    order by e.at desc, e.n desc limit ?2"""  # noqa: S608  (constants)

_values = msgspec.json.Decoder(dict[str, str]).decode


@answers(Journal)
def journal(db: Reader, question: Journal, _asking: Asking) -> list[JournalRow]:
    """Answer `chart.journal`."""
    fields = JournalRow.__struct_fields__
    rows = []
    for entry, kind, at, recorded, actor, text, *rest in db.rows(
        _JOURNAL, question.patient, question.limit
    ):
        shown = (entry, kind, at, recorded, actor, _text(kind, text), *rest)
        rows.append(JournalRow(**dict(zip(fields, shown, strict=True))))
    return rows


def _text(kind: str, text: str) -> str:
    if kind == "vitals":
        return ", ".join(_measure(code, value) for code, value in _values(text).items())
    if kind == "administration":
        generic, _sep, status = text.rpartition("\n")
        return f"{generic} — {slot_word(status) if status != 'unknown' else _('to be checked')}"
    return _("Chart opened") if kind == "opening" else text


def _measure(code: str, value: str) -> str:
    if code == "acvpu":
        return f"{vital_short(code)} {consciousness_word(value)}"
    if code == "oxygen":
        return f"{vital_short(code)} {_('yes') if value == '1' else _('no')}"
    return f"{vital_short(code)} {number_text(value)}{NBSP}{vital_unit(code)}".rstrip(NBSP)
