"""Runs one alternative in a process of its own: photo paths come in on stdin, a line of JSON for each goes out.

    python worker.py yolo11n-seg:640 FOLDER | mask_rcnn

Weights are random: nothing is downloaded, and the time of a network does not hang on them, save for what comes after
it. That is fixed: the score from which on boxes count is set on the first photo so that about 100 enter the
suppression, and at most 10 come out with their masks.
"""

import json
import os
import resource
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

CANDIDATES, RESULTS = 100, 10
Look = Callable[[str], int]
"""A photo's path in, how many objects came out."""


os.environ["YOLO_OFFLINE"] = "true"
os.environ["YOLO_AUTOINSTALL"] = "false"


def main() -> None:
    """Prepares the alternative, then answers until stdin ends."""
    warnings.simplefilter("ignore")
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print must not reach the answers
    first = sys.stdin.readline().strip()
    if sys.argv[1] == "mask_rcnn":
        look, about = mask_rcnn(first)
    else:
        name, size = sys.argv[1].split(":")
        look, about = yolo(name, int(size), Path(sys.argv[2]), first)
    look(first)
    print(json.dumps({"ready": about}), file=answers, flush=True)
    for line in sys.stdin:
        started, worked = time.perf_counter(), time.process_time()
        objects = look(line.strip())
        answer = {
            "ms": 1000 * (time.perf_counter() - started),
            "cpu_ms": 1000 * (time.process_time() - worked),
            "objects": objects,
            "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        }
        print(json.dumps(answer), file=answers, flush=True)


def yolo(name: str, size: int, folder: Path, first: str) -> tuple[Look, str]:
    """YOLO exported to ONNX, asked through ultralytics' own `predict`."""
    import cv2  # noqa: PLC0415
    import ultralytics  # noqa: PLC0415

    exported = folder / f"{name}-{size}.onnx"
    os.chdir(folder)  # the export writes where it is called
    if not exported.is_file():
        torch_model = ultralytics.YOLO(f"{name}.yaml", task="segment")
        made = Path(torch_model.export(format="onnx", imgsz=size, simplify=True))
        made.replace(exported)
    model = ultralytics.YOLO(exported, task="segment")
    model.predict(first, imgsz=size, verbose=False, device="cpu")
    image = model.predictor.preprocess([cv2.imread(first)])
    raw = model.predictor.inference(image)[0]  # (1, 4 + classes + 32, anchors)
    best = raw[0, 4:-32].amax(0)
    least = float(best.sort(descending=True).values[CANDIDATES])

    def look(path: str) -> int:
        found = model.predict(path, imgsz=size, conf=least, max_det=RESULTS, verbose=False, device="cpu")[0]
        return len(found.boxes)  # it drops masks that came out empty, after drawing them

    return look, f"ultralytics {ultralytics.__version__}, ONNX Runtime, {size} px, random weights"


def mask_rcnn(first: str) -> tuple[Look, str]:
    """Torchvision's Mask R-CNN as its documentation runs it."""
    import torch  # noqa: PLC0415
    import torchvision  # noqa: PLC0415
    from torchvision.io import ImageReadMode, decode_image  # noqa: PLC0415

    torch.manual_seed(0)
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    model: Any = torchvision.models.detection.maskrcnn_resnet50_fpn(
        weights=None, weights_backbone=None, box_detections_per_img=CANDIDATES, box_score_thresh=0.0, box_nms_thresh=1.0
    ).eval()

    def found(path: str) -> dict[str, torch.Tensor]:
        photo = decode_image(path, mode=ImageReadMode.RGB).float() / 255
        with torch.inference_mode():
            return dict(model([photo])[0])

    model.roi_heads.score_thresh = float(found(first)["scores"].min()) if len(found(first)["scores"]) else 0.0
    model.roi_heads.nms_thresh, model.roi_heads.detections_per_img = 0.5, RESULTS

    def look(path: str) -> int:
        return int((found(path)["masks"] > 0.5).flatten(1).any(1).numel())

    return look, f"torchvision {torchvision.__version__}, eager torch {torch.__version__}, 800 px, random weights"


if __name__ == "__main__":
    main()
