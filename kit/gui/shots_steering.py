"""Pictures of the steering capsule: an invented crisis, played by a node that only answers.

Fourteen wards in every state, channels, a thread, directives with their acknowledgements. Not for:
real kits, nor the pictures of the ward (`shots_scenes`).
"""

from __future__ import annotations

from typing import Any

from kit.core.clock import DAY, HOUR, MINUTE

CRISES = ("crisis", "crisis-quiet", "crisis-claim")
"""Conditions of a steering kit: in a crisis, with nothing in it, with an order that waits."""
Rows = list[dict[str, Any]]
DIRECTOR = {"person": "h-martin", "name": "Hélène Martin", "role": "DIR"}
NURSE = {"person": "c-dubois", "name": "Claire Dubois", "role": "IDE"}


def wards(now: int) -> Rows:
    """Fourteen wards, the worst first, as the node orders them."""
    table = (
        # ward, name, phone, state, minutes since, occupied, capacity, late, conflicts, hours, mode
        ("BLOC", "Bloc opératoire", "4150", "silent", 187, 3, 8, 0, 0, 9, "kit"),
        ("NEPH", "Néphrologie et dialyse", "4361", "silent", 52, 17, 20, 2, 0, 7, "mixed"),
        ("PED", "Pédiatrie", "4242", "never", 0, None, None, None, None, 0, ""),
        ("URG", "Urgences", "4110", "critical", 1, 31, 24, 7, 1, 6, "paper"),
        ("REA", "Réanimation", "4123", "critical", 2, 12, 12, 3, 0, 6, "mixed"),
        ("CARD", "Cardiologie", "4201", "tension", 3, 22, 24, 4, 2, 6, "kit"),
        (
            "MEDN",
            "Médecine polyvalente, secteur nord",
            "4310",
            "tension",
            4,
            28,
            28,
            2,
            0,
            14,
            "kit",
        ),
        ("CHIR", "Chirurgie viscérale", "4330", "busy", 2, 24, 26, 0, 1, 6, "kit"),
        ("MAT", "Maternité", "4270", "busy", 6, 18, 22, 1, 0, 6, "mixed"),
        ("PNEU", "Pneumologie", "4225", "normal", 3, 19, 24, 0, 0, 6, "kit"),
        ("NEUR", "Neurologie", "4340", "normal", 1, 15, 20, 0, 0, 6, "kit"),
        ("GERI", "Gériatrie", "4380", "normal", 5, 27, 30, 0, 0, 6, "kit"),
        ("SSR", "Soins de suite", "4390", "normal", 8, 33, 40, 0, 0, 6, "kit"),
        ("PSY", "Psychiatrie", "", "normal", 11, 21, 25, 0, 0, 6, "kit"),
    )
    told = {
        "URG": (("staff", "beds", "paper"), "Deux boxes fermés, 9 brancards dans le couloir.", 12),
        "REA": (("drugs", "it"), "Noradrénaline pour 6 h. Centrale de surveillance muette.", 20),
        "NEPH": (("transport",), "4 séances à reporter ou à déplacer demain matin.", 75),
        "MAT": (("paper",), "Plus de partogrammes vierges.", 35),
        "CARD": (("staff",), "", 41),
    }
    why = {
        "URG": ("full", "late", "paper"), "REA": ("full", "late", "need:drugs"), "CARD": ("late",),
        "MEDN": ("full", "old_data"), "CHIR": ("conflicts",), "MAT": ("need:paper",),
    }  # fmt: skip
    rows = []
    for ward, name, phone, state, ago, taken, beds, late, conflicts, hours, mode in table:
        needs, comment, told_ago = told.get(ward, ((), "", 0))
        free = None if taken is None or beds is None else max(0, beds - taken)
        rows.append(
            {
                "ward": ward, "name": name, "phone": phone, "state": state, "mode": mode,
                "at": now - ago * MINUTE if ago else 0, "occupied": taken, "capacity": beds,
                "free": free, "late": late, "conflicts": conflicts, "needs": needs,
                "data_at": now - hours * HOUR if hours else 0, "comment": comment,
                "told_at": now - told_ago * MINUTE if told_ago else 0, "why": why.get(ward, ()),
                "by": "Claire Dubois" if told_ago else "", "label": f"{name} 1",
                "stale": state in ("silent", "never"), "expected_at": now - (ago - 30) * MINUTE,
            }
        )  # fmt: skip
    return rows


