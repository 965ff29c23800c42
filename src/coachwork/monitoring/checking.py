"""Checks the latest photos against a reference: levels, slices and causes.

All signals of all slices and windows of one check share its chance of a false alarm: the windows by equal parts, the
rest by Holm's correction. Drift is told where the corrected p-value says that something moved and the effect says that
it matters.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from coachwork.monitoring.adjusting import holm
from coachwork.monitoring.causes import causes_of
from coachwork.monitoring.comparing import compare
from coachwork.monitoring.drift import (
    EVERYTHING,
    Dimension,
    DriftReport,
    SignalDrift,
    Slice,
    SliceDrift,
    gravest,
)
from coachwork.monitoring.overrides import Handled, compare_overrides
from coachwork.monitoring.pairing import Comparison, Group, Pair
from coachwork.monitoring.photo_record import PhotoRecord
from coachwork.monitoring.profile import FEWEST_PHOTOS, Profile
from coachwork.monitoring.thresholds import Thresholds, read_thresholds


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """A slice of the window with what it is compared with."""

    slice: Slice
    photos: int
    cases: int
    compared: tuple[Comparison, ...]


def findings(
    profile: Profile,
    records: Sequence[PhotoRecord],
    thresholds: Thresholds | None = None,
    *,
    alpha: float | None = None,
    handled: Handled | None = None,
) -> DriftReport:
    """Compares one window of photos with the reference.

    Args:
        profile: the reference.
        records: of the window, in the order of time.
        thresholds: from when on drift is told; by default those that ship.
        alpha: chance of a false alarm, by default what the thresholds give to one check.
        handled: cases that people decided or corrected, before the window and in it; None leaves them out.
    """
    limits = read_thresholds() if thresholds is None else thresholds
    chance = limits.alpha if alpha is None else alpha
    outputs, notes = _one_model(profile, records)
    parts = [_compared(profile, one, records, limits, outputs=outputs) for one in _slices(records, limits.least)]
    if handled is not None:
        said = compare_overrides(handled, correlation=limits.correlation)
        parts[0] = replace(parts[0], compared=(*parts[0].compared, *said))
    slices = _judged(parts, limits, chance)
    strangers = [
        one.slice.words for one in parts if one.slice.dimension is not Dimension.ALL and _unknown(profile, one)
    ]
    if strangers:
        notes.append(
            f"the reference has fewer than {FEWEST_PHOTOS} photos of {', '.join(strangers)}: compared with all"
        )
    return DriftReport(
        level=gravest([one.level for one in slices]),
        slices=slices,
        photos=len(records),
        begun=min((one.at for one in records), default=None),
        ended=max((one.at for one in records), default=None),
        bundle=profile.bundle,
        bundle_digest=profile.bundle_digest,
        alpha=chance,
        false_alarms_a_month=limits.false_alarms_a_month,
        needed=limits.least,
        notes=tuple(notes),
    )


def latest_findings(
    profile: Profile,
    records: Sequence[PhotoRecord],
    thresholds: Thresholds | None = None,
    *,
    handled: Handled | None = None,
) -> DriftReport:
    """Compares the last photos with the reference in windows of several lengths, and tells the gravest finding.

    Of equally grave ones the longest window's is told, which knows the figures best. This is the rule whose false
    alarms a month the thresholds promise: called `checks_a_month` times, whatever windows overlap, at most so many are
    to be expected.

    Args:
        profile: the reference.
        records: the photos so far, in the order of time.
        thresholds: by default those that ship.
        handled: see `findings`.
    """
    limits = read_thresholds() if thresholds is None else thresholds
    lengths = [length for length in limits.windows if length <= len(records)]
    if not lengths:
        return findings(profile, records, limits, handled=handled)
    alpha = limits.alpha / len(limits.windows)
    found = [findings(profile, records[-length:], limits, alpha=alpha, handled=handled) for length in lengths]
    last = max(reversed(found), key=lambda one: one.level.rank)
    return replace(last, alpha=limits.alpha)


def _one_model(profile: Profile, records: Sequence[PhotoRecord]) -> tuple[bool, list[str]]:
    """Whether the window's outputs may be compared with the reference's, and what is to be said where not."""
    digests = {one.bundle_digest for one in records if one.readable}
    if digests <= {profile.bundle_digest}:
        return True, []
    names = ", ".join(sorted(digest[:12] or "unknown" for digest in digests))
    note = (
        f"the reference is of the model {profile.bundle_digest[:12]}, the photos were assessed by {names}: "
        "only the photos were compared, not what the models said"
    )
    return False, [note]


def _slices(records: Sequence[PhotoRecord], least: int) -> list[Slice]:
    found = [EVERYTHING]
    for dimension in (Dimension.MARKET, Dimension.DEVICE):
        names = [one.market if dimension is Dimension.MARKET else one.device for one in records]
        known = sorted({name for name in names if name})
        if known and (len(known) > 1 or "" in names):
            found += [Slice(dimension=dimension, name=name) for name in known if names.count(name) >= least]
    return found


def _compared(
    profile: Profile, part: Slice, records: Sequence[PhotoRecord], limits: Thresholds, *, outputs: bool
) -> _Part:
    inside = [one for one in records if part.holds(one)]
    cases = len({one.case for one in inside if one.case}) + sum(not one.case for one in inside)
    if len(inside) < limits.least:
        return _Part(slice=part, photos=len(inside), cases=cases, compared=())
    own = tuple(one for one in profile.records if part.holds(one))
    known = own if len(own) >= FEWEST_PHOTOS else profile.records
    before = Group(records=known, duplicates=profile.duplicates, none_usable=profile.none_usable)
    pair = Pair(before=before, now=Group.of(inside), correlation=limits.correlation)
    compared = compare(pair, outputs=outputs, mixes=part.dimension is Dimension.ALL)
    return _Part(slice=part, photos=len(inside), cases=cases, compared=tuple(compared))


def _unknown(profile: Profile, part: _Part) -> bool:
    if part.slice.dimension is Dimension.ALL or not part.compared:
        return False
    return sum(part.slice.holds(one) for one in profile.records) < FEWEST_PHOTOS


def _judged(parts: Sequence[_Part], limits: Thresholds, alpha: float) -> tuple[SliceDrift, ...]:
    adjusted = iter(holm([one.outcome.p_value for part in parts for one in part.compared]))
    return tuple(_judged_part(part, adjusted, limits, alpha) for part in parts)


def _judged_part(part: _Part, adjusted: Iterator[float], limits: Thresholds, alpha: float) -> SliceDrift:
    signals = tuple(_judged_signal(one, next(adjusted), limits, alpha) for one in part.compared)
    return SliceDrift(
        slice=part.slice,
        photos=part.photos,
        cases=part.cases,
        level=gravest([one.level for one in signals]),
        signals=signals,
        causes=causes_of(signals),
    )


def _judged_signal(one: Comparison, p_adjusted: float, limits: Thresholds, alpha: float) -> SignalDrift:
    return SignalDrift(
        signal=one.signal,
        test=one.test,
        photos=one.photos,
        before=one.before,
        now=one.now,
        effect=one.outcome.effect,
        p_value=one.outcome.p_value,
        p_adjusted=p_adjusted,
        level=limits.level(one.signal, p_adjusted=p_adjusted, alpha=alpha, effect=one.outcome.effect),
        words=one.words,
    )
