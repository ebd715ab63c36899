"""Patient and its people: identity as the source gives it, contacts beside. FR Core and plain R4.

Name by use: `official` is the birth name, `usual` the used one (FR Core); where a `maiden` name
comes, that one is the birth name. Not for: stays.
"""

from __future__ import annotations

from kit.core.ids import derived_id
from kit.exchange.fhir.elements import (
    NO,
    Json,
    code_of,
    codings,
    concept,
    concepts,
    extension_value,
    extensions,
    human_name,
    instant,
    part,
    parts,
    reference,
    strings,
    words,
)
from kit.exchange.fhir.mapping import Desk, maps
from kit.exchange.fhir.references import LOCAL_NUMBER, pick_identifier
from kit.exchange.identity import INS_ROOT, identity_status
from kit.ward.directory import ContactRecorded
from kit.ward.patient import Identifier, PatientRegistered

_SEX = {"male": "M", "female": "F", "other": "I"}
_ARCHIVE = ("AR", "ARCH")


@maps("Patient")
def patient(resource: Json, desk: Desk) -> None:
    """One PatientRegistered, and a ContactRecorded per contact."""
    key = desk.directory.patient(desk.own, desk.scope)
    numbers = _ins(resource)
    status, flags = identity_status(_reliability(resource), numbers)
    birth, used = _names(resource)
    given = strings(birth.get("given"))
    deceased, death_flags = _deceased(resource, desk)
    listed = next(map(extension_value, extensions(birth, "birth-list-given-name")), "")
    registered = PatientRegistered(
        patient=key,
        birth_family=words(birth.get("family")) or words(birth.get("text")),
        birth_given=given[0] if given else "",
        given_names=listed or " ".join(given),
        used_family=words(used.get("family")) or (words(used.get("text")) if used else ""),
        used_given=" ".join(strings(used.get("given"))[:1]),
        birth_date=words(resource.get("birthDate")),
        birth_place=_birth_place(resource),
        sex=_SEX.get(words(resource.get("gender")), ""),
        ipp=pick_identifier(resource, LOCAL_NUMBER)[1],
        ins=numbers[0][1] if numbers else "",
        ins_oid=numbers[0][0] if numbers else "",
        identity=status,
        identifiers=_identifiers(resource),
        deceased_at=deceased,
        identity_flags=_flags(resource, desk, key) + flags + death_flags,
        phone=_phones(resource),
        address=_address(resource.get("address")),
        spoken=concept(part(resource.get("communication")).get("language")),
        treating_doctor=desk.said(resource.get("generalPractitioner")),
        restricted="restricted" in flags or _confidential(resource),
        src=desk.src,
    )
    desk.emit(registered, key)
    for place, item in enumerate(parts(resource.get("contact"))):
        _contact(item, key, derived_id("contact", key, str(place)), desk)


def _contact(item: Json, patient_key: str, key: str, desk: Desk) -> None:
    link = concepts(item.get("relationship"))
    name = human_name(item.get("name")) or desk.said(item.get("organization"))
    said = link.lower()
    if name or link:
        desk.emit(
            ContactRecorded(
                contact=key,
                patient=patient_key,
                name=name,
                link=link,
                phone=_phones(item),
                trusted="confiance" in said or "trusted" in said,
                src=desk.src,
            ),
            patient_key,
        )


@maps("RelatedPerson")
def related_person(resource: Json, desk: Desk) -> None:
    """One ContactRecorded, unless the link is over."""
    who = desk.patient(resource, "patient")
    if words(resource.get("active")) == "false":
        desk.withdraw()
        return
    _contact(resource, who, desk.key("contact", resource, who), desk)


def _ins(resource: Json) -> list[tuple[str, str]]:
    found = []
    for item in parts(resource.get("identifier")):
        oid = words(item.get("system")).removeprefix("urn:oid:")
        value = words(item.get("value"))
        if oid.startswith(INS_ROOT) and oid[len(INS_ROOT) :] in ("8", "9", "10", "11") and value:
            found.append((oid, value.replace(" ", "")))
    return found


