"""The file of a severity rule: readable JSON by the schema ``coachwork.severity/1`` (docs/severity.md)."""

import hashlib
import json
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from coachwork.assessments.severity import LevelEvidence, SeverityRule, SeverityTerm
from coachwork.assessments.severity_features import LONGEST, MEASURES, RING
from coachwork.errors import CoachworkError
from coachwork.inference.card_fields import CardFieldError, CardFields
from coachwork.taxonomy import DamageType, Severity

SCHEMA = "coachwork.severity/1"
_MEND = "fit one with  coachwork severity fit DATASET --out FILE"


class SeverityFileError(CoachworkError):
    """A severity rule's file cannot be used.

    Attributes:
        path: of the file.
        why: what is wrong with it, and what to do.
    """

    def __init__(self, *, path: Path, why: str) -> None:
        super().__init__(f"the severity rule {path} cannot be used: {why}")
        self.path = path
        self.why = why


def shipped_severity_path() -> Path:
    """Where the rule lies that ships in the package."""
    return Path(__file__).resolve().parent.parent / "severity.json"


def read_severity_rule(path: Path | None = None) -> SeverityRule:
    """Reads a rule, by default the one that ships in the package.

    Raises:
        SeverityFileError: the file is missing, broken or of another schema.
    """
    path = shipped_severity_path() if path is None else path
    try:
        data = path.read_bytes()
        value = json.loads(data)
    except OSError as missing:
        raise SeverityFileError(path=path, why=f"it cannot be read ({missing.strerror}); {_MEND}") from missing
    except ValueError as broken:
        raise SeverityFileError(path=path, why=f"it is not valid JSON ({broken}); {_MEND}") from broken
    try:
        return _rule_of(CardFields(value), hashlib.sha256(data).hexdigest())
    except CardFieldError as wrong:
        raise SeverityFileError(path=path, why=f"{wrong}; {_MEND}") from wrong


def write_severity_rule(path: Path, rule: SeverityRule, about: Mapping[str, Any]) -> None:
    """Writes a rule with what is to be known of it; a file that lies there is replaced whole.

    Args:
        path: of the file.
        rule: to write.
        about: plain JSON values beside the rule: when it was fitted, on what, how good it is.

    Raises:
        SeverityFileError: the file cannot be written.
    """
    text = json.dumps(_rule_to_json(rule) | dict(about), ensure_ascii=False, indent=1, allow_nan=False)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{path.name}-", dir=path.parent) as workplace:
            draft = Path(workplace) / path.name
            draft.write_text(text + "\n", encoding="utf-8")
            draft.replace(path)
    except OSError as refused:
        raise SeverityFileError(path=path, why=f"it cannot be written ({refused.strerror})") from refused


def _rule_to_json(rule: SeverityRule) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "name": rule.name,
        "levels": [level.value for level in rule.levels],
        "coverage": rule.coverage,
        "limits": list(rule.limits),
        "measures": {
            "longer side of the photo, px": LONGEST,
            "ring around a damage, px": RING,
            "natural logarithm of": {name: words for name, words in MEASURES.items() if name.startswith("log")},
        },
        "terms": {name: asdict(term) for name, term in rule.terms.items()},
        "cuts": list(rule.cuts),
        "guess_cuts": list(rule.guess_cuts),
        "evidence": {
            kind.value: {level.value: asdict(known) for level, known in levels.items()}
            for kind, levels in rule.evidence.items()
        },
    }


def _rule_of(fields: CardFields, digest: str) -> SeverityRule:
    """The rule of a file's JSON.

    Raises:
        CardFieldError: a field is missing or wrong.
    """
    fields.one_of("schema", (SCHEMA,))
    scale = fields.inside("measures")
    if (scale.whole("longer side of the photo, px"), scale.whole("ring around a damage, px")) != (LONGEST, RING):
        why = f"are of another scale than this version's, {LONGEST} and {RING} px"
        raise CardFieldError(where="measures", why=why)
    levels = tuple(fields.each_of("levels", Severity))
    evidence, terms = fields.inside("evidence"), fields.inside("terms")
    return fields.made(
        SeverityRule,
        name=fields.text("name"),
        digest=digest,
        levels=levels,
        coverage=fields.number("coverage"),
        limits=tuple(fields.texts("limits")),
        cuts=_numbers(fields, "cuts"),
        guess_cuts=_numbers(fields, "guess_cuts"),
        terms={name: _term(terms.inside(name)) for name in terms.values},
        evidence={
            kind: {level: _evidence(evidence.inside(kind.value).inside(level.value)) for level in levels}
            for kind in CardFields({"evidence": list(evidence.values)}).each_of("evidence", DamageType)
        },
    )


def _numbers(fields: CardFields, name: str) -> tuple[float, ...]:
    values = fields.values.get(name)
    if not isinstance(values, list):
        raise CardFieldError(where=name, why="must be a list of numbers")
    each = CardFields({f"{name}[{place}]": value for place, value in enumerate(values)})
    return tuple(each.number(place) for place in each.values)


def _term(fields: CardFields) -> SeverityTerm:
    numbers = {name: fields.number(name) for name in ("weight", "mean", "scale")}
    return fields.made(SeverityTerm, **numbers)


def _evidence(fields: CardFields) -> LevelEvidence:
    return LevelEvidence(
        examples=fields.whole("examples"),
        clusters=fields.whole("clusters"),
        least=None if fields.values.get("least") is None else fields.number("least"),
        greatest=None if fields.values.get("greatest") is None else fields.number("greatest"),
        covered=fields.flag("covered"),
    )
