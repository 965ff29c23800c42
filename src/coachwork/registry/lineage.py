"""Where a bundle comes from: the photos, the code and the run behind it, and the champion that it wants to follow."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from coachwork.inference.card import Card
from coachwork.registry.revision import code_revision
from coachwork.registry.tracking_place import recall

_COMMIT = "mlflow.source.git.commit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """What a bundle was made of.

    Attributes:
        datasets: name -> digest of each dataset's version that it was trained on.
        revision: commit of the code, or its version where that is unknown; "+" at its end tells of changes since.
        run: id of the tracked run; empty for none.
        run_uri: where that run is kept; empty for none.
        parent: digest of the bundle that was champion when this one was added; empty for none.
    """

    datasets: Mapping[str, str] = field(default_factory=dict)
    revision: str = ""
    run: str = ""
    run_uri: str = ""
    parent: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredModel:
    """One version of a registered model.

    Attributes:
        name: of the registered model.
        version: among those of the name, from "1".
        digest: SHA-256 of the bundle as a whole, hex.
        card_name: what its card calls it.
        added: UTC.
        by: who added it.
        size_bytes: of all its files.
        aliases: "champion" or "challenger", sorted.
        lineage: where it comes from.
    """

    name: str
    version: str
    digest: str
    card_name: str
    added: datetime
    by: str
    size_bytes: int
    aliases: tuple[str, ...]
    lineage: Lineage

    def to_json(self) -> dict[str, object]:
        """The version as plain data."""
        return {
            "name": self.name,
            "version": self.version,
            "digest": self.digest,
            "card_name": self.card_name,
            "added": self.added.isoformat(timespec="seconds"),
            "by": self.by,
            "bytes": self.size_bytes,
            "aliases": list(self.aliases),
            "lineage": {
                "datasets": dict(self.lineage.datasets),
                "revision": self.lineage.revision,
                "run": self.lineage.run or None,
                "parent": self.lineage.parent or None,
            },
        }


def lineage_of(
    folder: Path,
    card: Card,
    *,
    parent: str,
    run_tags: Mapping[str, str] | None = None,
    run: str = "",
    run_uri: str = "",
) -> Lineage:
    """What can be told of a bundle: by its card, by the notes of its run's folder, and by the run itself.

    Args:
        folder: of the bundle; its run's notes lie in it or above it.
        card: its card.
        parent: digest of the present champion; empty for none.
        run_tags: of the tracked run, where it is known.
        run: id of the tracked run, by default that which the notes tell.
        run_uri: where that is kept, likewise.
    """
    note = noted_run(folder)
    tags = dict(run_tags or {})
    datasets = {
        name.removeprefix("dataset."): digest
        for name, digest in tags.items()
        if name.startswith("dataset.") and name != "dataset.sources"
    }
    return Lineage(
        datasets=datasets or ({card.dataset.name: card.dataset.digest} if card.dataset.digest else {}),
        revision=_revision(tags or code_revision()),
        run=run or note.get("run_id", ""),
        run_uri=run_uri or note.get("uri", ""),
        parent=parent,
    )


def noted_run(folder: Path) -> dict[str, str]:
    """The tracked run that is noted beside a bundle or in the folder above; empty where none is."""
    for place in (folder, folder.absolute().parent):
        note = recall(place).get("mlflow", {})
        if {"uri", "run_id"} <= set(note):
            return note
    return {}


def _revision(tags: Mapping[str, str]) -> str:
    commit = tags.get(_COMMIT, "")
    if not commit:
        return tags.get("coachwork.version", "")
    return commit + ("+" if tags.get("code.dirty") == "true" else "")
