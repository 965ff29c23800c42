"""Bundles as models that are compared with each other (`coachwork.evaluation.contenders`)."""

from collections.abc import Sequence
from pathlib import Path

from coachwork.assessments.verdict import VERDICT_FLOOR
from coachwork.evaluation.contenders import LABELS, Contender
from coachwork.evaluation.run import OperatingPoint, Predict
from coachwork.inference.bundle import Bundle, bundle_folder, load_bundle
from coachwork.inference.predictor import Predictor


def bundle_at(place: str) -> Bundle:
    """The bundle of a folder or of the package (`SHIPPED`), or the variant of it that is named after a colon.

    Raises:
        BundleError: there is no such bundle, or it is broken.
        VariantError, MissingExtra: there is no such variant, or it cannot run here.
    """
    folder, colon, variant = place.rpartition(":")
    if not colon or Path(place).exists():
        return load_bundle(bundle_folder(place))
    return load_bundle(bundle_folder(folder), variant=variant)


def name_of(bundle: Bundle) -> str:
    """The card's name, with the variant where the bundle has several."""
    return f"{bundle.card.name} {bundle.variant.name}" if len(bundle.variants) > 1 else bundle.card.name


def contenders_of(bundles: Sequence[Bundle], *, threads: int | None = None) -> list[Contender]:
    """The models of bundles, labelled in their order; those of one name are told apart by their folders.

    Args:
        bundles: at most as many as there are labels.
        threads: of each model; by default the physical cores.
    """
    names = [name_of(bundle) for bundle in bundles]
    return [
        Contender(
            label=label,
            name=name if names.count(name) == 1 else f"{name} in {'/'.join(bundle.folder.absolute().parts[-2:])}",
            digest=bundle.digest,
            architecture=bundle.card.architecture,
            types=bundle.card.types,
            megabytes=bundle.model_path.stat().st_size / 1e6,
            predict=_predicting(bundle, threads),
            point=OperatingPoint(thresholds=bundle.card.thresholds, verdict=bundle.card.verdict),
        )
        for label, name, bundle in zip(LABELS, names, bundles, strict=False)
    ]


def _predicting(bundle: Bundle, threads: int | None) -> Predict:
    predictor = Predictor(bundle, threads=threads)
    return lambda photo: predictor.predict(photo, min_score=VERDICT_FLOOR)
