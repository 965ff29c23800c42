"""Quicker variants of a bundle that the loop has just made, as `coachwork variants` makes them of one that ships.

A champion answers by the quickest variant that is accurate enough. A challenger without variants would cost each photo
two or three times as much, and its canary would be taken back for that.
"""

from pathlib import Path

from coachwork.datasets.dataset import Dataset
from coachwork.errors import CoachworkError
from coachwork.inference.bundle import Bundle, load_bundle
from coachwork.pipelines.loop.loop import Tell


def quickened(folder: Path, dataset: Dataset, *, most: int, tell: Tell) -> Bundle:
    """Makes and measures the variants of a bundle; what cannot be quantised stays as it was exported.

    Args:
        folder: of the bundle.
        dataset: that it was trained on: ranges come from its training photos, figures from its validation photos.
        most: validation photos that the variants are measured on; 0 makes none.
        tell: hears what came of it.

    Returns:
        The bundle with the variant that answers by default.

    Raises:
        BundleError: the bundle cannot be used or written.
        MissingExtra: a package is not installed.
    """
    bundle = load_bundle(folder)
    if not most:
        return bundle
    from coachwork.variants.making import VariantPlan, make_variants

    try:
        plan = VariantPlan(limit=most, mirrored=False)  # offers are made by one look
        made = make_variants(folder, dataset, plan, progress=lambda _what, _done, _total: None)
    except (CoachworkError, ValueError) as unfit:
        tell(f"training: no quicker variants were made: {unfit}")
        return bundle
    bundle = load_bundle(folder)
    photos = made.variants[0].measured["on"]["photos"]
    names = ", ".join(one.name for one in made.variants)
    tell(f"training: of {names}, measured on {photos} validation photos, {bundle.variant.name} answers")
    return bundle
