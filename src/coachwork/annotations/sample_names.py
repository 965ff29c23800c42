"""Photo names as annotation files know them."""

from collections.abc import Sequence

from coachwork.datasets.sample import Sample


def names_differ(samples: Sequence[Sample]) -> None:
    """Checks that each photo can be told by its name, as annotation files do.

    Raises:
        ValueError: two samples have the same name.
    """
    seen: set[str] = set()
    for sample in samples:
        if sample.name in seen:
            message = f"two samples are named {sample.name!r}: write each source to a file of its own"
            raise ValueError(message)
        seen.add(sample.name)
