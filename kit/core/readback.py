"""The refusals and words that acknowledging a message and a directive share.

Not for: what is recorded (the rooms of messages and of directives).
"""

from __future__ import annotations

from kit.core.command import N_, sentence

NOT_ADDRESSED = sentence(
    "receipt.not_addressed",
    N_(
        "This is addressed to {to}; your profession ({role}) on this kit does not answer for it."
        " Nothing was recorded. Tell somebody who does."
    ),
)
ALREADY = sentence(
    "receipt.already", N_("Already acknowledged for this unit by {by} at {time}. Nothing to do.")
)
READBACK_NEEDED = sentence(
    "receipt.readback_needed",
    N_("Read this back before signing: {ask}. Nothing was acknowledged yet."),
)
MISREAD = sentence(
    "receipt.misread",
    N_(
        "What was read back is not what was sent. It is NOT acknowledged; the attempt is on record."
        " Read the text again, then type the value once more."
    ),
)
NO_STEP = sentence(
    "receipt.no_step", N_("A unit is reached by phone or by courier. Nothing was recorded.")
)
NOT_EXPECTED = sentence(
    "receipt.not_expected", N_("Unit {unit} was not asked. Nothing was recorded.")
)
BAD_CODE = sentence(
    "courier.bad_code",
    N_(
        "This is no courier code: six characters, without 0, O, 1, I or L. One of them may be"
        " wrong. Nothing was recorded. Read the sheet again."
    ),
)
UNKNOWN_CODE = sentence(
    "courier.unknown_code",
    N_(
        "No sheet that is out has this code. Nothing was recorded. Its text may have been replaced"
        " since: read the sheet's date, and call the unit."
    ),
)
NO_NAME = sentence(
    "courier.no_name",
    N_("Who signed the sheet? Type the name that stands on it. Nothing was recorded."),
)
