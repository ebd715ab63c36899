"""What a printer's announcement on the network claims, made safe to show and to call.

DNS-SD after the IPP Everywhere keys: `ty` model, `note` place, `rp` path, `pdl` formats, `UUID`.
Anybody on the network can announce anything: names are cleaned, the path is plain, and only
addresses of a hospital's own network are kept. What the printer says itself, when it is asked,
counts in the end (`kit.paper.chosen`). Not for: speaking mDNS (`mdns_printers`).
"""

from __future__ import annotations

import contextlib
import ipaddress
import re
from collections.abc import Iterable, Mapping

import msgspec

from kit.core.errors import BadInput
from kit.core.foreign import shown
from kit.sync.address import make_address

SERVICES = ("_ipps._tcp.local.", "_ipp._tcp.local.")
"""The ciphered one first: where a printer offers both, that is the one to take."""
PATH = "ipp/print"
_PATH = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~-]*(?:/[A-Za-z0-9][A-Za-z0-9._~-]*)*")
_PATH_LIMIT = 127
_HOSTS = 8
_NEAR = tuple(
    ipaddress.ip_network(one)
    for one in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "fc00::/7")
)


class Announced(msgspec.Struct, frozen=True):
    """One printer as it announces itself; `addresses` are to be tried in this order."""

    name: str
    model: str
    place: str
    uuid: str
    addresses: tuple[str, ...]
    pdf: bool


def is_near(host: str) -> bool:
    """Whether a printer may stand there: an address of a private network, never this machine's.

    A public address would take a patient's sheet out of the hospital; the own one is no printer
    that needs the network to be found.
    """
    parsed = ipaddress.ip_address(host.partition("%")[0])
    return any(parsed in network for network in _NEAR if network.version == parsed.version)


def announced(
    name: str, hosts: Iterable[str], port: int, properties: Mapping[bytes, bytes | None]
) -> Announced | None:
    """A printer that can be called; None for what cannot, or may not.

    name: the whole service name, `Couloir._ipp._tcp.local.`
    """
    service = next((one for one in SERVICES if name.endswith(f".{one}")), "")
    label = shown(name.removesuffix(f".{service}")) if service else ""
    texts = _texts(properties)
    scheme = "ipps" if service == SERVICES[0] else "ipp"
    path = _path(texts.get("rp", ""))
    addresses = tuple(f"{scheme}://{where}/{path}" for where in _places(hosts, port))
    if not label or not addresses:
        return None
    uuid = texts.get("uuid", "").lower()
    return Announced(
        name=label,
        model=shown(texts.get("ty", "")),
        place=shown(texts.get("note", "")),
        uuid=uuid if re.fullmatch(r"[0-9a-f-]{1,40}", uuid) else "",
        addresses=addresses,
        pdf="application/pdf" in texts.get("pdl", "").split(","),
    )


def merged(heard: Iterable[Announced]) -> list[Announced]:
    """One row for each printer: what is announced ciphered and plain is one machine."""
    rows: dict[tuple[str, str], Announced] = {}
    for one in sorted(heard, key=lambda row: (row.name, row.uuid, row.addresses[0][:5] != "ipps:")):
        key = (one.name, one.uuid)
        known = rows.get(key)
        if known is None:
            rows[key] = one
            continue
        addresses = tuple(dict.fromkeys((*known.addresses, *one.addresses)))
        rows[key] = msgspec.structs.replace(known, addresses=addresses, pdf=known.pdf or one.pdf)
    return list(rows.values())


def _places(hosts: Iterable[str], port: int) -> list[str]:
    """`host:port`, IPv4 first; a link-local IPv6 address needs a card and is left out."""
    found: list[str] = []
    for host in list(hosts)[:_HOSTS]:
        with contextlib.suppress(BadInput, ValueError):
            place = make_address(host, port)
            if is_near(place.host) and not place.zone:
                found.append(f"[{place.host}]:{port}" if ":" in place.host else str(place))
    return sorted(dict.fromkeys(found), key=lambda one: one.startswith("["))


def _path(text: str) -> str:
    plain = text.strip("/")
    return plain if len(plain) <= _PATH_LIMIT and _PATH.fullmatch(plain) else PATH


def _texts(properties: Mapping[bytes, bytes | None]) -> dict[str, str]:
    """Keys in small letters (they are not told apart by case), values as text."""
    found: dict[str, str] = {}
    for key, value in list(properties.items())[:64]:
        name = key.decode("ascii", "replace").lower()
        found.setdefault(name, (value or b"").decode("utf-8", "replace"))
    return found
