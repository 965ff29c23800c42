"""Bundles for trying releases: they run in a millisecond, and what each says is known."""

import io
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

from coachwork.casework.model_loading import BundleLoader
from coachwork.casework.models import LiveModels
from coachwork.inference.bundle import load_bundle, write_bundle
from coachwork.inference.card import Card
from coachwork.inference.contents import contents_of
from coachwork.registry.release import BundleVersion, ReleaseStore
from coachwork.storage.database import Database
from coachwork.storage.release_store import ReleaseTable
from coachwork.storage.release_trials import TrialStore


def make_bundle(folder: Path, colours: Path, version: int, *, mute: bool = False) -> BundleVersion:
    """One more version of the bundle that reads colours; a mute one calls no photo damaged."""
    card = load_bundle(colours).card
    assert card.verdict is not None
    verdict = replace(card.verdict, none_below=0.999, damaged_above=0.9999) if mute else card.verdict
    thresholds = dict.fromkeys(card.thresholds, 0.999) if mute else card.thresholds
    card = replace(card, verdict=verdict, thresholds=thresholds, created=f"version {version}")
    return _written(folder, version, card, _model(colours))


def failing_bundle(folder: Path, colours: Path, version: int) -> BundleVersion:
    """A bundle that loads and passes its check, and fails on any photo that is bright red somewhere."""
    graph = onnx.load_from_string(_model(colours)).graph
    for node in graph.node:
        if node.output[0] == "masks":
            node.output[0] = "masks_before"
        for place, name in enumerate(node.input):
            node.input[place] = "masks_before" if name == "masks" else name
    extra = [
        helper.make_node("ReduceMax", ["redder"], ["reddest"], keepdims=0),
        helper.make_node("Div", ["reddest", "bright"], ["share"]),
        helper.make_node("Floor", ["share"], ["whole"]),
        helper.make_node("Cast", ["whole"], ["index"], to=TensorProto.INT64),
        helper.make_node("Gather", ["one_number", "index"], ["nothing"], axis=0),  # index 1 lies beyond its end
        helper.make_node("Add", ["masks_before", "nothing"], ["masks"]),
    ]
    numbers = [
        numpy_helper.from_array(np.zeros(1, dtype=np.float32), "one_number"),
        numpy_helper.from_array(np.array(0.9, dtype=np.float32), "bright"),
    ]
    made = helper.make_graph(
        [*graph.node, *extra], "colours", list(graph.input), list(graph.output), [*graph.initializer, *numbers]
    )
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    return _written(folder, version, load_bundle(colours).card, bytes(model.SerializeToString()))


def photo_bytes(shade: tuple[int, int, int] = (200, 20, 20), side: int = 320, *, mark: int = 0) -> bytes:
    """A PNG with a patch of a colour on grey noise; `mark` makes it another file."""
    pixels = np.random.default_rng(mark).integers(110, 150, (side, side, 3)).astype(np.uint8)
    pixels[: side // 2, : side // 2] = shade
    held = io.BytesIO()
    Image.fromarray(pixels).save(held, "PNG")
    return held.getvalue()


RED = (255, 0, 0)
"""What `failing_bundle` fails on."""


def live(database: Database, own: Path, cache: Path, store: ReleaseStore | None = None) -> LiveModels:
    """Models that look for a new revision every 50 ms."""
    loader = BundleLoader(own=own, parts=None, cache=cache)
    return LiveModels(loader, store or ReleaseTable(database), TrialStore(database), worker="w", every_s=0.05)


def until(true: Callable[[], bool], seconds: float = 30) -> bool:
    """Whether something becomes true in time."""
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        threading.Event().wait(0.02)
    return true()


def _model(colours: Path) -> bytes:
    return (colours / "model.onnx").read_bytes()


def _written(folder: Path, version: int, card: Card, model: bytes) -> BundleVersion:
    place = folder / f"colours-{version}"
    write_bundle(place, card, model)
    return BundleVersion(name="colours", version=str(version), digest=contents_of(place).digest, place=str(place))
