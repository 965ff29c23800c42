"""The card of the model that finds number plates: ``card.json`` with the schema ``coachwork.plates/1``."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coachwork.geometry.size import Size
from coachwork.inference.bundle import BundleError
from coachwork.inference.card_fields import CardFieldError, CardFields

SCHEMA = "coachwork.plates/1"
_CARD = "card.json"
_MEND = "install Coachwork again, or train one by docs/privacy.md"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlateCard:
    """What is known of the model.

    Attributes:
        folder: of the bundle.
        file: the ONNX file in it: takes `image` (1, height, width, 3) uint8 RGB, gives `plates` (1, height / 4,
            width / 4) float32, how surely each place belongs to a plate.
        sha256: of the file, hex; checked.
        input_size: of the model, pixels.
        threshold: a region is a plate where its surest place reaches it, 0..1.
        outline: a place belongs to the region from here on, 0..1.
        metrics: what was measured, free in form.
    """

    folder: Path
    file: str
    sha256: str
    input_size: Size
    threshold: float
    outline: float
    metrics: Mapping[str, Any]

    @property
    def model_path(self) -> Path:
        """The ONNX file."""
        return self.folder / self.file


def shipped_plates_folder() -> Path:
    """Where the model lies that ships in the package."""
    return Path(__file__).resolve().parent.parent / "bundles" / "plates"


def checked_model(folder: Path, schema: str) -> Path:
    """The ONNX file that a bundle's card describes, verified; for cards that need nothing more.

    Raises:
        BundleError: a file is missing or broken, or the model is another.
    """
    try:
        model = _model_of(CardFields(json.loads((folder / _CARD).read_text(encoding="utf-8"))), schema)
        path = folder / _file_of(model)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as missing:
        raise BundleError(folder=folder, why=f"{missing.filename} cannot be read: {_MEND}") from missing
    except (ValueError, CardFieldError) as broken:
        raise BundleError(folder=folder, why=f"{_CARD} is broken ({broken}): {_MEND}") from broken
    if digest != model.text("sha256"):
        raise BundleError(folder=folder, why=f"{path.name} is not the file that {_CARD} describes: {_MEND}")
    return path


def load_plate_card(folder: Path | None = None) -> PlateCard:
    """Reads the card of a bundle, by default the one that ships, and verifies that its model is the one described.

    Raises:
        BundleError: a file is missing or broken, or the model is another.
    """
    folder = shipped_plates_folder() if folder is None else folder
    checked_model(folder, SCHEMA)
    try:
        return _card(folder, CardFields(json.loads((folder / _CARD).read_text(encoding="utf-8"))))
    except (OSError, ValueError, CardFieldError) as broken:
        raise BundleError(folder=folder, why=f"{_CARD} is broken ({broken}): {_MEND}") from broken


def _card(folder: Path, fields: CardFields) -> PlateCard:
    model, size = fields.inside("model"), fields.inside("input")
    return PlateCard(
        folder=folder,
        file=_file_of(model),
        sha256=model.text("sha256"),
        input_size=Size(height=size.whole("height"), width=size.whole("width")),
        threshold=fields.number("threshold"),
        outline=fields.number("outline"),
        metrics=fields.inside("metrics").values,
    )


def _model_of(fields: CardFields, schema: str) -> CardFields:
    if fields.text("schema") != schema:
        raise CardFieldError(where="schema", why=f"must be {schema}")
    return fields.inside("model")


def _file_of(model: CardFields) -> str:
    file = model.text("file")
    if Path(file).name != file:
        raise CardFieldError(where="model.file", why="must be a name without folders")
    return file
