"""What formats say of a shape beside its label: kept as texts."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from coachwork.taxonomy import Severity

SEVERITY = "severity"
"""Name under which Coachwork writes a severity among a shape's attributes, and reads it."""

LONGEST = 2000
"""Characters of a value that are kept."""


def texts_of(
    values: Mapping[str, object] | object, *, without: AbstractSet[str] = frozenset({SEVERITY})
) -> dict[str, str]:
    """Texts, numbers and flags among foreign attributes as texts, without some names and without empty values.

    >>> texts_of({"occluded": True, "depth": 2.5, "note": "", "severity": "minor", "points": []})
    {'occluded': 'true', 'depth': '2.5'}
    """
    if not isinstance(values, Mapping):
        return {}
    texts = {
        str(name): str(value).lower() if isinstance(value, bool) else str(value)[:LONGEST]
        for name, value in values.items()
        if isinstance(value, str | int | float) and name not in without
    }
    return {name: text for name, text in texts.items() if text}


def severity_of(values: object) -> Severity | None:
    """The severity among foreign attributes, if it is one of Coachwork's.

    >>> severity_of({"severity": "minor"}), severity_of({"severity": "bad"}), severity_of(None)
    (<Severity.MINOR: 'minor'>, None, None)
    """
    stated = values.get(SEVERITY) if isinstance(values, Mapping) else None
    return Severity(stated) if isinstance(stated, str) and stated in list(Severity) else None


def attributes_of(attributes: Mapping[str, str], severity: Severity | None) -> dict[str, str]:
    """A shape's attributes as a writer puts them down, the severity among them."""
    return dict(attributes) | ({} if severity is None else {SEVERITY: severity.value})
