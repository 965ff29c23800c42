"""Findings of fraud checks as JSON, by the schema ``coachwork.fraud/1`` (docs/fraud.md)."""

import json
from pathlib import Path
from typing import Any

from coachwork.claims.fraud_signals import Check, FraudFindings, FraudSignal, SignalKind, Strength
from coachwork.errors import CoachworkError

SCHEMA = "coachwork.fraud/1"
_MOST_BYTES = 64 << 20


class FraudFileError(CoachworkError):
    """A file of fraud findings cannot be used."""

    def __init__(self, file: Path, why: str) -> None:
        self.file = file
        super().__init__(f"{file}: {why}")


def findings_to_json(findings: FraudFindings) -> dict[str, Any]:
    """The findings as plain JSON values."""
    return {
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
    return FraudFindings.of(
        str(values["claim"]),
        {str(photo["name"]): str(photo["sha256"]) for photo in values["photos"]},
        [Check(one) for one in values["checks"]],
        [_signal(one) for one in values["signals"]],
    )


def _signal(values: Any) -> FraudSignal:
    return FraudSignal(
        kind=SignalKind(values["kind"]),
        strength=Strength(values["strength"]),
        sentence=str(values["sentence"]),
        photos=tuple(str(name) for name in values["photos"]),
        evidence=dict(values["evidence"]),
    )
