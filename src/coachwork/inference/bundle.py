"""The bundle: a folder with ``model.onnx`` and ``card.json``, the only thing that passes from training to assessing."""

import hashlib
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coachwork.errors import CoachworkError
from coachwork.inference.card import SCHEMA, Card, card_from_json, card_to_json
from coachwork.inference.card_fields import CardFieldError

_CARD, _MODEL = "card.json", "model.onnx"
_MEND = "train and export one with  coachwork export CHECKPOINT BUNDLE"


class BundleError(CoachworkError):
    """A model bundle is broken or missing.

    Attributes:
        folder: the bundle's folder.
        why: what is wrong with it, and what to do.
    """

    def __init__(self, *, folder: Path, why: str) -> None:
        super().__init__(f"the model bundle {folder} cannot be used: {why}")
        self.folder = folder
        self.why = why


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """A model and its card.

    Attributes:
        folder: where it lies.
        card: what is known of the model.
        digest: SHA-256 of the model's file, hex; checked against the card when the bundle was loaded.
    """

    folder: Path
    card: Card
    digest: str

    @property
    def model_path(self) -> Path:
        """The ONNX file."""
        return self.folder / _MODEL


def shipped_bundle_folder() -> Path:
    """Where the damage model lies that ships in the package."""
    return Path(__file__).resolve().parent.parent / "bundles" / "damage"


def shipped_parts_folder() -> Path | None:
    """Where the part model lies that ships in the package; None where it was left out."""
    folder = shipped_bundle_folder().with_name("parts")
    return folder if folder.is_dir() else None


def load_bundle(folder: Path | None = None) -> Bundle:
    """Reads and verifies a bundle, by default the one that ships in the package.

    Raises:
        BundleError: the folder or a file is missing, the card is broken or of another schema, or the model's file is
            not the one that the card describes.
    """
    folder = shipped_bundle_folder() if folder is None else folder
    described = _read_card(folder)
    model = described.get("model")
    wanted = model.get("sha256") if isinstance(model, dict) else None
    if not isinstance(wanted, str):
        raise BundleError(folder=folder, why=f"{_CARD} does not state the model's sha256; {_MEND}")
    try:
        card = card_from_json(described)
    except CardFieldError as broken:
        raise BundleError(folder=folder, why=f"in {_CARD}, {broken}; {_MEND}") from broken
    try:
        digest = _sha256(folder / _MODEL)
    except OSError as missing:
        why = f"{_MODEL} cannot be read ({missing.strerror}): copy the whole folder, or {_MEND}"
        raise BundleError(folder=folder, why=why) from missing
    if digest != wanted.lower():
        why = (
            f"{_MODEL} has the SHA-256 {digest[:12]}..., the card was written for {wanted[:12]}...: "
            f"one of the two files was changed or not copied whole; copy both from one place, or {_MEND}"
        )
        raise BundleError(folder=folder, why=why)
    return Bundle(folder=folder, card=card, digest=digest)


def write_bundle(folder: Path, card: Card, model: bytes) -> Bundle:
    """Writes a bundle; a bundle that lies there is replaced as a whole, never half.

    Raises:
        BundleError: the folder holds something else than a bundle, or cannot be written.
    """
    if folder.exists() and not (folder.is_dir() and (_is_empty(folder) or (folder / _CARD).is_file())):
        raise BundleError(folder=folder, why="it exists and is no bundle: name another folder")
    digest = hashlib.sha256(model).hexdigest()
    described = card_to_json(card) | {"model": {"file": _MODEL, "sha256": digest, "bytes": len(model)}}
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as workplace:
            fresh, old = Path(workplace) / "fresh", Path(workplace) / "old"
            fresh.mkdir()
            (fresh / _MODEL).write_bytes(model)
            text = json.dumps(described, ensure_ascii=False, indent=2, allow_nan=False)
            (fresh / _CARD).write_text(text + "\n", encoding="utf-8")
            _swap(fresh, folder, old)
    except OSError as refused:
        raise BundleError(folder=folder, why=f"it cannot be written ({refused.strerror})") from refused
    return Bundle(folder=folder, card=card, digest=digest)


def _swap(fresh: Path, folder: Path, old: Path) -> None:
    if folder.exists():
        folder.replace(old)
    try:
        fresh.replace(folder)
    except OSError:
        if old.exists():
            old.replace(folder)
        raise


def _read_card(folder: Path) -> dict[str, Any]:
    if not folder.is_dir():
        why = "there is no such folder" if not folder.exists() else "it is not a folder"
        raise BundleError(folder=folder, why=f"{why}: give --bundle a folder with {_CARD} and {_MODEL}, or {_MEND}")
    try:
        value = json.loads((folder / _CARD).read_text(encoding="utf-8"))
    except OSError as missing:
        why = f"{_CARD} cannot be read ({missing.strerror}): give --bundle a folder that holds it, or {_MEND}"
        raise BundleError(folder=folder, why=why) from missing
    except ValueError as broken:
        raise BundleError(folder=folder, why=f"{_CARD} is not valid JSON ({broken}); {_MEND}") from broken
    if not isinstance(value, dict):
        raise BundleError(folder=folder, why=f"{_CARD} must hold a JSON object; {_MEND}")
    schema = value.get("schema")
    if schema != SCHEMA:
        why = f"{_CARD} has the schema {schema!r}, this version reads {SCHEMA!r}: update Coachwork, or {_MEND}"
        raise BundleError(folder=folder, why=why)
    return value


def _is_empty(folder: Path) -> bool:
    return next(folder.iterdir(), None) is None


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
