"""Makes the bundle of number plates: `python -m scripts.plates.export SETS LABELS CARD DIR CHECKPOINT.pt...`.

Weights of several checkpoints that began at the same one are averaged. CARD is a JSON file with what the card says
beside the model's own facts.
"""

import argparse
import hashlib
import io
import json
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from numpy.typing import NDArray

from coachwork.geometry.size import Size
from coachwork.inference.engines import folded_onnx
from coachwork.photos.letterbox import Letterbox
from coachwork.photos.reading import read_photo
from coachwork.variants.quantising import quantise
from scripts.plates.labels import LabelledPhoto, read_labels
from scripts.plates.net import PlateNet, Shipped

_INPUT = Size(height=512, width=512)
_CALIBRATED_ON = 30
_MOST_DIFFERENT = 1e-3
_MODEL = "model.onnx"


def main() -> None:
    """Parses the command line and writes the bundle."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", type=Path)
    parser.add_argument("labels", type=Path)
    parser.add_argument("card", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("checkpoints", type=Path, nargs="+")
    parser.add_argument("--precision", choices=("int8", "fp32"), default="fp32")
    given = parser.parse_args()
    net = PlateNet(pretrained=False)
    net.load_state_dict(_averaged([torch.load(path, weights_only=True) for path in given.checkpoints]), strict=False)
    images = [
        Letterbox(photo=photo.size, target=_INPUT).apply(photo.pixels)
        for photo in (read_photo(given.sets / one.photo) for one in _some_photos(given.labels))
    ]
    model = folded_onnx(_onnx(Shipped(net).eval(), images[0]))
    if given.precision == "int8":
        quantised = quantise(model, images)
        print(f"INT8: error {quantised.error:.4f}, {len(quantised.kept)} of {quantised.nodes} nodes kept in fp32")
        model = quantised.model
    _write(given.folder, json.loads(given.card.read_text(encoding="utf-8")), model, given.precision)


def _averaged(states: list[dict[str, torch.Tensor]]) -> dict[str, torch.Tensor]:
    return {
        name: torch.stack([state[name].double() for state in states]).mean(0).to(states[0][name].dtype)
        for name in states[0]
    }


def _some_photos(labels: Path) -> list[LabelledPhoto]:
    chosen = read_labels(labels)
    with_plates = [one for one in chosen if one.plates]
    places = np.random.default_rng(0).permutation(len(with_plates))[: _CALIBRATED_ON * 2 // 3]
    others = [one for one in chosen if not one.plates][: _CALIBRATED_ON // 3]
    return [with_plates[place] for place in places] + others


def _onnx(model: Shipped, image: NDArray[np.uint8]) -> bytes:
    """The model as ONNX, checked against torch on a photo."""
    file, example = io.BytesIO(), torch.from_numpy(image[None])
    torch.onnx.export(
        model,
        (example,),
        file,  # type: ignore[arg-type]
        input_names=["image"],
        output_names=["plates"],
        opset_version=17,
        dynamo=False,
    )
    session = onnxruntime.InferenceSession(file.getvalue(), providers=["CPUExecutionProvider"])
    with torch.no_grad():
        difference = np.abs(session.run(None, {"image": image[None]})[0] - model(example).numpy()).max()
    if difference > _MOST_DIFFERENT:
        message = f"the exported model differs from torch by {difference}"
        raise SystemExit(message)
    return file.getvalue()


def _write(folder: Path, card: dict[str, object], model: bytes, precision: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _MODEL).write_bytes(model)
    about = {"file": _MODEL, "sha256": hashlib.sha256(model).hexdigest(), "bytes": len(model), "precision": precision}
    whole = {
        "schema": "coachwork.plates/1",
        **card,
        "input": {"height": _INPUT.height, "width": _INPUT.width},
        "model": about,
    }
    (folder / "card.json").write_text(json.dumps(whole, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
