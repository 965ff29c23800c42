"""Which licences of photos are open, told from the many ways in which people write them."""

import itertools
import re
from collections.abc import Collection
from dataclasses import dataclass

_CC_URL = re.compile(
    r"creativecommons\.org/(?:licenses/(?P<kind>[a-z+-]+)/(?P<version>\d\.\d)|publicdomain/(?P<public>zero|mark)/1\.0)"
)
_CC_WORDS = (
    (re.compile(r"creative[\s_-]*commons?"), "cc "),
    (re.compile(r"share[\s_-]*alike"), "sa "),
    (re.compile(r"non[\s_-]*commercial"), "nc "),
    (re.compile(r"no[\s_-]*deriv(ative)?s?(\s*works?)?"), "nd "),
    (re.compile(r"attribution"), "by "),
)
_FILLERS = frozenset({"license", "licence", "international", "generic", "unported", "public", "the"})
_CC_PARTS = ("by", "nc", "nd", "sa")
_PARENTHESIS = re.compile(r"([^()]+)\(([^()]+)\)\s*")
_CC_VERSION = re.compile(r"v?([1-4])(?:\.(\d))?")
_CC0 = frozenset(
    {"cc0", "cc0 1.0", "cc zero", "cc zero 1.0", "public domain dedication", "public domain dedication cc0"}
)
_MARK = frozenset({"public domain mark", "public domain mark 1.0", "pdm", "pdm 1.0", "cc pdm 1.0", "cc pdm"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Licence:
    """A licence that was recognised, or that the user allowed.

    Attributes:
        name: SPDX identifier; ``CC-BY`` or ``CC-BY-SA`` alone where no version is stated; else the words as stated.
        url: of its text, empty where unknown.
        needs_author: whether the author must be named.
    """

    name: str
    url: str = ""
    needs_author: bool = True


_OTHERS = {
    licence.name.lower(): licence
    for licence in (
        Licence(name="PDDL-1.0", url="https://opendatacommons.org/licenses/pddl/1-0/", needs_author=False),
        Licence(name="ODC-By-1.0", url="https://opendatacommons.org/licenses/by/1-0/"),
        Licence(name="etalab-2.0", url="https://www.etalab.gouv.fr/licence-ouverte-open-licence"),
        Licence(name="OGL-UK-3.0", url="https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/"),
        Licence(name="LAL-1.3", url="https://artlibre.org/licence/lal/en/"),
    )
}
_PUBLIC_DOMAIN = "https://creativecommons.org/publicdomain"
_ZERO = Licence(name="CC0-1.0", url=f"{_PUBLIC_DOMAIN}/zero/1.0/", needs_author=False)
_PUBLIC_DOMAIN_MARK = Licence(name="CC-PDM-1.0", url=f"{_PUBLIC_DOMAIN}/mark/1.0/", needs_author=False)


def recognise_licence(stated: str) -> Licence | None:
    """The licence that a text or address names, open or not; None where it names none that is known.

    >>> recognise_licence("https://creativecommons.org/licenses/by-sa/4.0/deed.en").name
    'CC-BY-SA-4.0'
    >>> recognise_licence("Attribution-NonCommercial 2.0 Generic (CC BY-NC 2.0)").name
    'CC-BY-NC-2.0'
    """
    text = stated.strip().lower()
    if found := _CC_URL.search(text):
        if found["public"]:
            return _ZERO if found["public"] == "zero" else _PUBLIC_DOMAIN_MARK
        return _creative_commons(re.split(r"[-+]", found["kind"]), found["version"])
    if text in _OTHERS:
        return _OTHERS[text]
    if inner := _PARENTHESIS.fullmatch(text):
        short, long = recognise_licence(inner[2]), recognise_licence(inner[1])
        if short is not None and (long is None or _family(long) == _family(short)):
            return short
    return _by_words(text)


def _by_words(text: str) -> Licence | None:
    for words, short in _CC_WORDS:
        text = words.sub(short, text)
    tokens = [token for token in re.split(r"[^a-z0-9.]+", text) if token]
    plain = " ".join(tokens).replace(" v1.0", " 1.0").removesuffix(" universal")
    if plain in _CC0:
        return _ZERO
    if plain in _MARK:
        return _PUBLIC_DOMAIN_MARK
    return _from_tokens(tokens)


def open_licence(stated: str, allowed: Collection[str] = ()) -> Licence:
    """The open licence that a text names: free to use, to change and to pass on, commercially too.

    Args:
        stated: as the listing has it.
        allowed: names that the user allows besides, in any case.

    Raises:
        ValueError: the licence is not open, or not known; the message is one sentence without capital and full stop.
    """
    licence = recognise_licence(stated)
    if {stated.strip().casefold(), licence.name.casefold() if licence else ""} & {name.casefold() for name in allowed}:
        return licence or Licence(name=stated.strip())
    if licence is None:
        message = (
            f"{stated.strip()[:80]!r} is not known as an open licence: allow it by this name if you may use such photos"
        )
        raise ValueError(message)
    parts = licence.name.split("-")
    if "NC" in parts:
        message = f"{licence.name} forbids commercial use"
        raise ValueError(message)
    if "ND" in parts:
        message = f"{licence.name} forbids what is derived from the photo"
        raise ValueError(message)
    return licence


def _from_tokens(tokens: list[str]) -> Licence | None:
    """``cc by sa 4.0`` and the like; nothing may be left over but a country's code at the end, after the version."""
    words = [token for token in tokens if token not in _FILLERS]
    words = words[1:] if words[:1] == ["cc"] else words
    kinds = list(itertools.takewhile(lambda word: word in _CC_PARTS, words))
    rest = words[len(kinds) :]
    version = _CC_VERSION.fullmatch(rest[0]) if rest else None
    country = rest[1:] if version else rest
    if "by" not in kinds or len(country) > 1 or (country and not (version and len(country[0]) == 2)):
        return None
    return _creative_commons(kinds, f"{version[1]}.{version[2] or 0}" if version else "")


def _family(licence: Licence) -> set[str]:
    """What a licence demands, whatever its version: the letters of its name."""
    return {part for part in licence.name.split("-") if part.isalpha()}


def _creative_commons(kinds: Collection[str], version: str) -> Licence | None:
    if "by" not in kinds or not set(kinds) <= set(_CC_PARTS):
        return None
    kind = [part for part in _CC_PARTS if part in kinds]
    url = f"https://creativecommons.org/licenses/{'-'.join(kind)}/{version}/" if version else ""
    return Licence(name="-".join(["CC", *(part.upper() for part in kind), *([version] if version else [])]), url=url)
