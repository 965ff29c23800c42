"""References for watching: what the photos that a model was made with look like to it."""

from datetime import UTC, datetime
from pathlib import Path

from coachwork.datasets.dataset import Dataset, read_dataset
from coachwork.datasets.place import DatasetPlace
from coachwork.inference.assessing import Assessor
from coachwork.inference.bundle import Bundle, shipped_parts_folder
from coachwork.inference.recording import dataset_photos, learnt_words, recorded
from coachwork.monitoring.profile import Profile, make_profile
from coachwork.monitoring.profile_json import PROFILE_FILE, ProfileError, read_profile, write_profile
from coachwork.pipelines.loop.loop import Loop

_MOST = 400


def reference_of(loop: Loop, bundle: Bundle) -> Profile:
    """The reference of a bundle: the one beside it, else one that is made now of the dataset and kept.

    Raises:
        ProfileError: there is none, and the dataset has too few photos to make one.
        CoachworkError: the dataset or a photo cannot be read.
    """
    if (bundle.folder / PROFILE_FILE).is_file():
        return read_profile(bundle.folder, digests=[bundle.digest, *(one.sha256 for one in bundle.variants)])
    kept = loop.service.data_dir / "loop" / "references" / bundle.digest[:32]
    if not (kept / PROFILE_FILE).is_file():
        loop.tell(f"monitoring: {bundle.card.name} has no reference; it is made of {loop.settings.data.dataset}")
        profile = made_reference(bundle, read_dataset(loop.settings.data.dataset), at=kept, parts=loop.service.parts)
        kept.mkdir(parents=True, exist_ok=True)
        write_profile(kept, profile)
    return read_profile(kept, digests=[bundle.digest])


def keep_reference(bundle: Bundle, place: DatasetPlace, *, parts: Path | None = None) -> bool:
    """Writes the reference beside a bundle's model; False where the dataset has too few photos for one.

    Args:
        bundle: the model.
        place: of the dataset.
        parts: see `made_reference`.

    Raises:
        CoachworkError: the dataset or a photo cannot be read.
    """
    try:
        write_profile(bundle.folder, made_reference(bundle, read_dataset(place), at=bundle.folder, parts=parts))
    except ProfileError:
        return False
    return True


def made_reference(bundle: Bundle, dataset: Dataset, *, at: Path, parts: Path | None = None) -> Profile:
    """A reference of the photos of a dataset, at most 400 of them, drawn by their digests.

    Args:
        bundle: the model.
        dataset: its photos.
        at: where the reference is to lie, for the error.
        parts: folder of the part model that the service asks as well, by default the one that ships: it has a say in
            which photos are strange, so that a reference made without it would differ from the service's photos.

    Raises:
        ProfileError: there are fewer than 100 photos.
        PhotoError: a photo cannot be read.
    """
    chosen = dataset_photos(dataset, most=_MOST, card=bundle.card)
    records = list(recorded(Assessor(bundle, parts=parts or shipped_parts_folder()), chosen))
    how = f"{len(records)} photos of {dataset.name} {dataset.digest[:12]}{learnt_words(chosen)}"
    try:
        return make_profile(records, how=how, made=datetime.now(UTC).isoformat(timespec="seconds"))
    except ValueError as few:
        raise ProfileError(file=at / PROFILE_FILE, why=str(few)) from None
