"""Releases as JSON, by the schema ``coachwork.release/1``: what stores keep and `coachwork release --json` prints."""

from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from coachwork.registry.release import Action, BundleVersion, Limits, Mode, Release, ReleaseError

SCHEMA = "coachwork.release/1"


def release_to_json(release: Release) -> dict[str, Any]:
    """As plain values."""
    return {
        "schema": SCHEMA,
        "revision": release.revision,
        "action": release.action.value,
        "by": release.by,
        "why": release.why,
        "at": release.at.isoformat(),
        "champion": None if release.champion is None else asdict(release.champion),
        "challenger": None if release.challenger is None else asdict(release.challenger),
        "mode": release.mode.value,
        "share": release.share,
        "tenants": list(release.tenants),
        "trial": release.trial,
        "limits": asdict(release.limits),
    }


def release_from_json(told: object) -> Release:
    """What `release_to_json` wrote.

    Raises:
        ReleaseError: it is none.
    """
    if not isinstance(told, Mapping) or told.get("schema") != SCHEMA:
        message = f"this is no release: its schema must be {SCHEMA}"
        raise ReleaseError(message)
    try:
        return Release(
            champion=_bundle(told["champion"]),
            challenger=_bundle(told["challenger"]),
            mode=Mode(told["mode"]),
            share=float(told["share"]),
            tenants=tuple(str(one) for one in told["tenants"]),
            limits=Limits(**{field.name: told["limits"][field.name] for field in fields(Limits)}),
            trial=int(told["trial"]),
            revision=int(told["revision"]),
            action=Action(told["action"]),
            by=str(told["by"]),
            why=str(told["why"]),
            at=datetime.fromisoformat(told["at"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as broken:
        message = f"this is no release: {broken!r} is missing or wrong"
        raise ReleaseError(message) from broken


def _bundle(told: Mapping[str, Any] | None) -> BundleVersion | None:
    return None if told is None else BundleVersion(**{field.name: told[field.name] for field in fields(BundleVersion)})
