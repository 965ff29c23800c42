"""Gates on what a candidate sees: against the champion on the same photos, and against its own promise."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from coachwork.evaluation.bootstrap import Figure
from coachwork.evaluation.comparing import Comparison, Row, SliceRows
from coachwork.evaluation.contenders import Look
from coachwork.evaluation.pairs import Pair
from coachwork.evaluation.slices import SLICES, Slice
from coachwork.evaluation.verdict import VerdictCase, verdict_cases, verdict_figures
from coachwork.photos.quality import Quality
from coachwork.registry.deciding import not_worse, turned, within_promise
from coachwork.registry.gate import Finding, Outcome
from coachwork.registry.gate_limits import MissRateLimit, NotWorse, SliceLimits
from coachwork.registry.operating_figures import TypeFigures
from coachwork.taxonomy import KINDS, Kind

_SLICE_KEYS = {"ap50": ("mask_ap50", "box_ap50"), "auroc": ("auroc photos",), "miss_rate": ("miss_rate photos",)}
_SLICE_WORDS = {"ap50": "AP50", "auroc": "AUROC", "miss_rate": "called none"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Compared:
    """One figure of champion and candidate.

    Attributes:
        name: in words.
        values: of the champion and of the candidate, shares.
        difference: candidate minus champion, more is better.
        photos: that it rests on.
    """

    name: str
    values: tuple[float | None, float | None]
    difference: Figure
    photos: int


def headline_finding(comparison: Comparison, limit: NotWorse) -> Finding:
    """AP50 over the main types."""
    row = _first(comparison.overall, _SLICE_KEYS["ap50"])
    return _judged("headline", _of_row(row, "main types, AP50", comparison.overall.photos), limit)


def type_findings(
    comparison: Comparison, at_threshold: Mapping[Kind, TypeFigures], limit: NotWorse
) -> Iterator[Finding]:
    """AP50 and F1 of each type that a photo shows or a model sees."""
    for kind in (kind for kind in KINDS if kind in at_threshold):
        figures, own = at_threshold[kind], limit.of(kind.value)
        row = _first(comparison.overall, (f"mask_ap50 {kind.value}", f"box_ap50 {kind.value}"))
        yield _judged("types", _of_row(row, f"{kind.words}, AP50", figures.photos), own)
        if not figures.photos:
            continue
        champion, candidate = (None if np.isnan(value) else value for value in figures.values)
        compared = _Compared(
            name=f"{kind.words}, F1 at the threshold",
            values=(champion, candidate),
            difference=figures.difference,
            photos=figures.photos,
        )
        yield _judged("types", compared, own)


def slices_of(limits: SliceLimits, sources: Sequence[str]) -> tuple[Slice, ...]:
    """The slices that are looked at: those of every comparison, and a market for each source."""
    markets = [
        Slice(name=f"market {name}", definition=f"photos of {name}", take=partial(_of_source, source=name))
        for name in dict.fromkeys(sources)
    ]
    return (*SLICES, *(markets if limits.markets and len(markets) > 1 else ()))


def slice_findings(comparison: Comparison, limits: SliceLimits) -> Iterator[Finding]:
    """The figures asked for within each slice."""
    for part in comparison.slices:
        for name in limits.figures:
            if name != "ap50" and not part.slice.judges_photos:
                continue
            compared = _of_row(_first(part, _SLICE_KEYS[name]), f"{part.slice.name}, {_SLICE_WORDS[name]}", part.photos)
            yield _judged("slices", compared, limits.not_worse.of(part.slice.name))


def miss_rate_findings(look: Look, limit: MissRateLimit) -> Iterator[Finding]:
    """How often the candidate calls damaged photos, and crops of them, "none"."""
    calibration = look.contender.point.verdict
    if calibration is None:
        yield Finding(
            gate="miss_rate",
            name="called none",
            outcome=Outcome.PASSED,
            figure="none is never claimed",
            limit="as the card promises",
            sentence="the card promises nothing, and the verdict none is never given",
            blocks=False,
        )
        return
    promise = calibration.promised_miss_rate + limit.slack
    crops = [case for crops in look.crops for case in crops]
    for words, cases in (("photos", verdict_cases(look.pairs)), ("crops", crops)):
        damaged = [case for case in cases if case.damaged]
        if damaged or words == "photos":
            yield _missed(words, damaged, look, promise=promise, blocking=limit.undecided_blocks)


def _missed(words: str, damaged: Sequence[VerdictCase], look: Look, *, promise: float, blocking: bool) -> Finding:
    point, nothing = look.contender.point, np.zeros((0, len(damaged)), dtype=np.int64)
    rate = verdict_figures(damaged, point.verdict, point.thresholds, nothing).miss_rate.value if damaged else None
    missed = round((rate or 0.0) * len(damaged))
    cars = len({case.cluster for case in damaged})
    outcome, sentence = within_promise(missed, len(damaged), cars, promise=promise)
    return Finding(
        gate="miss_rate",
        name=f"damaged {words} called none",
        outcome=outcome,
        figure="not measured" if rate is None else f"{rate:.1%} ({missed} of {len(damaged)})",
        limit=f"at most {promise:.1%}",
        sentence=sentence,
        blocks=_blocks(outcome, blocking),
    )


def _judged(gate: str, compared: _Compared, limit: NotWorse) -> Finding:
    outcome, sentence = not_worse(compared.difference, margin=limit.worse_by, photos=compared.photos)
    before, after = (_percent(value) for value in compared.values)
    return Finding(
        gate=gate,
        name=compared.name,
        outcome=outcome,
        figure=f"{before} \N{RIGHTWARDS ARROW} {after} on {compared.photos} photos",
        limit=f"worse by {100 * limit.worse_by:g} points at most",
        sentence=sentence,
        blocks=_blocks(outcome, limit.undecided_blocks),
        difference=compared.difference,
        margin=limit.worse_by,
    )


def _of_row(row: Row | None, name: str, photos: int) -> _Compared:
    if row is None:
        return _Compared(name=name, values=(None, None), difference=Figure(value=None), photos=photos)
    champion, candidate = row.values
    return _Compared(
        name=name,
        values=(champion.value, candidate.value),
        difference=turned(row.differences[0], higher_is_better=row.higher_is_better),
        photos=photos,
    )


def _first(part: SliceRows, keys: Sequence[str]) -> Row | None:
    """The first of these figures that was measured for both models."""
    by_key = {row.key: row for row in part.rows}
    measured = (by_key[key] for key in keys if key in by_key and by_key[key].differences[0].value is not None)
    return next(measured, None)


def _of_source(pair: Pair, _quality: Quality, *, source: str) -> Pair | None:
    return pair if pair.sample.source == source else None


def _blocks(outcome: Outcome, undecided_blocks: bool) -> bool:  # noqa: FBT001
    return outcome is Outcome.FAILED or (outcome is Outcome.UNDECIDED and undecided_blocks)


def _percent(value: float | None) -> str:
    return "\N{EN DASH}" if value is None else f"{100 * value:.1f}"
