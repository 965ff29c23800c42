"""The figures of one model in one slice, with what they become on each resample of the photos."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coachwork.evaluation.average_precision import Extent, PrecisionCurves, precision_curves, resampled_precision
from coachwork.evaluation.bootstrap import Weights, mean_where_measured, ratio
from coachwork.evaluation.contenders import Look, Looks
from coachwork.evaluation.pairs import HEADLINE_TYPES, Pair, evaluated_types
from coachwork.evaluation.slices import Slice
from coachwork.evaluation.verdict import VerdictCase, auroc, verdict_cases, verdict_figures
from coachwork.taxonomy import KINDS, Kind

_MAIN, _MEAN = "dent, scratch, missing part", "mean of all types"
_PICTURES = {"photos": ("photos", "undamaged cars"), "crops": ("crops", "damage-free crops")}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Measure:
    """One figure of one model.

    Attributes:
        name: in words.
        group: which table it stands in.
        value: the figure, NaN where it cannot be measured.
        resampled: (B,) float64, the figure on each resample.
        higher_is_better: else lower is.
        photos: photos or crops that it rests on.
        unit: "photos" or "crops".
        basis: what else to say of that.
    """

    name: str
    group: str
    value: float
    resampled: NDArray[np.float64]
    higher_is_better: bool = True
    photos: int
    unit: str = "photos"
    basis: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SliceView:
    """What one model found in one slice.

    Attributes:
        look: the model's look at all photos.
        pairs: (Q,) annotated photos of the slice, with what belongs to it.
        types: that are judged, the same for all models.
        weights: (B, Q) resamples of these photos.
        cases: by kind of picture, those that say whether they show damage.
        case_weights: by kind of picture, (B, cases) resamples.
        undamaged_photos: photos of the slice that show no damage.
    """

    look: Look
    pairs: tuple[Pair, ...]
    types: tuple[Kind, ...]
    weights: Weights
    cases: dict[str, list[VerdictCase]]
    case_weights: dict[str, Weights]
    undamaged_photos: int

    @property
    def damaged_photos(self) -> int:
        """Annotated photos of the slice that show a damage."""
        return sum(bool(pair.sample.shapes) for pair in self.pairs)


def views_of(looks: Looks, one: Slice, weights: Weights) -> list[SliceView]:
    """Each model's view of a slice; all hold the same photos and judge the same types.

    Args:
        looks: of all models.
        one: the slice.
        weights: (B, P) resamples of all photos.
    """
    seen = {kind for look in looks.looks for kind in look.contender.types}
    types = {kind for look in looks.looks for kind in evaluated_types(look.pairs[: looks.photos])}
    chosen = tuple(kind for kind in KINDS if kind in types)
    return [_view(look, looks, one, weights=weights, types=chosen, seen=frozenset(seen)) for look in looks.looks]


def _view(
    look: Look, looks: Looks, one: Slice, *, weights: Weights, types: tuple[Kind, ...], seen: frozenset[Kind]
) -> SliceView:
    taken = [
        (place, part)
        for place, (pair, quality) in enumerate(zip(look.pairs, looks.qualities, strict=True))
        if (part := one.take(pair, quality)) is not None
    ]
    judged = [(place, part) for place, part in taken if place < looks.photos]
    photos = [(p, part) for p, part in taken if part.sample.shapes or part.sample.annotated >= seen]
    crops = [(place, case) for place, _ in judged for case in look.crops[place]]
    cases = {"photos": verdict_cases([part for _, part in photos]), "crops": [case for _, case in crops]}
    places = {"photos": [place for place, _ in photos], "crops": [place for place, _ in crops]}
    wanted = {kind: cases[kind] for kind in cases if cases[kind] and one.judges_photos}
    return SliceView(
        look=look,
        pairs=tuple(part for _, part in judged),
        types=types,
        weights=weights[:, [place for place, _ in judged]],
        cases=wanted,
        case_weights={kind: weights[:, places[kind]] for kind in wanted},
        undamaged_photos=sum(not part.sample.shapes for _, part in taken),
    )


def measures(view: SliceView, *, in_full: bool) -> tuple[dict[str, Measure], tuple[PrecisionCurves, ...]]:
    """The figures of a view by key, and the curves they were read from.

    Args:
        view: the model and the slice.
        in_full: with AP over all IoU, each type and the share of false alarms; else AP50, AUROC and the miss rate.
    """
    found: dict[str, Measure] = {}
    curves = []
    if view.pairs:
        for extent in (Extent.MASK, Extent.BOX):
            part = precision_curves(view.pairs, view.types, extent)
            if part is not None:
                curves.append(part)
                found |= dict(_precision(view, part, in_full=in_full))
    for kind, cases in view.cases.items():
        found |= dict(_verdict(view, kind, cases, in_full=in_full))
    return {key: one for key, one in found.items() if np.isfinite(one.value)}, tuple(curves)


def _precision(view: SliceView, curves: PrecisionCurves, *, in_full: bool) -> Iterator[tuple[str, Measure]]:
    mean, at_half = resampled_precision(curves, view.weights)
    parts = {
        "ap50": (curves.average_precision(iou=0.5), at_half, "AP50"),
        "ap": (curves.average_precision(), mean, "AP"),
    }
    every = list(range(len(curves.types)))
    main = [k for k in every if curves.types[k] in HEADLINE_TYPES]
    photos, chosen = len(view.pairs), main or every  # a model of parts knows none of the main types
    for short, (values, resampled, word) in parts.items() if in_full else [("ap50", parts["ap50"])]:
        yield (
            f"{curves.extent}_{short}",
            Measure(
                name=f"{curves.extent} {word}, {_MAIN if main else _MEAN}",
                group="headline",
                value=float(mean_where_measured(values[chosen])),
                resampled=mean_where_measured(resampled[:, chosen]),
                photos=photos,
                basis=f"{int(curves.truths[chosen].sum())} shapes",
            ),
        )
    if not in_full:
        return
    for k, kind in enumerate(curves.types):
        yield (
            f"{curves.extent}_ap50 {kind.value}",
            Measure(
                name=f"{kind.words}, {curves.extent} AP50",
                group="type",
                value=float(parts["ap50"][0][k]),
                resampled=at_half[:, k],
                photos=int(curves.photos[k]),
                basis=f"{int(curves.truths[k])} shapes",
            ),
        )


def _verdict(
    view: SliceView, kind: str, cases: Sequence[VerdictCase], *, in_full: bool
) -> Iterator[tuple[str, Measure]]:
    damaged = np.array([case.damaged for case in cases], dtype=np.bool_)
    probabilities, none, alarm = _outcomes(view, cases)
    every = np.vstack([np.ones((1, len(cases)), dtype=np.int64), view.case_weights[kind]])
    bad, good = int(damaged.sum()), int((~damaged).sum())
    pictures, clean = _PICTURES[kind]

    def measure(name: str, values: NDArray[np.float64], *, higher: bool, basis: str, photos: int) -> Measure:
        return Measure(
            name=name,
            group="verdict",
            value=float(values[0]),
            resampled=values[1:],
            higher_is_better=higher,
            photos=photos,
            unit=pictures,
            basis=basis,
        )

    areas = auroc(probabilities, damaged, every)
    yield (
        f"auroc {kind}",
        measure(
            f"AUROC, {pictures} against {clean}", areas, higher=True, photos=bad + good, basis=f"{bad} against {good}"
        ),
    )
    if view.look.contender.point.verdict is not None:
        missed = _share(none & damaged, every * damaged)
        yield (
            f"miss_rate {kind}",
            measure(f"damaged {pictures} called none", missed, higher=False, photos=bad, basis=f"{bad} damaged"),
        )
    if in_full:
        alarms = _share(alarm & ~damaged, every * ~damaged)
        yield (
            f"false_alarm_rate {kind}",
            measure(f"{clean} called damaged", alarms, higher=False, photos=good, basis=f"{good} undamaged"),
        )


def _outcomes(
    view: SliceView, cases: Sequence[VerdictCase]
) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_]]:
    """Damage probability of each picture (P,), whether it is called none, whether it is called damaged.

    Each picture is judged alone, so that the rule stands in one place, `verdict_figures`.
    """
    point, nothing = view.look.contender.point, np.zeros((0, 1), dtype=np.int64)
    judged = [verdict_figures([case], point.verdict, point.thresholds, nothing) for case in cases]
    none = [(one.miss_rate if case.damaged else one.none_rate).value for one, case in zip(judged, cases, strict=True)]
    alarm = [one.false_alarm_rate.value or 0.0 for one in judged]
    return (
        np.array([one.probabilities[0] for one in judged], dtype=np.float64),
        np.array(none, dtype=np.float64) > 0,
        np.array(alarm, dtype=np.float64) > 0,
    )


def _share(chosen: NDArray[np.bool_], weights: NDArray[np.int64]) -> NDArray[np.float64]:
    return ratio(weights @ chosen.astype(np.float64), weights.sum(axis=1))
