"""The main job without a screen: find, open, give, omit, measure, write, correct, print.

`play` is told how to do and how to ask, and chooses patients from the rows that come back, so it
works on the demo hospital and on an imported one. No input or output of its own. Not for: the
import that comes before, nor what is shown of the steps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from kit.core.command import N_
from kit.core.text import translator

_ = translator("exercise")

Facts = dict[str, Any]
Do = Callable[[str, Facts], Facts]
"""Command name and arguments → `{"ok": …}` or `{"refused": {"code", "args"}}`."""
Ask = Callable[[str, Facts], Any]
"""Query name and arguments → its rows, as structs or as maps."""

PRINT = "print.ward_pack"
"""Not a command of a room: whoever calls `play` answers it with `{"ok": facts}`, e.g. a path."""
IDENTIFIED = ("name", "birth_date")
CONFIRMABLE = {
    "administration.to_check": N_("Original text read and understood"),
    "administration.early": N_("Given early, before the examination"),
}
CANDIDATES = 40
MEASURED = {
    "temp": "37,2", "hr": "84", "rr": "17", "spo2": "96", "oxygen": "0", "sbp": "128",
    "dbp": "72", "acvpu": "A", "pain": "2",
}  # fmt: skip


class Step(msgspec.Struct, frozen=True):
    """One step: its name, a sentence for people, whether it went well, figures and ids."""

    name: str
    sentence: str
    ok: bool
    facts: Facts = {}


class _Stage:
    """The way to the node, and what the steps before have found."""

    def __init__(self, do: Do, ask: Ask, ward: str) -> None:
        self._do, self._ask, self.ward = do, ask, ward
        self.candidates: list[Facts] = []
        self.patient: Facts = {}
        self.used: set[tuple[str, int]] = set()

    def ask(self, name: str, **args: Any) -> Any:
        return msgspec.to_builtins(self._ask(name, args))

    def do(self, name: str, **args: Any) -> tuple[bool, str, Facts]:
        """Whether it was accepted, the code of the refusal, what was answered."""
        answer = self._do(name, args)
        refused = answer.get("refused")
        if refused is None:
            return True, "", answer.get("ok") or {}
        code = refused["code"] if isinstance(refused, dict) else str(refused)
        return False, code, {}


def play(do: Do, ask: Ask, ward: str = "") -> list[Step]:
    """All steps in order; a step that fails does not stop those that can still be tried."""
    stage = _Stage(do, ask, ward)
    steps = [_choose(stage)]
    if not stage.candidates:
        return steps
    acts = (_find, _open, _give, _omit, _vitals, _note, _correct, _journal, _print)
    return steps + [act(stage) for act in acts]


def give_one(do: Do, ask: Ask, ward: str) -> Step:
    """Only the dose: the ward's next one that can be given, on its patient's chart."""
    stage = _Stage(do, ask, ward)
    chosen = _choose(stage)
    if not stage.candidates:
        return chosen
    stage.patient = stage.candidates[0]
    stage.do("chart.open", patient=stage.patient["patient"])
    return _give(stage)


def _choose(stage: _Stage) -> Step:
    """The ward asked for, else the one with most patients to give to; the plainest doses first."""
    boards = {
        ward: [row for row in stage.ask("ward.board", ward=ward) if _can_be_played(row)]
        for ward in ([stage.ward] if stage.ward else _wards(stage))
    }
    stage.ward = max(boards, key=lambda ward: len(boards[ward]), default="")
    rows = boards.get(stage.ward, [])
    rows.sort(key=_plainness)
    stage.candidates = rows[:CANDIDATES]
    sentence = _("Ward {ward}, patients with a dose to come: {count}.")
    return Step(
        "choose", sentence.format(ward=stage.ward, count=len(rows)), bool(rows),
        {"ward": stage.ward, "patients": len(rows)},
    )  # fmt: skip


def _plainness(row: Facts) -> tuple[Any, ...]:
    """No high-alert drug, no allergy to think of, due soonest."""
    dose, allergies = row["next_dose"], row["allergies"]
    asked = bool(allergies) and allergies["state"] == "none_known"
    return dose["high_alert"], not asked, dose["due"], row["bed"]


def _wards(stage: _Stage) -> list[str]:
    return [row["ward"] for row in stage.ask("ward.list") if row["taken"]]


def _can_be_played(row: Facts) -> bool:
    return bool(row["patient"] and row["next_dose"] and not row["deceased_at"])


def _name(row: Facts) -> str:
    return ", ".join(part for part in (row["family"], row["given"]) if part)


def _find(stage: _Stage) -> Step:
    """By the first letters of the name."""
    wanted = stage.candidates[0]
    typed = (wanted["family"] or wanted["given"])[:4].strip()
    rows = stage.ask("patient.search", text=typed, ward=stage.ward)
    place = next((n for n, row in enumerate(rows) if row["patient"] == wanted["patient"]), -1)
    stage.patient = wanted
    sentence = _("Typed “{typed}”, patients found: {count}; {name} is number {place}.")
    said = sentence.format(typed=typed, count=len(rows), name=_name(wanted), place=place + 1)
    return Step("find", said, place >= 0, {"patient": wanted["patient"], "found": len(rows)})


def _open(stage: _Stage) -> Step:
    row = stage.patient
    _ok, code, _facts = stage.do("chart.open", patient=row["patient"])
    banner = stage.ask("patient.banner", patient=row["patient"])
    orders = stage.ask("prescription.list", patient=row["patient"])
    sentence = _("Opened the chart of {name}: allergies “{allergies}”, {orders} prescriptions.")
    state = banner["allergies"]["state"]
    said = sentence.format(name=_name(row), allergies=_allergy_word(state), orders=len(orders))
    return _step("open", said, code, patient=row["patient"], allergies=state)


def _allergy_word(state: str) -> str:
    return {
        "known": _("known"), "none_known": _("none known"),
        "not_collected": _("not collected"), "unavailable": _("unavailable"),
    }.get(state, state)  # fmt: skip


def _step(name: str, said: str, code: str, **facts: Any) -> Step:
    """The step as it went: what was done, or that it was refused and why."""
    if not code:
        return Step(name, said, True, facts)
    refused = _("The step “{name}” was refused ({code}). Nothing was recorded.")
    return Step(name, refused.format(name=name, code=code), False, {**facts, "refused": code})


def _slots(stage: _Stage) -> Iterator[tuple[Facts, Facts]]:
    """Open planned doses with their patients, soonest first; each is used once."""
    for row in stage.candidates:
        due = row["next_dose"]["due"]
        rounds = stage.ask("round.slots", patient=row["patient"], since=due, until=due + 1)
        for slot in (slot for one in rounds for slot in one["slots"]):
            key = (slot["prescription"], slot["due"])
            if slot["status"] in ("planned", "late", "to_check") and key not in stage.used:
                yield row, slot


def _give(stage: _Stage) -> Step:
    """The next due dose; a refusal is respected and the next one tried."""
    refusals: list[str] = []
    for row, slot in _slots(stage):
        if row["patient"] != stage.patient["patient"]:
            stage.do("chart.open", patient=row["patient"])
            stage.patient = row
        ok, code = _try_giving(stage, slot)
        if ok:
            stage.used.add((slot["prescription"], slot["due"]))
            said = _("Gave {drug}, {amount}, to {name}.").format(
                drug=slot["generic"], amount=slot["amount"], name=_name(row)
            )
            facts = {
                "patient": row["patient"], "prescription": slot["prescription"],
                "due": slot["due"], "refusals": refusals,
            }  # fmt: skip
            return Step("give", said, True, facts)
        refusals.append(code)
    return Step("give", _("No dose could be given."), False, {"refusals": refusals})


def _try_giving(stage: _Stage, slot: Facts) -> tuple[bool, str]:
    """Two identifiers; alone for a high-alert drug; what may be confirmed is, with a reason."""
    args: Facts = {
        "patient": slot["patient"], "prescription": slot["prescription"], "due": slot["due"],
        "identified_by": IDENTIFIED, "alone": slot["high_alert"],
    }  # fmt: skip
    confirmed: tuple[str, ...] = ()
    ok, code, _facts = stage.do("administration.give", **args)
    while code in CONFIRMABLE and code not in confirmed:
        confirmed += (code,)
        reason = _(CONFIRMABLE[code])
        ok, code, _facts = stage.do(
            "administration.give", **args, confirm=confirmed, reason_text=reason
        )
    return ok, code


def _omit(stage: _Stage) -> Step:
    refusals: list[str] = []
    for row, slot in _slots(stage):
        ok, code, _facts = stage.do(
            "administration.omit", patient=row["patient"], prescription=slot["prescription"],
            due=slot["due"], reason="refused",
            reason_text=_("Declines for now, to be offered again"),
        )  # fmt: skip
        if ok:
            stage.used.add((slot["prescription"], slot["due"]))
            said = _("Not given to {name}: {drug}, refused by the patient.")
            facts = {"patient": row["patient"], "due": slot["due"], "refusals": refusals}
            return Step("omit", said.format(name=_name(row), drug=slot["generic"]), True, facts)
        refusals.append(code)
    return Step("omit", _("No dose was left to omit."), False, {"refusals": refusals})


def _vitals(stage: _Stage) -> Step:
    patient = stage.patient["patient"]
    _ok, code, _facts = stage.do("vitals.record", patient=patient, values=MEASURED)
    latest = stage.ask("vitals.history", patient=patient, limit=1)
    score = latest[0]["score"]["total"] if latest else None
    said = _("Recorded vitals of {name}: NEWS2 {score}.").format(
        name=_name(stage.patient), score=score
    )
    return _step("vitals", said, code, patient=patient, news2=score)


def _note(stage: _Stage) -> Step:
    patient = stage.patient["patient"]
    _ok, code, _facts = stage.do(
        "note.write", patient=patient, target=_("Pain"), data=_("Pain 2 out of 10 at rest"),
        action=_("Pain relief given at its time"), result="",
    )  # fmt: skip
    entry = _last_note(stage)
    said = _("Wrote a targeted note for {name}.").format(name=_name(stage.patient))
    return _step("note", said, code, patient=patient, entry=entry)


def _last_note(stage: _Stage) -> int:
    """The newest entry among the notes (by number, since others may say a later moment)."""
    notes = stage.ask("note.list", patient=stage.patient["patient"])
    ours = [row["entry"] for row in notes if row["target"] == _("Pain") and not row["src"]]
    return max(ours, default=0)


def _correct(stage: _Stage) -> Step:
    patient, wrong = stage.patient["patient"], _last_note(stage)
    _ok, code, _facts = stage.do(
        "note.write", patient=patient, target=_("Pain"), data=_("Pain 3 out of 10 at rest"),
        action=_("Pain relief given at its time"), result=_("Relieved after 45 minutes"),
        corrects=wrong, reason="typing", reason_text=_("3, not 2"),
    )  # fmt: skip
    said = _("Corrected the note; the first one stays, struck through.")
    return _step("correct", said, code, patient=patient, struck=wrong)


def _journal(stage: _Stage) -> Step:
    """What was done is on the chart, the struck entry too."""
    rows = stage.ask("chart.journal", patient=stage.patient["patient"])
    kinds = {row["kind"] for row in rows if not row["src"]}
    struck = sum(bool(row["struck_reason"]) for row in rows)
    ok = {"administration", "vitals", "note"} <= kinds and struck > 0
    said = _("Read it back. Entries in the journal: {count}, struck through: {struck}.")
    return Step(
        "journal", said.format(count=len(rows), struck=struck), ok,
        {"patient": stage.patient["patient"], "entries": len(rows), "struck": struck},
    )  # fmt: skip


def _print(stage: _Stage) -> Step:
    _ok, code, facts = stage.do(PRINT, ward=stage.ward)
    said = _("Printed the ward pack of {ward}.").format(ward=stage.ward)
    return _step("print", said, code, ward=stage.ward, **facts)
