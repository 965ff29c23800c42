"""Why a photo was chosen, in words."""

from collections import Counter
from collections.abc import Iterator, Mapping

from coachwork.datasets.doubt import NearThreshold
from coachwork.datasets.rarity import rarity_weights
from coachwork.datasets.selection import Choice
from coachwork.taxonomy import Kind

_WORTH_SAYING = 0.25
_FAR = 0.9
_NAMED = 3
_LIGHT_WORDS = {
    ("brightness", True): "brighter",
    ("brightness", False): "darker",
    ("contrast", True): "richer in contrast",
    ("contrast", False): "poorer in contrast",
    ("sharpness", True): "sharper",
    ("sharpness", False): "softer",
    ("glare", True): "more glaring",
    ("glare", False): "less glaring",
}


def reasons_of(choice: Choice, counts: Mapping[Kind, int]) -> tuple[str, ...]:
    """Sentences that say why a photo was chosen, the weightiest first; at least one.

    Args:
        choice: the photo.
        counts: type -> annotated damages of the dataset.
    """
    told = sorted(_weighed(choice, counts), key=lambda pair: -pair[0])
    return tuple(sentence for _, sentence in told) or (_difference(choice),)


def _weighed(choice: Choice, counts: Mapping[Kind, int]) -> Iterator[tuple[float, str]]:
    one, new = choice.candidate, choice.novelty
    if one.bounds is not None and one.verdict_doubt >= 0.5:
        yield one.verdict_doubt, _verdict(one.damage_probability, one.bounds)
    if one.near and one.detection_doubt >= _WORTH_SAYING:
        yield one.detection_doubt, _near(one.near)
    if choice.rarity >= _WORTH_SAYING:
        yield choice.rarity, _rare(one.expected, counts)
    if new.farther_than is not None and new.farther_than >= _FAR:
        share = f"{int(100 * new.farther_than)} %"
        yield (
            2 * new.farther_than - 1,
            f"Unlike what is annotated: it stands farther apart than {share} of those photos.",
        )
    if new.light >= _WORTH_SAYING:
        yield new.light, f"Unusual light: much {_LIGHT_WORDS[new.measure, new.high]} than the other photos."


def _verdict(probability: float, bounds: tuple[float, float]) -> str:
    low, high = bounds
    if low <= probability <= high:
        claims = f"{low:.2f} (none) and {high:.2f} (damaged)"
        return f"The verdict is open: damage probability {probability:.2f}, between {claims}."
    bound = f"'none' is claimed below {low:.2f}" if probability < low else f"'damaged' is claimed from {high:.2f} on"
    return f"The verdict is close: damage probability {probability:.2f}, {bound}."


def _near(near: tuple[NearThreshold, ...]) -> str:
    """The doubtful damages by type, the most frequent first."""
    counted = Counter(one.type for one in near).most_common()
    thresholds = {one.type: one.threshold for one in near}
    shown = ", ".join(
        f"{count if count > 1 else 'a'} {kind.words} (reported from {thresholds[kind]:.2f} on)"
        for kind, count in counted[:_NAMED]
    )
    if len(near) == 1:
        only = near[0]
        return f"One damage is in doubt: {only.type.words} {only.score:.2f}, reported from {only.threshold:.2f} on."
    more = " and others" if len(counted) > _NAMED else ""
    return f"{len(near)} damages are in doubt, near the score that counts: {shown}{more}."


def _rare(expected: Mapping[Kind, float], counts: Mapping[Kind, int]) -> str:
    rare = rarity_weights(counts)
    kinds = sorted((kind for kind in expected if rare.get(kind, 0) > 0), key=lambda kind: -rare[kind] * expected[kind])
    shown = ", ".join(f"{kind.words} ({counts[kind]} annotated)" for kind in kinds[:_NAMED])
    return f"It may show what the dataset has few of: {shown}."


def _difference(choice: Choice) -> str:
    if choice.distance is None:
        return "It comes first: nothing is annotated yet that it could be compared with."
    return "It differs from all photos that are annotated or chosen before it."
