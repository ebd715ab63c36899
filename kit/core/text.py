"""Words for people: catalogues by domain, language chosen once when a process starts.

Not for: formatting of numbers, dates or doses (`quantity`, `clock`). Message ids are the English
sentences; French is the first language of the product, English its second complete one.
"""

from __future__ import annotations

import gettext
from collections.abc import Callable
from functools import cache
from importlib import resources

LANGUAGES = ("fr", "en")
_chosen = ["fr"]


def choose_language(language: str) -> None:
    """Set the language of every catalogue: one of LANGUAGES, else French."""
    _chosen[0] = language if language in LANGUAGES else "fr"


def language() -> str:
    """The language in force, `fr` or `en`."""
    return _chosen[0]


@cache
def _catalogue(domain: str, lang: str) -> gettext.NullTranslations:
    folder = str(resources.files("kit") / "locale")
    return gettext.translation(domain, folder, languages=[lang], fallback=True)


def translator(domain: str) -> Callable[[str], str]:
    """The function that translates one domain's sentences at the moment of display."""

    def translate(message: str) -> str:
        return _catalogue(domain, _chosen[0]).gettext(message) if message else ""

    return translate


def plural_translator(domain: str) -> Callable[[str, str, int], str]:
    """Like `translator`, for sentences that count: (singular, plural, n)."""

    def translate(one: str, many: str, n: int) -> str:
        return _catalogue(domain, _chosen[0]).ngettext(one, many, n)

    return translate
