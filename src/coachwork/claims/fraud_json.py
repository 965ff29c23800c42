"""Findings of fraud checks as JSON, by the schema ``coachwork.fraud/1`` (docs/fraud.md)."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from coachwork.claims.fraud_signals import Check, FraudFindings, FraudSignal, SignalKind, Strength
from coachwork.errors import CoachworkError
from coachwork.reasons import Reason, reasons_of, with_reasons

SCHEMA = "coachwork.fraud/1"
_MOST_BYTES = 64 << 20


class FraudFileError(CoachworkError):
    """A file of fraud findings cannot be used."""

    def __init__(self, file: Path, why: str) -> None:
        self.file = file
        super().__init__(f"{file}: {why}")


def findings_to_json(findings: FraudFindings) -> dict[str, Any]:
    """The findings as plain JSON values."""
    told = {
        "schema": SCHEMA,
        "claim": findings.claim,
        "to_a_person": bool(findings.strong),
        "photos": [{"name": name, "sha256": digest} for name, digest in findings.photos.items()],
        "checks": [check.value for check in findings.checks],
        "signals": [
            {
                "kind": one.kind.value,
                "strength": one.strength.value,
                "sentence": one.sentence,
                "photos": list(one.photos),
                "evidence": dict(one.evidence),
            }
            for one in findings.signals
        ],
    }
    return with_reasons(told)


def read_findings(path: Path) -> FraudFindings:
    """Reads what `coachwork fraud check --json` wrote.

    Raises:
        FraudFileError: the file cannot be read, or is not of that schema.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
        if len(data) > _MOST_BYTES:
            raise FraudFileError(path, "is larger than any such file: name what `coachwork fraud check --json` wrote")
        values = json.loads(data)
    except OSError as fault:
        raise FraudFileError(path, f"cannot be read ({fault.strerror}): check the path") from fault
    except (ValueError, RecursionError) as fault:
        raise FraudFileError(path, "is not JSON: name what `coachwork fraud check --json` wrote") from fault
    try:
        return findings_of(values)
    except (KeyError, TypeError, ValueError, AttributeError) as fault:
        why = f'must be an object with "schema": "{SCHEMA}" as `coachwork fraud check --json` writes it'
        raise FraudFileError(path, why) from fault


def findings_of(values: Any) -> FraudFindings:
    """The findings that `findings_to_json` told.

    Raises:
        KeyError, TypeError, ValueError, AttributeError: the values are no such object.
    """
    if values["schema"] != SCHEMA:
        message = f"the schema is {values['schema']!r}, not {SCHEMA!r}"
        raise ValueError(message)
    known = reasons_of(values)
    return FraudFindings.of(
        str(values["claim"]),
        {str(photo["name"]): str(photo["sha256"]) for photo in values["photos"]},
        [Check(one) for one in values["checks"]],
        [_signal(one, known) for one in values["signals"]],
    )


def _signal(values: Any, known: Mapping[str, Reason]) -> FraudSignal:
    sentence = str(values["sentence"])
    return FraudSignal(
        kind=SignalKind(values["kind"]),
        strength=Strength(values["strength"]),
        sentence=known.get(sentence, sentence),
        photos=tuple(str(name) for name in values["photos"]),
        evidence=dict(values["evidence"]),
    )
