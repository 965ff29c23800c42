"""How long two bundles take, in turns on the same photos, so that other work on the machine hits both alike."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np
from numpy.typing import NDArray

from coachwork.inference.bundle import Bundle
from coachwork.inference.session import Session
from coachwork.photos.letterbox import Letterbox
from coachwork.photos.reading import Photo


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A median with the interval that holds the true one in 95 of 100 cases.

    Attributes:
        value, low, high: in the unit of what was measured.
    """

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """What was measured.

    Attributes:
        milliseconds: of the candidate for one photo, by the clock.
        ratio: the processor's work for the candidate to that for the champion; None without a champion.
        rounds: photos that were timed.
    """

    milliseconds: Span
    ratio: Span | None
    rounds: int


def timing(
    candidate: Bundle,
    champion: Bundle | None,
    photos: Sequence[Photo],
    *,
    cores: int,
    rounds: int,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Timing:
    """Times both.

    Args:
        candidate: that is judged.
        champion: that it is compared with.
        photos: one or more, shown in turn.
        cores: threads of each model.
        rounds: at least 3.
        progress: told of every round.

    Raises:
        BundleError: a model cannot be run.
    """
    bundles = [candidate] if champion is None else [candidate, champion]
    sessions = [Session(bundle, threads=cores) for bundle in bundles]
    inputs = [[_input(bundle, photo) for photo in photos] for bundle in bundles]
    for session, images in zip(sessions, inputs, strict=True):
        session.run(images[0])  # loads
    clock: list[list[float]] = [[] for _ in bundles]
    work: list[list[float]] = [[] for _ in bundles]
    for turn in range(rounds):
        for number, session in enumerate(sessions):
            started, worked = time.perf_counter(), time.process_time()
            session.run(inputs[number][turn % len(photos)])
            clock[number].append(1000 * (time.perf_counter() - started))
            work[number].append(1000 * (time.process_time() - worked))
        progress(turn + 1, rounds)
    ratios = [own / max(other, 1e-6) for own, other in zip(work[0], work[-1], strict=True)]
    return Timing(
        milliseconds=median_span(clock[0]), ratio=None if champion is None else median_span(ratios), rounds=rounds
    )


def median_span(values: Sequence[float]) -> Span:
    """The median, and the values of the ranks that hold the true one in 95 of 100 cases (by the sign test).

    >>> median_span([float(n) for n in range(1, 21)])
    Span(value=10.5, low=6.0, high=15.0)
    """
    ordered = sorted(values)
    reach = 0.98 * np.sqrt(len(ordered))
    first, last = int(np.floor(len(ordered) / 2 - reach)), int(np.ceil(len(ordered) / 2 + reach)) - 1
    return Span(value=median(ordered), low=ordered[max(first, 0)], high=ordered[min(last, len(ordered) - 1)])


def _input(bundle: Bundle, photo: Photo) -> NDArray[np.uint8]:
    return Letterbox(photo=photo.size, target=bundle.card.input_size).apply(photo.pixels)
