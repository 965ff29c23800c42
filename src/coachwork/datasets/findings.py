"""What should be mended or known before a model is trained on a dataset, in sentences."""

from collections.abc import Iterator, Sequence

from coachwork.datasets.duplicates import NearDuplicates
from coachwork.datasets.looks import PhotoLook
from coachwork.datasets.sample import Split
from coachwork.datasets.statistics import DatasetStatistics
from coachwork.taxonomy import DamageType

FEW_SHAPES = 100
"""Of a fifth of so many, set apart, a recall of one half is known to 22 points either way (binomial, 95 %)."""
FEW_NEGATIVES = 0.05
"""Share of photos without damage; models that were trained without any flag most clean cars."""


def findings(
    statistics: DatasetStatistics, duplicates: Sequence[NearDuplicates], looks: Sequence[PhotoLook]
) -> tuple[str, ...]:
    """Sentences, the gravest first; none for a dataset without photos.

    Args:
        statistics: of the dataset.
        duplicates: of its photos.
        looks: of its photos.
    """
    if not statistics.photos:
        return ()
    return (
        *_about_photos(looks),
        *_about_duplicates(duplicates),
        *_about_splits(statistics),
        *_about_negatives(statistics),
    )


def _about_photos(looks: Sequence[PhotoLook]) -> Iterator[str]:
    broken = sum(look.quality is None for look in looks)
    if broken:
        yield f"{_photos(broken)} cannot be read: import the source again."
    poor = sum(look.quality is not None and not look.quality.usable for look in looks)
    if poor:
        yield f"{_photos(poor)} would be sent back as too dark, blurred or glaring; they are shown below."


def _about_duplicates(duplicates: Sequence[NearDuplicates]) -> Iterator[str]:
    leaks = sum(group.leaks for group in duplicates)
    if leaks:
        groups = "1 group of like photos lies" if leaks == 1 else f"{leaks} groups of like photos lie"
        yield f"{groups} in two splits, so that figures on val or test are too good: split again by cluster."
    differ = sum(group.disagree for group in duplicates)
    if differ:
        groups = "1 group of like photos is" if differ == 1 else f"{differ} groups of like photos are"
        yield f"{groups} annotated differently: one of the annotators passed something over."


def _about_splits(statistics: DatasetStatistics) -> Iterator[str]:
    filled = [split for split in Split if any(source.by_split[split] for source in statistics.sources)]
    for split in filled:
        absent = [kind.words for kind in statistics.types if kind.type is not None and not kind.by_split[split]]
        if absent:
            yield f"{split} holds no {_or(absent)}: of {'it' if len(absent) == 1 else 'them'} nothing can be measured."
    if len(filled) == 1:
        yield f"All photos lie in {filled[0]}: set some apart to measure on."
    rare = [f"{kind.words} ({kind.shapes})" for kind in statistics.types if kind.type and kind.shapes < FEW_SHAPES]
    if rare:
        yield f"Fewer than {FEW_SHAPES} shapes: {', '.join(rare)}. Figures of such types vary a lot."


def _about_negatives(statistics: DatasetStatistics) -> Iterator[str]:
    reviewed = sum(source.reviewed for source in statistics.sources)
    unlabelled = sum(source.unlabelled for source in statistics.sources)
    if unlabelled:
        yield f"{_photos(unlabelled)} without annotations, of which nothing is known: they are no negatives."
    complete = sum(source.reviewed for source in statistics.sources if source.annotates == frozenset(DamageType))
    if reviewed > complete:
        doubtful = reviewed - complete
        yield (
            f"{_photos(doubtful)} listed by an annotation file without a shape: free of the types that the source "
            "annotates if somebody looked them through, unlabelled if nobody did."
        )
    labelled = statistics.photos - unlabelled
    if labelled and reviewed < FEW_NEGATIVES * labelled:
        yield f"Only {reviewed} of {labelled} labelled photos show no damage: models trained so flag clean cars."


def _photos(count: int) -> str:
    return "1 photo" if count == 1 else f"{count} photos"


def _or(words: Sequence[str]) -> str:
    return " or ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else words[0]