def channels(now: int) -> Rows:
    """What a director reads."""
    return [
        _channel("decision", "decision", "Cellule décisionnelle", now - 4 * MINUTE, unread=1),
        _channel("it", "it", "Cellule opérationnelle SI", now - 9 * MINUTE),
        _channel("care", "care", "Soins", now - 2 * MINUTE, unread=3, open=1, worst="urgent"),
        _channel("unit:URG", "unit", "Urgences", now - 12 * MINUTE, unit="URG"),
        _channel("unit:REA", "unit", "Réanimation", now - 21 * MINUTE, unit="REA"),
        _channel("unit:CARD", "unit", "Cardiologie", now - 40 * MINUTE, unit="CARD"),
        _channel("technical", "technical", "Plateaux techniques", now - 3 * HOUR),
        _channel("logistics", "logistics", "Logistique", now - DAY),
        _channel("communication", "communication", "Communication", 0),
    ]


def _channel(channel: str, kind: str, name: str, at: int, **more: Any) -> dict[str, Any]:
    worst = more.pop("worst", "")
    return {
        "channel": channel, "kind": kind, "name": name, "last_at": at, "unread_worst": worst, **more
    }  # fmt: skip


def thread(now: int) -> Rows:
    """A morning of the channel of care."""

    def said(key: str, ago: int, who: str, role: str, text: str, **more: Any) -> dict[str, Any]:
        return {
            "message": key, "channel": "care", "at": now - ago * MINUTE,
            "author_name": who, "role": role, "text": text, "shown": True, **more,
        }  # fmt: skip

    everybody = {"to": ("CAD@*",), "to_names": ("cadres de tous les services",)}
    return [
        said("m1", 94, "Hélène Martin", "DIR",
             "Le DPI, la messagerie et la téléphonie IP sont arrêtés depuis 02:14. Les kits sont la"
             " seule source jusqu'à nouvel ordre. Prochain point à 09:00.",
             unit_name="Cellule de crise", mine=True, needs_ack=True, acked=12, expected=14,
             priority="flash", ack_by=now - 89 * MINUTE, state="acknowledged", kits=13,
             **everybody),
        said("m2", 71, "Marc Leroy", "CAD",
             "Cardiologie : 22 patients, 2 lits libres. Une infirmière manque cette nuit.",
             unit_name="Cardiologie", state="shown", shown_kits=2),
        said("m3", 40, "Sami Roy", "SI",
             "Ne rallumez aucun poste, même s'il paraît sain. Les imprimantes USB restent"
             " utilisables avec les kits.",
             unit_name="Cellule de crise", priority="urgent", for_me=True, claim=True,
             needs_ack=True,
             ask="Nombre de postes éteints dans votre service", ack_by=now + 6 * MINUTE,
             state="handed", kits=5, **everybody),
        said("m4", 16, "Hélène Martin", "DIR",
             "Pharmacie : dotation de noradrénaline portée en réanimation par coursier à 08:30.",
             unit_name="Cellule de crise", mine=True, priority="routine", state="handed", kits=2,
             to=("CAD@REA", "PHA@*"), to_names=("cadre de Réanimation", "pharmacie")),
        said("m5", 2, "Claire Dubois", "IDE",
             "Urgences : le scanner a repris en local, comptes rendus dictés au 4177.",
             unit_name="Urgences", shown=False, state="shown", shown_kits=3),
    ]  # fmt: skip


