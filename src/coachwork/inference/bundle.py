"""The bundle: a folder with ``model.onnx`` and ``card.json``, the only thing that passes from training to assessing.

A bundle may hold variants of its model beside it, see `coachwork.inference.variant`, and what was made with the model:
its reference for watching, its outputs for one input, and its weights, to train on from.
"""

import hashlib
import json
import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coachwork.errors import CoachworkError
from coachwork.inference.card import SCHEMA, Card, card_from_json, card_to_json
from coachwork.inference.card_fields import CardFieldError, CardFields
from coachwork.inference.runtimes import named_variant, usable_variant
from coachwork.inference.variant import (
    MODEL_FILE,
    REFERENCE_FILE,
    WEIGHTS_FILE,
    Choice,
    Variant,
    plain_variant,
    variants_from_json,
    variants_to_json,
)
from coachwork.monitoring.profile_json import PROFILE_FILE

CARD_FILE = "card.json"
SHIPPED = "shipped"
"""The word for the model in the package, where a bundle's folder is asked for; commands take the damage model."""

_CARD, _MODEL = CARD_FILE, MODEL_FILE
_MADE_WITH_MODEL = (PROFILE_FILE, REFERENCE_FILE, WEIGHTS_FILE)
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
        card: what is known of the model, with the thresholds and the verdict of the variant that was chosen.
        digest: SHA-256 of the variant's file, hex; checked against the card when the bundle was loaded.
        variant: how the model is run.
        variants: all that the bundle holds; none where its card lists none.
        notice: why another variant was chosen than wanted; empty where it is the one.
    """

    folder: Path
    card: Card
    digest: str
    variant: Variant
    variants: tuple[Variant, ...] = ()
    notice: str = ""

    @property
    def model_path(self) -> Path:
        """The ONNX file of the variant."""
        return self.folder / self.variant.file


def shipped_bundle_folder() -> Path:
    """Where the damage model lies that ships in the package."""
    return Path(__file__).resolve().parent.parent / "bundles" / "damage"


def bundle_folder(place: str) -> Path:
    """The folder that a place names: `SHIPPED` for the one in the package, else the path itself."""
    return shipped_bundle_folder() if place == SHIPPED else Path(place)


def shipped_parts_folder() -> Path | None:
    """Where the part model lies that ships in the package; None where it was left out."""
    folder = shipped_bundle_folder().with_name("parts")
    return folder if folder.is_dir() else None


def load_bundle(folder: Path | None = None, *, variant: Choice | str = Choice.DEFAULT) -> Bundle:
    """Reads and verifies a bundle, by default the one that ships in the package.

    Args:
        folder: of the bundle.
        variant: the name of a variant, or which one to choose among those that run on this machine.

    Raises:
        BundleError: the folder or a file is missing, the card is broken or of another schema, or the model's file is
            not the one that the card describes.
        VariantError, MissingExtra: the variant that was named is not there, or cannot run here.
    """
    folder = shipped_bundle_folder() if folder is None else folder
    described = _read_card(folder)
    try:
        variants = variants_from_json(CardFields(described))
        plain = _plain_variant(folder, described)
        chosen, notice = _chosen(variants or (plain,), variant)
        card = card_from_json({**described, **chosen.calibrated})
    except CardFieldError as broken:
        raise BundleError(folder=folder, why=f"in {_CARD}, {broken}; {_MEND}") from broken
    _check_digest(folder, chosen)
    return Bundle(folder=folder, card=card, digest=chosen.sha256, variant=chosen, variants=variants, notice=notice)


def model_files(folder: Path) -> list[str]:
    """Names of the files that a bundle's card speaks of beside itself, the model first; they need not be there.

    Raises:
        BundleError: the card cannot be read or is broken.
    """
    try:
        variants = variants_from_json(CardFields(_read_card(folder)))
    except CardFieldError as broken:
        raise BundleError(folder=folder, why=f"in {_CARD}, {broken}; {_MEND}") from broken
    return list(dict.fromkeys([_MODEL, *(one.file for one in variants)]))


def write_bundle(folder: Path, card: Card, model: bytes, beside: Mapping[str, bytes] | None = None) -> Bundle:
    """Writes a bundle without variants; a bundle that lies there is replaced as a whole, never half.

    Args:
        folder: of the bundle.
        card: what is known of the model.
        model: ONNX bytes.
        beside: further files by name, such as `WEIGHTS_FILE`.

    Raises:
        BundleError: the folder holds something else than a bundle, or cannot be written.
    """
    described = card_to_json(card) | {"model": _about(model)}
    _write_folder(folder, described, {**(beside or {}), _MODEL: model})
    plain = plain_variant(described["model"]["sha256"], len(model))
    return Bundle(folder=folder, card=card, digest=plain.sha256, variant=plain)


def write_variants(folder: Path, variants: Sequence[Variant], files: Mapping[str, bytes]) -> None:
    """Writes a bundle again with these variants in the place of those it had; its model and card stay as they are.

    Args:
        folder: of a bundle.
        variants: all of them; their digests are those of the files.
        files: bytes of the variants' files by name, the model's own left out.

    Raises:
        BundleError: the bundle cannot be read or written.
    """
    described = _read_card(folder)
    stay = (folder / name for name in _MADE_WITH_MODEL)
    try:
        model = (folder / _MODEL).read_bytes()
        kept = {one.name: one.read_bytes() for one in stay if one.is_file()}
    except OSError as missing:
        raise BundleError(folder=folder, why=f"{_MODEL} cannot be read ({missing.strerror})") from missing
    _write_folder(folder, described | {"variants": variants_to_json(variants)}, {**files, **kept, _MODEL: model})


def _write_folder(folder: Path, described: Mapping[str, Any], files: Mapping[str, bytes]) -> None:
    if folder.exists() and not (folder.is_dir() and (_is_empty(folder) or (folder / _CARD).is_file())):
        raise BundleError(folder=folder, why="it exists and is no bundle: name another folder")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as workplace:
            fresh, old = Path(workplace) / "fresh", Path(workplace) / "old"
            fresh.mkdir()
            for name, data in files.items():
                (fresh / name).write_bytes(data)
            text = json.dumps(described, ensure_ascii=False, indent=2, allow_nan=False)
            (fresh / _CARD).write_text(_rows_on_lines(text) + "\n", encoding="utf-8")
            _swap(fresh, folder, old)
    except OSError as refused:
        raise BundleError(folder=folder, why=f"it cannot be written ({refused.strerror})") from refused


def _rows_on_lines(text: str) -> str:
    """JSON with each innermost list of numbers on one line; strings hold no line ends, so none is touched."""
    return re.sub(
        r"\[\n[-+\d.eE,\s]+\]", lambda row: re.sub(r"\s+", " ", row[0]).replace("[ ", "[").replace(" ]", "]"), text
    )


def _about(model: bytes) -> dict[str, Any]:
    return {"file": _MODEL, "sha256": hashlib.sha256(model).hexdigest(), "bytes": len(model)}


def _plain_variant(folder: Path, described: Mapping[str, Any]) -> Variant:
    model = described.get("model")
    wanted = model.get("sha256") if isinstance(model, dict) else None
    if not isinstance(model, dict) or not isinstance(wanted, str):
        raise BundleError(folder=folder, why=f"{_CARD} does not state the model's sha256; {_MEND}")
    size = model.get("bytes")
    return plain_variant(wanted.lower(), size if isinstance(size, int) else 0)


def _chosen(variants: Sequence[Variant], wanted: Choice | str) -> tuple[Variant, str]:
    if wanted in tuple(Choice):
        return usable_variant(variants, Choice(wanted))
    return named_variant(variants, wanted), ""


def _check_digest(folder: Path, variant: Variant) -> None:
    try:
        digest = _sha256(folder / variant.file)
    except OSError as missing:
        why = f"{variant.file} cannot be read ({missing.strerror}): copy the whole folder, or {_MEND}"
        raise BundleError(folder=folder, why=why) from missing
    if digest != variant.sha256:
        why = (
            f"{variant.file} has the SHA-256 {digest[:12]}..., the card was written for {variant.sha256[:12]}...: "
            f"one of the two files was changed or not copied whole; copy both from one place, or {_MEND}"
        )
        raise BundleError(folder=folder, why=why)


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
        raise BundleError(folder=folder, why=f"{why}: name a folder with {_CARD} and {_MODEL}, or {_MEND}")
    try:
        value = json.loads((folder / _CARD).read_text(encoding="utf-8"))
    except OSError as missing:
        why = f"{_CARD} cannot be read ({missing.strerror}): name a folder that holds it, or {_MEND}"
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
