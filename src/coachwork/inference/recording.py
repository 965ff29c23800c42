"""Photos of a folder or a dataset as records for watching: each is assessed, and its signals are taken."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from coachwork.datasets.dataset import Dataset
from coachwork.datasets.sample import Sample, Split
from coachwork.inference.assessing import Assessor
from coachwork.inference.card import Card
from coachwork.monitoring.photo_record import Channel, PhotoRecord, without_outputs
from coachwork.monitoring.signals import coarse_device, signals_of, unreadable
from coachwork.photos.exif import camera_notes
from coachwork.photos.reading import PhotoError, read_photo


@dataclass(frozen=True, slots=True, kw_only=True)
class FiledPhoto:
    """A photo in a file.

    Attributes:
        path: of the file.
        case: what belongs together; empty where the photo stands alone.
        market: where it came from; may be empty.
        learnt: whether the model may have learnt from it: its record then tells nothing of what the model said.
    """

    path: Path
    case: str = ""
    market: str = ""
    learnt: bool = False


def recorded(
    assessor: Assessor,
    photos: Iterable[FiledPhoto],
    *,
    with_latency: bool = False,
    seen: Callable[[], None] = lambda: None,
) -> Iterator[PhotoRecord]:
    """The record of each photo; files that cannot be read make records that say so.

    Args:
        assessor: with the model.
        photos: in the order of time.
        with_latency: whether the records say how long an answer took.
        seen: called for each photo that is done.

    Raises:
        BundleError: the model cannot be run.
    """
    for one in photos:
        yield _record(assessor, one, with_latency=with_latency)
        seen()


def dataset_photos(dataset: Dataset, *, most: int, card: Card | None = None) -> list[FiledPhoto]:
    """At most so many photos of a dataset, by whole clusters, drawn evenly by the digests of their files.

    Args:
        dataset: its photos.
        most: so many.
        card: of the model that is to look at them. A model is surer of photos that it learnt from than of fresh ones:
            training photos of a source that the card names are marked as learnt.
    """
    learnt = set() if card is None else {source.name for source in card.dataset.sources}
    clusters = _clusters(dataset.samples)
    chosen: list[FiledPhoto] = []
    for name in sorted(clusters, key=lambda name: clusters[name][0].sha256):
        if len(chosen) >= most:
            break
        chosen += [
            FiledPhoto(
                path=dataset.photo_path(one), case=name, learnt=one.split is Split.TRAIN and one.source in learnt
            )
            for one in clusters[name]
        ]
    return chosen


def learnt_words(photos: Sequence[FiledPhoto]) -> str:
    """What the reference of some photos cannot tell, a clause to go on with; empty where the model learnt from none."""
    learnt = sum(one.learnt for one in photos)
    return f"; what the model says counts on {len(photos) - learnt} that it did not learn from" if learnt else ""


def folder_photos(paths: Sequence[Path], *, market: str = "") -> list[FiledPhoto]:
    """Photos in files; those of one folder below the folder they share are one case."""
    parents = {path.parent for path in paths}
    alone = len(parents) < 2
    return [FiledPhoto(path=path, case="" if alone else str(path.parent), market=market) for path in paths]


def _clusters(samples: Sequence[Sample]) -> dict[str, list[Sample]]:
    found: dict[str, list[Sample]] = {}
    for sample in samples:
        found.setdefault(sample.cluster, []).append(sample)
    return found


def _record(assessor: Assessor, one: FiledPhoto, *, with_latency: bool) -> PhotoRecord:
    begun = time.perf_counter()
    moment = _moment(one.path)
    try:
        photo = read_photo(one.path, min_side=assessor.min_side)
    except PhotoError:
        return unreadable(at=moment, channel=Channel.FOLDER, case=one.case, market=one.market)
    assessment = assessor.assess(photo)
    took_ms = 1000 * (time.perf_counter() - begun)
    record = signals_of(
        photo,
        assessment,
        at=moment,
        channel=Channel.FOLDER,
        case=one.case,
        market=one.market,
        device=coarse_device(camera_notes(one.path.read_bytes())),
        latency_ms=took_ms if with_latency else None,
    )
    return without_outputs(record) if one.learnt else record


def _moment(path: Path) -> datetime:
    """When the file was last changed; now where that cannot be told."""
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, tz=UTC)
    except OSError:
        return datetime.now(UTC)