def receipts(now: int) -> Rows:
    """Unit by unit."""
    names = {
        "URG": "Urgences", "REA": "Réanimation", "CARD": "Cardiologie", "CHIR": "Chirurgie",
        "MAT": "Maternité", "NEPH": "Néphrologie", "BLOC": "Bloc opératoire", "PED": "Pédiatrie",
    }  # fmt: skip
    done = [
        {"unit": unit, "name": names[unit], "state": "acknowledged", "at": now - ago * MINUTE,
         "by_name": who, "readback": "4177" if unit == "URG" else ""}
        for unit, who, ago in (
            ("URG", "C. Dubois", 8), ("REA", "P. Nguyen", 7), ("CARD", "M. Leroy", 5),
        )
    ]  # fmt: skip
    return [
        {"unit": "PED", "name": names["PED"], "state": "written", "step": "courier",
         "code": "K7F2QX"},
        {"unit": "BLOC", "name": names["BLOC"], "state": "handed", "at": now - 12 * MINUTE,
         "step": "phone", "phone": "4150"},
        {"unit": "MAT", "name": names["MAT"], "state": "shown", "at": now - 3 * MINUTE,
         "misread": 1},
        *done,
        {"unit": "NEPH", "name": names["NEPH"], "state": "paper", "at": now - 2 * MINUTE,
         "by_name": "J. Petit", "code": "H4M9TZ"},
    ]  # fmt: skip


def directives(now: int) -> Rows:
    """Three in force; one of them has replaced two others."""
    return [
        {
            "directive": "d1", "template": "paper", "title": "Passage au papier des prescriptions",
            "text": "Toute nouvelle prescription est écrite dans le kit du service ; sans kit, sur "
            "l'ordonnance papier préremplie. Imprimer la feuille de prises à chaque relève.",
            "author_name": "Hélène Martin", "role": "DIR", "at": now - 50 * MINUTE,
            "ack_by": now - 35 * MINUTE, "acked": 12, "expected": 14, "step": "courier",
            "unit_names": ("tous les services",), "code": "K7F2QX",
            "chain": [
                {"directive": "d0", "text": "Prescriptions sur papier uniquement.", "at": now - 5 *
                 HOUR, "author_name": "Hélène Martin", "ended_at": now - 50 * MINUTE},
            ],
        },
        {
            "directive": "d2", "title": "Ne rallumez rien",
            "text": "Aucun poste de travail n'est rallumé avant l'accord écrit de la DSI, même s'il"
            " paraît sain. Signaler tout message de rançon au 4188.",
            "author_name": "Sami Roy", "role": "SI", "at": now - 3 * HOUR, "until": now + 10 * HOUR,
            "ack_by": now - 2 * HOUR, "acked": 14, "expected": 14, "ask": "Numéro à appeler",
            "unit_names": ("tous les services",),
        },
        {
            "directive": "d3", "title": "Déprogrammation du bloc",
            "text": "Les interventions non urgentes de ce jour sont reportées. Seules les urgences "
            "vitales sont opérées.",
            "author_name": "Hélène Martin", "role": "DIR", "at": now - 6 * MINUTE,
            "until": now + 14 * HOUR, "ack_by": now + 9 * MINUTE, "acked": 1, "expected": 3,
            "unit_names": ("Bloc opératoire", "Chirurgie viscérale", "Maternité"),
        },
    ]  # fmt: skip


def claims(now: int) -> Rows:
    """What stops everybody: a FLASH that has to be read back."""
    return [
        {
            "message": "f1", "priority": "flash", "channel": "care", "author_name": "Hélène Martin",
            "role": "DIR", "at": now - 2 * MINUTE, "ack_by": now + 3 * MINUTE, "claim": True,
            "for_me": True, "needs_ack": True, "ask": "Numéro à appeler avant une poche",
            "text": "Le logiciel de transfusion est arrêté. Toute transfusion se fait au lit avec "
            "double contrôle papier. Appeler le 4321 avant de sortir une poche.",
        },
    ]  # fmt: skip