def _reliability(resource: Json) -> list[str]:
    found = []
    for item in extensions(resource, "fr-core-identity-reliability"):
        found += [
            code_of(one.get("valueCoding")) or words(one.get("valueCode"))
            for one in parts(item.get("extension"))
            if words(one.get("url")) == "identityStatus"
        ]
        if "valueCoding" in item:
            found.append(code_of(item["valueCoding"]))
    return [code for code in found if code]


def _names(resource: Json) -> tuple[Json, Json]:
    """(birth name, used name)."""
    by_use: dict[str, Json] = {}
    for item in parts(resource.get("name")):
        by_use.setdefault(words(item.get("use")), item)
    official = by_use.get("official")
    maiden = by_use.get("maiden")
    if maiden:
        merged = dict(official or by_use.get("usual") or NO) | {"family": maiden.get("family")}
        return merged, official or by_use.get("usual") or NO
    usual = by_use.get("usual", NO)
    first = official or by_use.get("") or usual or next(iter(by_use.values()), NO)
    return first, (usual if usual is not first else NO)


def _birth_place(resource: Json) -> str:
    for item in extensions(resource, "patient-birthPlace"):
        address = part(item.get("valueAddress"))
        codes = [
            extension_value(one) or code_of(one.get("valueCoding"))
            for one in extensions(address, "insee-code")
        ]
        coded = next(
            (code_of(one.get("valueCoding")) for one in extensions(address, "insee-code")), ""
        )
        return (
            coded
            or next(iter(codes), "")
            or words(address.get("city"))
            or words(address.get("text"))
        )
    return ""


def _identifiers(resource: Json) -> tuple[Identifier, ...]:
    found = []
    for item in parts(resource.get("identifier")):
        value, system = words(item.get("value")), words(item.get("system"))
        if value:
            found.append(Identifier(_kind(item, system), system, value))
    links = [
        Identifier("other", words(link.get("type")), address)
        for link in parts(resource.get("link"))
        if (address := reference(link.get("other")))
    ]
    return (*found, *links)


def _kind(item: Json, system: str) -> str:
    codes = [code for _system, code in codings(item.get("type"))]
    if INS_ROOT in system:
        return "ins"
    if any(code in LOCAL_NUMBER for code in codes):
        return "ipp"
    return "archive" if any(code in _ARCHIVE for code in codes) else "other"


def _deceased(resource: Json, desk: Desk) -> tuple[int, tuple[str, ...]]:
    at = instant(resource.get("deceasedDateTime"))
    if at > max(desk.taken, desk.now):
        # A death that the extract dates after itself cannot be a fact yet.
        return 0, ("death_in_future",)
    return (at or int(words(resource.get("deceasedBoolean")) == "true")), ()


def _flags(resource: Json, desk: Desk, key: str) -> tuple[str, ...]:
    flags = []
    if words(resource.get("active")) == "false":
        flags.append("record_inactive")
    if key in desk.directory.shared_numbers:
        flags.append("same_number")
    if any(words(link.get("type")) == "replaced-by" for link in parts(resource.get("link"))):
        flags.append("replaced")
    flags += [f"to_check: {text}" for text in desk.doubts(resource)]
    return tuple(flags)


def _confidential(resource: Json) -> bool:
    labels = part(resource.get("meta")).get("security")
    return any(code in ("R", "V") for _system, code in codings(labels))


def _phones(resource: Json) -> str:
    found = [
        words(item.get("value"))
        for item in parts(resource.get("telecom"))
        if words(item.get("system")) in ("phone", "sms", "") and words(item.get("use")) != "old"
    ]
    return ", ".join(dict.fromkeys(text for text in found if text))


def _address(value: object) -> str:
    for item in parts(value):
        if words(item.get("use")) == "old":
            continue
        if text := words(item.get("text")):
            return text
        city = " ".join(filter(None, (words(item.get("postalCode")), words(item.get("city")))))
        return ", ".join(
            filter(None, (*strings(item.get("line")), city, words(item.get("country"))))
        )
    return ""
