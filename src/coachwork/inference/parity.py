"""Whether a bundle's model says the same elsewhere: against outputs stored with it, or run another way."""

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from coachwork.errors import MissingExtra
from coachwork.inference.bundle import Bundle, BundleError, shipped_bundle_folder
from coachwork.inference.card import Card
from coachwork.inference.engines import Arrays, OnnxRuntimeEngine, OpenVinoEngine
from coachwork.inference.session import Session
from coachwork.inference.variant import MODEL_FILE, REFERENCE_FILE, Precision
from coachwork.photos.letterbox import PADDING_GREY, Letterbox
from coachwork.photos.reading import read_photo

_IMAGE, _OUTPUT = "image", "output."


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How far two runs of one model lie apart.

    Attributes:
        against: what the bundle's own run was compared with, in words.
        output: name of the output that differs most.
        difference: largest absolute difference, divided by the largest absolute value of that output.
    """

    against: str
    output: str
    difference: float


def parity(bundle: Bundle, image: NDArray[np.uint8]) -> Agreement:
    """Runs the full-precision model twice and compares.

    It is compared with `REFERENCE_FILE` where the bundle holds it, else with OpenVINO.

    Args:
        bundle: whose `MODEL_FILE` is run.
        image: (height, width, 3) uint8 RGB, letterboxed to the card's input; a reference brings its own.

    Raises:
        BundleError: the model cannot be run, an output is not finite, or the reference cannot be read.
        MissingExtra: there is no reference, and no second runtime is installed.
    """
    model, reference = bundle.folder / MODEL_FILE, bundle.folder / REFERENCE_FILE
    if reference.is_file():
        image, expected = _read(bundle, reference)
        against = "the reference outputs in the bundle"
    else:
        expected, against = _elsewhere(bundle, model, image), "OpenVINO in full precision"
    try:
        own = OnnxRuntimeEngine(model, threads=1).run(np.ascontiguousarray(image[None]))
    except Exception as failed:  # runtimes raise classes of their own that share no public root
        raise BundleError(folder=bundle.folder, why=f"its model does not run ({failed})") from failed
    return _compared(bundle, own, expected, against)


def check_runs(bundle: Bundle, image: NDArray[np.uint8]) -> None:
    """Runs the variant that answers.

    Raises:
        BundleError: it does not run, or gives numbers that are none.
    """
    for name, output in Session(bundle).run(image).items():
        if not np.isfinite(output).all():
            raise BundleError(folder=bundle.folder, why=f"its output {name} holds numbers that are none (NaN)")


def keep_reference(bundle: Bundle) -> None:
    """Runs the model on `sample_input` and stores what it says in the bundle's folder, whose digest is another then.

    Raises:
        BundleError: the model cannot be run.
    """
    image = sample_input(bundle.card)
    try:
        outputs = OnnxRuntimeEngine(bundle.folder / MODEL_FILE, threads=1).run(image[None])
    except Exception as failed:  # as above
        raise BundleError(folder=bundle.folder, why=f"its model does not run ({failed})") from failed
    write_reference(bundle.folder, image, outputs)


def sample_input(card: Card) -> NDArray[np.uint8]:
    """A photo that ships, letterboxed to a card's input (height, width, 3) uint8; grey where photos were left out."""
    path = shipped_samples_folder() / "crushed-door.jpg"
    if not path.is_file():
        return np.full((card.input_size.height, card.input_size.width, 3), PADDING_GREY, dtype=np.uint8)
    photo = read_photo(path)
    return np.ascontiguousarray(Letterbox(photo=photo.size, target=card.input_size).apply(photo.pixels))


def shipped_samples_folder() -> Path:
    """Where the sample photos lie that ship in the package."""
    return shipped_bundle_folder().parent.with_name("samples")


def write_reference(folder: Path, image: NDArray[np.uint8], outputs: Arrays) -> None:
    """Stores an input and the outputs that are right for it in a bundle's folder.

    Args:
        folder: of the bundle; its digest is another one afterwards.
        image: (height, width, 3) uint8 RGB.
        outputs: by name, each with the batch of one in front.
    """
    packed, arrays = io.BytesIO(), {_IMAGE: image} | {f"{_OUTPUT}{name}": value for name, value in outputs.items()}
    np.savez_compressed(packed, allow_pickle=False, **arrays)
    (folder / REFERENCE_FILE).write_bytes(packed.getvalue())


def _read(bundle: Bundle, path: Path) -> tuple[NDArray[np.uint8], Arrays]:
    try:
        with np.load(path, allow_pickle=False) as stored:
            outputs = {name.removeprefix(_OUTPUT): stored[name] for name in stored.files if name.startswith(_OUTPUT)}
            return np.asarray(stored[_IMAGE], dtype=np.uint8), outputs
    except (OSError, ValueError, KeyError) as broken:
        why = f"{REFERENCE_FILE} cannot be read ({broken}): export the bundle again"
        raise BundleError(folder=bundle.folder, why=why) from broken


def _elsewhere(bundle: Bundle, model: Path, image: NDArray[np.uint8]) -> Arrays:
    try:
        return OpenVinoEngine(model, threads=1, precision=Precision.FP32).run(np.ascontiguousarray(image[None]))
    except ImportError as missing:
        raise MissingExtra(extra="openvino", package="openvino") from missing
    except Exception as failed:  # as above
        raise BundleError(folder=bundle.folder, why=f"OpenVINO does not run its model ({failed})") from failed


def _compared(bundle: Bundle, own: Arrays, expected: Arrays, against: str) -> Agreement:
    if set(own) != set(expected) or any(own[name].shape != expected[name].shape for name in own):
        why = f"its outputs {sorted(own)} are others than those of {against}, {sorted(expected)}"
        raise BundleError(folder=bundle.folder, why=why)
    furthest: dict[str, float] = {}
    for name, output in own.items():
        first, second = (np.asarray(one, dtype=np.float64) for one in (output, expected[name]))
        if not np.isfinite(first).all():
            raise BundleError(folder=bundle.folder, why=f"its output {name} holds numbers that are none (NaN)")
        scale = max(float(np.abs(second).max(initial=0.0)), 1e-12)
        furthest[name] = float(np.abs(first - second).max(initial=0.0)) / scale
    worst = max(furthest, key=lambda name: furthest[name])
    return Agreement(against=against, output=worst, difference=furthest[worst])