def order_for_a_ward(now: int) -> dict[str, Any]:
    """A directive as a ward finds it, late."""
    return {
        "directive": "d4", "title": "Passage au papier", "claim": True, "for_me": True,
        "text": "Toute nouvelle prescription est écrite dans le kit du service, ou sur papier.",
        "author_name": "Hélène Martin", "role": "DIR", "at": now - 20 * MINUTE, "in_force": True,
        "ack_by": now - 5 * MINUTE, "acked": 3, "expected": 14, "unit_names": ("tous",),
    }  # fmt: skip


def templates() -> Rows:
    """Directives prepared beforehand."""
    return [
        {"template": "paper", "title": "Passage au papier", "ack_min": 15,
         "text": "Dès maintenant, prescriptions et transmissions se font sur les formulaires"
         " papier numérotés."},
        {"template": "off", "title": "Ne rallumez rien", "ack_min": 5, "ask": "Numéro à appeler",
         "text": "Aucun poste n'est rallumé avant l'accord écrit de la DSI."},
    ]  # fmt: skip


def peers(now: int) -> Rows:
    """Eleven of fourteen kits are in reach."""
    rows: Rows = [{"device": "00" * 8, "label": "Cellule de crise A", "state": "self"}]
    for place in range(13):
        near = place < 10
        rows.append(
            {
                "device": f"{place + 1:02x}" * 8, "label": f"Kit {place + 1}",
                "state": "connected" if near else "known", "rung": "mdns" if near else "",
                "seen_ms": now, "exchanged_ms": now - MINUTE, "role": "ward",
            }
        )  # fmt: skip
    return rows


class CrisisNode:
    """Answers what the screens of the crisis cell ask, from the tables above; records nothing."""

    def __init__(self, now: int, condition: str = "crisis") -> None:
        self.now = now
        status = {"peers": 11, "unsent": 0, "exchanged_ms": now - MINUTE, "network": "ok",
                  "level": 2, "crisis_since_ms": now - 5 * HOUR - 41 * MINUTE}  # fmt: skip
        hello = {
            "open": True, "has_kit": True, "capsule": "steering", "hospital": "CH de Valmont",
            "ward": "", "world": "TEST:valmont", "label": "Cellule de crise A", "language": "fr",
            "demo": True, "person": DIRECTOR, "status": status,
        }  # fmt: skip
        self.calls: dict[str, Any] = {
            "hello": hello, "status": status, "peers": peers(now), "draft.load": [],
            "rights": ["message", "message.flash", "broadcast_order", "read_dashboard"],
        }  # fmt: skip
        self.answers: dict[str, Any] = {} if condition == "crisis-quiet" else self._crisis()
        person = {"person": DIRECTOR["person"], "name": DIRECTOR["name"], "profession": "DIR"}
        self.answers["person.list"] = [person]
        if condition == "crisis-claim":
            self.answers |= {
                "message.claims": claims(now), "directive.list": [order_for_a_ward(now)]
            }  # fmt: skip

    def _crisis(self) -> dict[str, Any]:
        now = self.now
        return {
            "steering.situation": wards(now), "message.channels": channels(now),
            "message.thread": thread(now), "message.receipts": receipts(now),
            "directive.receipts": receipts(now),
            "directive.list": directives(now), "directive.templates": templates(),
            "message.addressees": [
                {"address": "CAD@*", "name": "cadres de tous les services"},
                {"address": "MED@URG", "name": "médecins des Urgences"},
            ],
        }  # fmt: skip

    def handle(self, message: dict[str, Any]) -> dict[str, Any]:
        """One message in, one answer out."""
        if "ask" in message:
            name = str(message["ask"])
            rows = self.answers.get(name, [])
            if name == "message.thread" and message["args"].get("channel") != "care":
                rows = []
            return {"id": message["id"], "ok": rows}
        return {"id": message["id"], "ok": self.calls.get(str(message.get("call")))}
