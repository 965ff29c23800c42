"""The parts of a card that say how scores become probabilities and promises; cards of earlier versions lack them."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from coachwork.assessments.familiarity import Familiarity, packed, unpacked
from coachwork.assessments.held_out import HeldOut
from coachwork.assessments.miss_rate import DamagedGroup
from coachwork.assessments.score_calibration import ScoreCalibration, ScoreMethod, ScoreReliability
from coachwork.assessments.verdict import VerdictCalibration
from coachwork.inference.card_fields import CardFields
from coachwork.taxonomy import Kind


def verdict_to_json(verdict: VerdictCalibration) -> dict[str, Any]:
    """The calibration of a photo's verdict as plain JSON values."""
    groups = [
        {
            "name": group.name,
            "pictures": group.pictures,
            "clusters": group.clusters,
            "lowest": [[probability, size] for probability, size in group.lowest],
        }
        for group in verdict.groups
    ]
    held_out = [asdict(one) for one in verdict.held_out]
    return asdict(verdict) | {"coefficients": dict(verdict.coefficients), "groups": groups, "held_out": held_out}


def groups_from_json(verdict: CardFields) -> tuple[DamagedGroup, ...]:
    """The damaged calibration pictures by kind; none where the card has none.

    Raises:
        CardFieldError: a field is missing or wrong.
    """
    if verdict.values.get("groups") is None:
        return ()
    return tuple(
        group.made(
            DamagedGroup,
            name=group.text("name"),
            pictures=group.whole("pictures"),
            clusters=group.whole("clusters"),
            lowest=tuple((probability, int(size)) for probability, size in group.pairs("lowest")),
        )
        for group in verdict.each_inside("groups")
    )


def held_out_from_json(verdict: CardFields) -> tuple[HeldOut, ...]:
    """What the calibration was worth on cars that it had not seen; none where the card does not say.

    Raises:
        CardFieldError: a field is missing or wrong.
    """
    if verdict.values.get("held_out") is None:
        return ()
    names = ("damaged", "missed", "undamaged", "called_none", "called_damaged")
    return tuple(
        one.made(
            HeldOut,
            miss_rate=one.number("miss_rate"),
            group=one.text("group"),
            **{name: one.whole(name) for name in names},
        )
        for one in verdict.each_inside("held_out")
    )


def scores_to_json(rules: Mapping[Kind, ScoreCalibration]) -> dict[str, Any] | None:
    """The rules that turn scores into probabilities, by type; None where there are none."""
    if not rules:
        return None
    return {
        kind.value: asdict(rule) | {"method": rule.method.value, "knots": [list(knot) for knot in rule.knots]}
        for kind, rule in rules.items()
    }


def scores_from_json(card: CardFields, types: Iterable[Kind]) -> dict[Kind, ScoreCalibration]:
    """The rules of those types that have one; none where the card has none.

    Raises:
        CardFieldError: a field is missing or wrong.
    """
    rules = card.inside_or_none("score_calibration")
    if rules is None:
        return {}
    return {kind: _score_rule(rules.inside(kind.value)) for kind in types if kind.value in rules.values}


def _score_rule(rule: CardFields) -> ScoreCalibration:
    measured = rule.inside_or_none("reliability")
    return rule.made(
        ScoreCalibration,
        method=ScoreMethod(rule.one_of("method", tuple(ScoreMethod))),
        slope=rule.number("slope"),
        intercept=rule.number("intercept"),
        knots=tuple(rule.pairs("knots")),
        reliability=None
        if measured is None
        else ScoreReliability(
            detections=measured.whole("detections"),
            right=measured.whole("right"),
            error_before=measured.number("error_before"),
            error_after=measured.number("error_after"),
            brier_before=measured.number("brier_before"),
            brier_after=measured.number("brier_after"),
            error_by_chance=None
            if measured.values.get("error_by_chance") is None
            else measured.number("error_by_chance"),
        ),
    )


def familiarity_to_json(known: Familiarity | None) -> dict[str, Any] | None:
    """What photos of cars look like to the model, its long rows of numbers packed."""
    if known is None:
        return None
    return {
        "embedding": len(known.mean),
        "mean": packed(known.mean),
        "axes": packed(known.axes) if len(known.axes) else "",
        "variances": [float(f"{variance:.6g}") for variance in known.variances],
        "rest": known.rest,
        "limit": known.limit,
        "false_alarm_rate": known.false_alarm_rate,
        "how": known.how,
    } | ({} if known.doubt_limit is None else {"doubt_limit": known.doubt_limit})


def familiarity_from_json(card: CardFields) -> Familiarity | None:
    """The same from a card; None where it has none.

    Raises:
        CardFieldError: a field is missing or wrong.
    """
    known = card.inside_or_none("familiarity")
    return None if known is None else known.made(lambda: _familiarity(known))


def _familiarity(known: CardFields) -> Familiarity:
    length, axes = known.whole("embedding"), known.text("axes")
    empty = np.zeros((0, max(length, 0)), dtype=np.float32)
    return Familiarity(
        mean=unpacked(known.text("mean"), length=length)[0],
        axes=unpacked(axes, length=length) if axes else empty,
        variances=np.array(known.numbers("variances"), dtype=np.float32),
        rest=known.number("rest"),
        limit=known.number("limit"),
        false_alarm_rate=known.number("false_alarm_rate"),
        how=known.text("how"),
        doubt_limit=None if known.values.get("doubt_limit") is None else known.number("doubt_limit"),
    )
