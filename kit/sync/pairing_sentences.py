"""Why a pairing ended, and faults of its files, in words."""

from __future__ import annotations

from collections.abc import Callable

from kit.core.text import translator

_ = translator("sync")

FAULTS: dict[str, Callable[[], str]] = {
    "SYN-111": lambda: _(
        "{count} kits, {steering} of them steering, do not suffice for {wards} wards. Nothing was"
        " made. Ask for more kits or name fewer wards."
    ),
    "SYN-112": lambda: _(
        "This is not the pairing symbol of a kit. Show the symbol on the steering kit again."
    ),
    "SYN-113": lambda: _(
        "This is not a sound request of a kit, or it was altered. Nothing was recorded. Write the"
        " request on the stick again."
    ),
    "SYN-114": lambda: _(
        "This is not a sound answer of a steering kit, or it was altered. Nothing was changed on"
        " this kit. Ask for the answer again."
    ),
    "SYN-115": lambda: _(
        "The words and the symbol of the root envelope do not belong together, or one of them was"
        " misread. Nothing was changed. Check both and try again."
    ),
    "SYN-116": lambda: _(
        "This envelope is of another fleet or of another world ({world}). Nothing was changed."
    ),
    "SYN-117": lambda: _(
        "The directory that came with it is not of this fleet, or was altered. Nothing was changed"
        " on this kit. Start again with another steering kit."
    ),
    "SYN-118": lambda: _(
        "The directory does not name this kit, or not the kit that answered as one that steers."
        " Nothing was changed on this kit. Start again on a steering kit."
    ),
    "SYN-119": lambda: _(
        "This kit holds no root: its envelope was printed already, or its fleet was prepared"
        " elsewhere. Use the paper envelope."
    ),
    "pairing.bad_frame": lambda: _(
        "The other side does not speak as a kit does. Nothing was recorded. Check the address, and"
        " that both kits have the same version."
    ),
    "pairing.not_sealed": lambda: _(
        "The two kits do not have the same key: the symbol is out of date, or somebody stands"
        " between. Nothing was recorded. Open the pairing again."
    ),
    "pairing.not_same": lambda: _(
        "The digits were not the same. Nothing was recorded. Somebody may stand between the kits:"
        " use a cable, or the request on a stick."
    ),
    "pairing.version": lambda: _(
        "The two kits have versions that cannot pair. Nothing was recorded. Update the older one."
    ),
    "pairing.other_way": lambda: _(
        "One kit pairs by symbol and the other by digits. Nothing was recorded. Choose the same"
        " way on both."
    ),
    "pairing.broken_commitment": lambda: _(
        "The other side changed its key in the middle of the pairing. Nothing was recorded."
        " Somebody may stand between the kits: use the request on a stick."
    ),
    "pairing.no_proof": lambda: _(
        "The other side does not hold the key that it names. Nothing was recorded. Start again, or"
        " use the request on a stick."
    ),
    "pairing.not_pinned": lambda: _(
        "The kit that answered is not the one whose symbol was read. Nothing was recorded. Show"
        " the symbol again."
    ),
    "pairing.timeout": lambda: _(
        "Two minutes have passed. Nothing was recorded. Open the pairing again on the steering kit."
    ),
    "pairing.tries": lambda: _(
        "Three tries have failed. Nothing was recorded. Open the pairing again, or use the request"
        " on a stick."
    ),
    "pairing.cancelled": lambda: _("The pairing was stopped. Nothing was recorded."),
    "pairing.refused": lambda: _(
        "The other kit refused. Nothing was recorded here. Its screen says why."
    ),
    "pairing.other_world": lambda: _(
        "One kit is for an exercise and the other is not. They never meet. Nothing was recorded."
    ),
    "pairing.has_patients": lambda: _(
        "This kit already holds patients of its own, which another fleet could not read. It was not"
        " changed. Make a new kit for the fleet, and import the same extract there."
    ),
    "pairing.not_steering": lambda: _(
        "Only a steering kit takes others in. Nothing was recorded. Open the pairing on a steering"
        " kit."
    ),
    "pairing.lost": lambda: _(
        "The connection broke before the end. If the steering kit shows this kit in its list, ask"
        " there for the answer on a stick; otherwise start again."
    ),
    "pairing.unreachable": lambda: _(
        "No kit answers at this address. Nothing was recorded. Check the cable or the network, and"
        " that the pairing is open on the other kit."
    ),
}
