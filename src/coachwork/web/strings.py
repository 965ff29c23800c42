"""What pages say, in each language: catalogues of TOML files, a folder a language, a file a room of pages.

What the rooms of the core say lies below the keys ``reason`` and ``schemes``, in English in the core's own files (see
`coachwork.reasons`); `coachwork.web.wording` puts the values into it.
"""

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from coachwork import valuation
from coachwork.reasons import templates

_FOLDER = Path(__file__).with_name("catalogues")
_VALUATION = Path(valuation.__file__).parent

LANGUAGES: Mapping[str, str] = {"en": "English", "de": "Deutsch"}
"""Code -> the language's own name; the first one is taken where nothing is asked for."""

DEFAULT = next(iter(LANGUAGES))


class Strings:
    """The sentences of one language.

    Attributes:
        language: its code, as in ``<html lang>``.
    """

    def __init__(self, language: str, entries: Mapping[str, str]) -> None:
        """Takes the entries, each under its whole key."""
        self.language, self._entries = language, entries

    def __call__(self, key: str, /, **values: object) -> str:
        """The sentence of a key, with its values put in; plain text, which templates escape.

        Of a sentence that counts, ``key.one`` stands for a `count` of 1 and ``key.other`` for all else.

        Raises:
            KeyError: there is none of that key, or a value is missing.
        """
        if key not in self._entries and "count" in values:
            key = f"{key}.{'one' if values['count'] == 1 else 'other'}"
        text = self._entries[key]
        return text.format(**values) if values else text

    def template(self, key: str) -> str:
        """The sentence of a key as it stands in the catalogue, with its fields.

        Raises:
            KeyError: there is none.
        """
        return self._entries[key]

    def __contains__(self, key: str) -> bool:
        return key in self._entries

    def some(self, prefix: str) -> dict[str, str]:
        """The entries below a key, by the rest of theirs: what a script on the page needs."""
        head = f"{prefix}."
        return {key.removeprefix(head): text for key, text in self._entries.items() if key.startswith(head)}


@cache
def strings(language: str) -> Strings:
    """The sentences of a language.

    Raises:
        KeyError: pages do not speak it.
    """
    if language not in LANGUAGES:
        raise KeyError(language)
    return Strings(language, entries(language))


def entries(language: str) -> dict[str, str]:
    """All entries of a language's files; the file's name begins the key."""
    found = _of_the_core() if language == DEFAULT else {}
    for path in sorted((_FOLDER / language).glob("*.toml")):
        found |= dict(_flat(tomllib.loads(path.read_text(encoding="utf-8")), path.stem))
    return found


def _of_the_core() -> dict[str, str]:
    """What rooms of the core have in English: reasons, and the words of the schemes and charges that ship."""
    found = {f"reason.{code}": text for code, text in templates().items()}
    for folder in ("schemes", "charges"):
        for path in sorted((_VALUATION / folder).glob("*.toml")):
            tables = tomllib.loads(path.read_text(encoding="utf-8"))
            found[f"schemes.{path.stem}.title"] = tables.get("scheme", tables.get("charges", {}))["title"]
            for kind in ("classes", "rules", "grades", "entries"):
                listed = tables.get(kind, {}).items()
                found |= {f"schemes.{path.stem}.{kind}.{name}": str(one["words"]) for name, one in listed}
    return found


def language_of(told: str | None, accepted: str) -> str:
    """The language for a reader.

    Args:
        told: what the reader chose; None or an unknown one leaves it to the browser.
        accepted: the browser's ``Accept-Language``.

    >>> language_of(None, "fr-FR, de-CH;q=0.8, en;q=0.5"), language_of("en", "de"), language_of(None, "*")
    ('de', 'en', 'en')
    """
    if told in LANGUAGES:
        return str(told)
    wanted: list[tuple[float, str]] = []
    for one in accepted.split(",")[:20]:
        name, _, weight = one.strip().partition(";q=")
        try:
            wanted.append((-float(weight or 1), name.partition("-")[0].lower()))
        except ValueError:
            continue
    return next(
        (name for weight, name in sorted(wanted, key=lambda one: one[0]) if name in LANGUAGES and weight), DEFAULT
    )


def _flat(values: Mapping[str, Any], head: str) -> Iterator[tuple[str, str]]:
    for key, value in values.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{head}.{key}")
        else:
            yield f"{head}.{key}", str(value)
