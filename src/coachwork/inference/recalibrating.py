"""Calibrates a bundle that is there on other photos, each of its variants as far as it has a calibration of its own."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from coachwork.datasets.sample import Sample
from coachwork.inference.bundle import Bundle, load_bundle, write_bundle, write_variants
from coachwork.inference.calibrating import calibrate, calibrated
from coachwork.inference.card import Card, card_to_json
from coachwork.inference.predictor import Predictor
from coachwork.inference.runtimes import hindrance
from coachwork.inference.variant import MODEL_FILE, PLAIN, REFERENCE_FILE, WEIGHTS_FILE, Variant
from coachwork.taxonomy import Task


def recalibrate_bundle(
    folder: Path,
    to: Path,
    entries: Sequence[tuple[Path, Sample]],
    *,
    miss_rate: float | None = None,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> tuple[Bundle, dict[str, str]]:
    """Writes a bundle with the same networks and what annotated photos tell of them.

    Args:
        folder: of the bundle.
        to: where it is written; it may be the same folder.
        entries: the folder of a dataset, and a sample of it.
        miss_rate: share of a car's damaged photos that "none" may miss; by default 5 %, as far as the photos allow.
        progress: told of every photo, over all variants.

    Returns:
        The bundle as the model was trained, and the variants that were left out as they cannot run here, with why.

    Raises:
        BundleError: the bundle cannot be used or written.
        EvaluationError: there is no photo.
        MissRateError: the photos are too few to promise the miss rate.
    """
    given = load_bundle(folder, variant=PLAIN)
    own = [one for one in given.variants if one.calibrated]
    dropped = {one.name: why for one in own if (why := hindrance(one))}
    runs = 1 + len(own) - len(dropped)

    def told(turn: int) -> Callable[[int, int], None]:
        return lambda done, total: progress(turn * total + done, runs * total)

    card = _calibrated(given, entries, miss_rate, told(0))
    variants: list[Variant] = []
    for one in given.variants:
        if one.name in dropped:
            continue
        if one.calibrated:
            turn = 1 + sum(bool(before.calibrated) for before in variants)
            loaded = load_bundle(folder, variant=one.name)
            variants.append(
                replace(one, calibrated=_differences(card, _calibrated(loaded, entries, miss_rate, told(turn))))
            )
        else:
            variants.append(one)
    model = given.model_path.read_bytes()
    files = {one.file: (folder / one.file).read_bytes() for one in variants if one.file != MODEL_FILE}
    stay = (folder / name for name in (REFERENCE_FILE, WEIGHTS_FILE))  # the profile counts verdicts, which change
    write_bundle(to, card, model, {one.name: one.read_bytes() for one in stay if one.is_file()})
    if variants:
        write_variants(to, variants, files)
    return load_bundle(to, variant=PLAIN), dropped


def _calibrated(
    bundle: Bundle,
    entries: Sequence[tuple[Path, Sample]],
    miss_rate: float | None,
    progress: Callable[[int, int], None],
) -> Card:
    card = calibrated(bundle.card, calibrate(Predictor(bundle), entries, progress=progress))
    if miss_rate is None or card.verdict is None or card.task is not Task.DAMAGE:
        return card
    return replace(card, verdict=card.verdict.at_miss_rate(miss_rate))


def _differences(card: Card, other: Card) -> dict[str, object]:
    """Fields of ``card.json`` in which a variant's card differs; figures stay those of the model as it was trained."""
    before, after = card_to_json(card), card_to_json(replace(other, metrics=card.metrics))
    return {name: value for name, value in after.items() if before[name] != value}
