"""Asks all gates of one candidate, beside the champion on the same photos."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from coachwork.datasets.sample import Sample
from coachwork.evaluation.comparing import Comparison, compare
from coachwork.evaluation.contenders import Looks, look_at
from coachwork.inference.bundle import Bundle, load_bundle
from coachwork.inference.contending import contenders_of
from coachwork.inference.contents import contents_of
from coachwork.inference.runtimes import processor_name
from coachwork.inference.session import physical_cores
from coachwork.inference.variant import Precision, Runtime
from coachwork.photos.reading import Photo, read_photo
from coachwork.registry.accuracy_gates import (
    headline_finding,
    miss_rate_findings,
    slice_findings,
    slices_of,
    type_findings,
)
from coachwork.registry.bundle_gates import licence_finding, parity_findings, smoke_finding
from coachwork.registry.cost_gates import size_findings, speed_findings
from coachwork.registry.gate import Finding, GateError, GateReport, Outcome
from coachwork.registry.gate_limits import GateLimits, SpeedLimits
from coachwork.registry.operating_figures import operating_figures
from coachwork.registry.timing import timing
from coachwork.taxonomy import Task

_TIMED_PHOTOS = 8

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class GatePhotos:
    """The photos that candidate and champion are compared on.

    Attributes:
        samples: annotated photos that neither learnt from.
        folder: their dataset's.
        undamaged: photos of undamaged cars; they may be none.
        undamaged_folder: their dataset's; None for `folder`.
        about: which these are, as text.
    """

    samples: Sequence[Sample]
    folder: Path
    undamaged: Sequence[Sample] = ()
    undamaged_folder: Path | None = None
    about: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Gated:
    """What was found, with the comparison that it rests on.

    Attributes:
        report: of the gates.
        comparison: of champion and candidate; None without a champion.
    """

    report: GateReport
    comparison: Comparison | None


def run_gates(
    candidate: Path,
    champion: Path | None,
    limits: GateLimits,
    photos: GatePhotos,
    *,
    with_crops: bool = True,
    resamples: int = 400,
    seed: int = 0,
    progress: Progress = lambda _done, _total: None,
) -> Gated:
    """Asks every gate that is on.

    Args:
        candidate: folder of the bundle that is to become champion.
        champion: folder of the one that is; None for the first.
        limits: what the gates ask for.
        photos: that both look at.
        with_crops: also judge crops, see `look_at`.
        resamples: draws behind each interval.
        seed: of the draws.
        progress: told of every photo.

    Raises:
        BundleError: a bundle cannot be used.
        GateError: the two do different work.
        EvaluationError, PhotoError: there is no photo, or one cannot be read.
    """
    bundles = [load_bundle(folder) for folder in (champion, candidate) if folder is not None]
    tasks = {bundle.card.task for bundle in bundles}
    if len(tasks) > 1:
        both = f"the candidate looks for {bundles[-1].card.task}, the champion for {bundles[0].card.task}"
        message = f"{both}: keep them under names of their own, see --name"
        raise GateError(message)
    contents = [contents_of(bundle.folder) for bundle in bundles]
    looks = look_at(
        contenders_of(bundles),
        photos.samples,
        photos.folder,
        undamaged=photos.undamaged,
        undamaged_folder=photos.undamaged_folder,
        with_crops=with_crops,
        seed=seed,
        progress=progress,
    )
    comparison = None
    findings: list[Finding] = []
    if champion is not None:
        comparison = _comparison(looks, limits, photos, resamples=resamples, seed=seed)
        findings += _against_champion(comparison, looks, limits, resamples=resamples, seed=seed)
    else:
        findings += _first_of_all(limits)
    findings += _of_candidate(bundles, looks, limits)
    if limits.size is not None:
        findings += size_findings(contents[-1], contents[0] if champion is not None else None, limits.size)
    report = GateReport(
        candidate=contents[-1].digest,
        champion=contents[0].digest if champion is not None else "",
        gates=limits.sha256,
        findings=tuple(findings),
        left_out=limits.left_out,
        about=_about(bundles, photos, looks, resamples),
        at=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    return Gated(report=report, comparison=comparison)


def _comparison(looks: Looks, limits: GateLimits, photos: GatePhotos, *, resamples: int, seed: int) -> Comparison:
    sources = sorted({sample.source for sample in photos.samples if sample.shapes})
    slices = () if limits.slices is None else slices_of(limits.slices, sources)
    return compare(looks, slices=slices, about={"dataset": photos.about}, resamples=resamples, seed=seed)


def _against_champion(
    comparison: Comparison, looks: Looks, limits: GateLimits, *, resamples: int, seed: int
) -> Iterator[Finding]:
    if limits.headline is not None:
        yield headline_finding(comparison, limits.headline)
    if limits.types is not None:
        at_threshold = operating_figures(looks, resamples=resamples, seed=seed)
        yield from type_findings(comparison, at_threshold, limits.types)
    if limits.slices is not None:
        yield from slice_findings(comparison, limits.slices)


def _first_of_all(limits: GateLimits) -> Iterator[Finding]:
    for gate, words in (("headline", "main types, AP50"), ("types", "each type"), ("slices", "each slice")):
        if getattr(limits, gate) is not None:
            yield Finding(
                gate=gate,
                name=words,
                outcome=Outcome.PASSED,
                figure="no champion",
                limit="not worse than the champion",
                sentence="there is no champion yet that it could be worse than",
                blocks=False,
            )


def _of_candidate(bundles: Sequence[Bundle], looks: Looks, limits: GateLimits) -> Iterator[Finding]:
    """What is asked of the candidate alone; models of parts give no verdicts and promise nothing."""
    candidate, champion = bundles[-1], bundles[0] if len(bundles) > 1 else None
    shown = [read_photo(path) for path in looks.paths[:_TIMED_PHOTOS]]
    damages = candidate.card.task is Task.DAMAGE
    if limits.miss_rate is not None and damages:
        yield from miss_rate_findings(looks.looks[-1], limits.miss_rate)
    if limits.speed is not None:
        yield from _speed_findings(candidate, champion, shown, limits.speed)
    if limits.licences is not None:
        yield licence_finding(candidate.card, limits.licences)
    if limits.parity is not None:
        yield from parity_findings(candidate, limits.parity)
    if limits.smoke is not None and damages:
        yield smoke_finding(candidate, limits.smoke)


def _speed_findings(
    candidate: Bundle, champion: Bundle | None, shown: Sequence[Photo], limits: SpeedLimits
) -> Iterator[Finding]:
    own, beside = to_time(candidate, champion)
    timed = timing(own, beside, shown, cores=limits.cores, rounds=limits.rounds)
    if own is not candidate:
        alone = timing(candidate, None, shown, cores=limits.cores, rounds=limits.rounds)
        timed = replace(timed, milliseconds=alone.milliseconds)
    yield from speed_findings(
        timed,
        limits,
        alike=own.variant.words,
        quicker="" if champion is None or beside is champion else champion.variant.words,
        answers="" if own is candidate else candidate.variant.words,
    )


def to_time(candidate: Bundle, champion: Bundle | None) -> tuple[Bundle, Bundle | None]:
    """Both by the same runtime and precision, where they have a variant in common: the candidate's own, if possible.

    One of them may answer by a quicker variant that was made of it, while the other has none. What the gate asks is
    whether the network became slower.

    Args:
        candidate: with the variant that it answers by.
        champion: with the variant that it answers by; None where there is none.
    """
    if champion is None or champion.variant.name == candidate.variant.name:
        return candidate, champion
    names = [{one.name for one in (*bundle.variants, bundle.variant)} for bundle in (candidate, champion)]
    plain = f"{Precision.FP32}-{Runtime.ONNX_RUNTIME}"
    for name in (candidate.variant.name, champion.variant.name, plain):
        if name in names[0] & names[1]:
            return _run_by(candidate, name), _run_by(champion, name)
    return candidate, champion


def _run_by(bundle: Bundle, name: str) -> Bundle:
    return bundle if bundle.variant.name == name else load_bundle(bundle.folder, variant=name)


def _about(bundles: Sequence[Bundle], photos: GatePhotos, looks: Looks, resamples: int) -> dict[str, str]:
    candidate = bundles[-1]
    about = {
        "candidate": f"{candidate.card.name}, {candidate.card.architecture}, {candidate.variant.words}",
        "champion": f"{bundles[0].card.name}, {bundles[0].variant.words}" if len(bundles) > 1 else "",
        "photos": f"{looks.photos} annotated, {len(looks.paths) - looks.photos} of undamaged cars",
        "dataset": photos.about,
        "draws": f"{resamples}",
        "machine": f"{processor_name()}, {physical_cores()} cores",
    }
    return {name: text for name, text in about.items() if text}
