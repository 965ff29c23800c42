"""Makes the bundle that reads number plates: `python -m scripts.plate_reading.export CHECKPOINT.pt CARD DIR`.

CARD is a JSON file with what the card says beside the model's own facts.
"""

import argparse
import hashlib
import io
import json
from pathlib import Path

import numpy as np
import onnxruntime
import torch

from coachwork.inference.engines import folded_onnx
from coachwork.inference.plate_reader import READ_AT, SCHEMA
from scripts.plate_reading.lines import Lines
from scripts.plate_reading.net import ReaderNet, Shipped

_MOST_DIFFERENT = 1e-3
_MODEL = "model.onnx"


def main() -> None:
    """Parses the command line and writes the bundle."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("card", type=Path)
    parser.add_argument("folder", type=Path)
    given = parser.parse_args()
    net = ReaderNet()
    net.load_state_dict(torch.load(given.checkpoint, weights_only=True))
    model = folded_onnx(_onnx(Shipped(net).eval()))
    given.folder.mkdir(parents=True, exist_ok=True)
    (given.folder / _MODEL).write_bytes(model)
    card = {
        "schema": SCHEMA,
        **json.loads(given.card.read_text(encoding="utf-8")),
        "input": {"height": READ_AT.height, "width": READ_AT.width},
        "model": {"file": _MODEL, "sha256": hashlib.sha256(model).hexdigest(), "bytes": len(model)},
    }
    text = json.dumps(card, indent=2, ensure_ascii=False) + "\n"
    (given.folder / "card.json").write_text(text, encoding="utf-8")


def _onnx(model: Shipped) -> bytes:
    """The model as ONNX, checked against torch on a drawn plate."""
    example, _, _ = Lines([], share=0, seed=1).batch(1)
    file = io.BytesIO()
    torch.onnx.export(
        model,
        (example,),
        file,  # type: ignore[arg-type]
        input_names=["image"],
        output_names=["characters"],
        opset_version=17,
        dynamo=False,
    )
    session = onnxruntime.InferenceSession(file.getvalue(), providers=["CPUExecutionProvider"])
    with torch.no_grad():
        difference = np.abs(session.run(None, {"image": example.numpy()})[0] - model(example).numpy()).max()
    if difference > _MOST_DIFFERENT:
        message = f"the exported model differs from torch by {difference}"
        raise SystemExit(message)
    return file.getvalue()


if __name__ == "__main__":
    main()
