"""The labelling queue on its way to annotators: photos of cases, written into a folder."""

from pathlib import Path

from coachwork.cases.photo_bytes import PhotoBytes
from coachwork.cases.problems import CaseRefused
from coachwork.storage.labelling_store import LabellingState, LabellingStore


def export_queue(store: LabellingStore, photo_bytes: PhotoBytes, to: Path) -> int:
    """Writes the photos that wait into a folder, named by place in the queue and digest, and marks them exported.

    Annotations of these files find their way back by the photos' bytes: do not encode them anew.

    Args:
        store: of the queue.
        photo_bytes: where the photos lie.
        to: a folder that is made, or empty.

    Returns:
        How many were written.

    Raises:
        CaseRefused: the folder holds something, or cannot be written.
        PhotoStoreError: a photo cannot be read.
    """
    if to.is_dir() and any(to.iterdir()):
        message = f"{to} holds something already: name a new folder"
        raise CaseRefused(message)
    waiting = store.photos(state=LabellingState.WAITING)
    try:
        to.mkdir(parents=True, exist_ok=True)
        for place, one in enumerate(waiting, start=1):
            ending = Path(one.name).suffix.lower() or ".jpg"
            (to / f"{place:04d}-{one.sha256[:12]}{ending}").write_bytes(photo_bytes.get(one.tenant, one.sha256))
    except OSError as refused:
        message = f"{to} cannot be written: {refused.strerror}"
        raise CaseRefused(message) from refused
    store.mark((one.sha256 for one in waiting), LabellingState.EXPORTED)
    return len(waiting)
