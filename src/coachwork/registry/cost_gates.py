"""Gates on what a candidate costs: time and size."""

from collections.abc import Iterator

from coachwork.inference.contents import BundleContents
from coachwork.inference.session import physical_cores
from coachwork.registry.gate import Finding, Outcome
from coachwork.registry.gate_limits import SizeLimits, SpeedLimits
from coachwork.registry.timing import Span, Timing


def speed_findings(
    measured: Timing, limits: SpeedLimits, *, alike: str = "", quicker: str = "", answers: str = ""
) -> Iterator[Finding]:
    """Milliseconds of a photo, and the processor's work beside the champion's.

    Args:
        measured: of both.
        limits: that count.
        alike: words of the variant that both were timed by.
        quicker: words of the champion's own variant, where it was timed by another; empty else.
        answers: words of the candidate's own variant, where the work of both was measured by another; empty else.
    """
    if limits.milliseconds is not None:
        short = limits.cores > physical_cores()
        outcome, sentence = (
            (Outcome.UNDECIDED, f"this machine lends {physical_cores()} cores, the limit is stated for {limits.cores}")
            if short
            else _within(measured.milliseconds, limits.milliseconds, measured.rounds, "ms")
        )
        yield _finding(
            "time of a photo",
            outcome,
            figure=f"{measured.milliseconds.value:.0f} ms on {limits.cores} cores",
            limit=f"{limits.milliseconds:g} ms on {limits.cores} cores at most",
            sentence=sentence,
            blocking=limits.undecided_blocks,
        )
    if limits.ratio is None:
        return
    if measured.ratio is None:
        outcome, sentence, figure = Outcome.PASSED, "there is no champion that it could be slower than", "no champion"
    else:
        outcome, sentence = _within(measured.ratio, limits.ratio, measured.rounds, "times")
        figure = f"{measured.ratio.value:.2f} times the champion's"
        if quicker:
            sentence += (
                f"; both by {alike}, while the champion answers by {quicker}: make such a variant with  "
                "coachwork variants"
            )
        elif answers:
            sentence += f"; both by {alike}, as the champion has no variant {answers}, by which the candidate answers"
    yield _finding(
        "work of the processor",
        outcome,
        figure=figure,
        limit=f"{limits.ratio:g} times the champion's at most",
        sentence=sentence,
        blocking=limits.undecided_blocks,
    )


def size_findings(candidate: BundleContents, champion: BundleContents | None, limits: SizeLimits) -> Iterator[Finding]:
    """Megabytes of the bundle, and beside the champion's."""
    own = candidate.size_bytes / 1e6
    if limits.megabytes is not None:
        yield _sized(
            "size of the bundle", own, limits.megabytes, figure=f"{own:.1f} MB", limit=f"{limits.megabytes:g} MB"
        )
    if limits.ratio is None:
        return
    if champion is None:
        sentence = "there is no champion that it could be larger than"
        yield _size_finding(
            "size beside the champion", Outcome.PASSED, "no champion", f"{limits.ratio:g} times", sentence
        )
        return
    ratio = candidate.size_bytes / max(1, champion.size_bytes)
    yield _sized(
        "size beside the champion",
        ratio,
        limits.ratio,
        figure=f"{ratio:.2f} times the champion's",
        limit=f"{limits.ratio:g} times the champion's",
    )


def _within(measured: Span, limit: float, rounds: int, unit: str) -> tuple[Outcome, str]:
    between = f"between {measured.low:.3g} and {measured.high:.3g} {unit} by {rounds} photos"
    if measured.high <= limit:
        return Outcome.PASSED, f"the median lies {between}, within the limit"
    if measured.low > limit:
        return Outcome.FAILED, f"the median lies {between}, beyond the limit"
    return (
        Outcome.UNDECIDED,
        f"the median lies {between}: time more photos, or on a machine that has nothing else to do",
    )


def _sized(name: str, value: float, most: float, *, figure: str, limit: str) -> Finding:
    outcome = Outcome.PASSED if value <= most else Outcome.FAILED
    sentence = "it is small enough" if outcome is Outcome.PASSED else "it is too large: quantise it, or raise the limit"
    return _size_finding(name, outcome, figure, f"{limit} at most", sentence)


def _size_finding(name: str, outcome: Outcome, figure: str, limit: str, sentence: str) -> Finding:
    return Finding(
        gate="size",
        name=name,
        outcome=outcome,
        figure=figure,
        limit=limit,
        sentence=sentence,
        blocks=outcome is Outcome.FAILED,
    )


def _finding(name: str, outcome: Outcome, *, figure: str, limit: str, sentence: str, blocking: bool) -> Finding:
    return Finding(
        gate="speed",
        name=name,
        outcome=outcome,
        figure=figure,
        limit=limit,
        sentence=sentence,
        blocks=outcome is Outcome.FAILED or (outcome is Outcome.UNDECIDED and blocking),
    )
