"""What a check found as JSON, ``coachwork.drift/1``."""

from dataclasses import asdict
from typing import Any

from coachwork.monitoring.drift import DriftReport, SliceDrift

SCHEMA = "coachwork.drift/1"


def drift_to_json(report: DriftReport) -> dict[str, Any]:
    """The report as JSON values; p-values keep three digits, effects four."""
    return {
        "schema": SCHEMA,
        "level": report.level.value,
        "photos": report.photos,
        "needed": report.needed,
        "shortage": report.shortage or None,
        "begun": None if report.begun is None else report.begun.isoformat(),
        "ended": None if report.ended is None else report.ended.isoformat(),
        "bundle": report.bundle,
        "bundle_digest": report.bundle_digest,
        "alpha": report.alpha,
        "false_alarms_a_month": report.false_alarms_a_month,
        "notes": list(report.notes),
        "slices": [_slice(one) for one in report.slices],
    }


def _slice(one: SliceDrift) -> dict[str, Any]:
    return {
        "dimension": one.slice.dimension.value,
        "name": one.slice.name,
        "photos": one.photos,
        "cases": one.cases,
        "level": one.level.value,
        "causes": [
            {
                "cause": found.cause.value,
                "level": found.level.value,
                "words": found.words,
                "signals": list(found.signals),
            }
            for found in one.causes
        ],
        "signals": [
            asdict(signal)
            | {
                "level": signal.level.value,
                "effect": round(signal.effect, 4),
                "p_value": float(f"{signal.p_value:.3g}"),
                "p_adjusted": float(f"{signal.p_adjusted:.3g}"),
            }
            for signal in one.signals
        ],
    }
