"""Tells what TensorFlow reads in the records of a folder:  tensorflow_reads.py FOLDER TOLD.json

Records are opened by `tf.data.TFRecordDataset` and parsed by the TF Object Detection API's own decoder, with its own
feature spec; the label map is read by its `label_map_util`. Runs in an environment of its own, see `scripts/oracles`.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

os.environ["PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION"] = "python"  # its protocol files are older than today's protobuf
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
import tensorflow as tf
from tensorflow.python.ops import control_flow_ops

control_flow_ops.case, control_flow_ops.cond = tf.case, tf.cond  # where tf-slim looks for what TensorFlow has moved

from object_detection.data_decoders.tf_example_decoder import TfExampleDecoder  # noqa: E402
from object_detection.protos import input_reader_pb2  # noqa: E402
from object_detection.utils import label_map_util  # noqa: E402


def shapes_of(example: dict[str, Any], names: dict[int, str]) -> list[dict[str, Any]]:
    height, width = (int(side) for side in example["original_image_spatial_shape"])
    masks = np.asarray(example["groundtruth_instance_masks"], dtype=bool)  # none, where no damage of the photo has one
    shapes = []
    for index, (y_min, x_min, y_max, x_max) in enumerate(np.asarray(example["groundtruth_boxes"], dtype=float)):
        pixels = masks[index] if len(masks) else np.zeros((height, width), dtype=bool)
        shape: dict[str, Any] = {
            "label": names[int(example["groundtruth_classes"][index])],
            "box": [x_min * width, y_min * height, x_max * width, y_max * height],
        }
        if pixels.any():
            shape |= {"shape": pixels.shape, "bits": np.packbits(pixels).tobytes().hex()}
        shapes.append(shape)
    return shapes


def main(folder: str, to: str) -> None:
    label_map = next(Path(folder).rglob("*.pbtxt"))
    names = {number: name for name, number in label_map_util.get_label_map_dict(str(label_map)).items()}
    decoder = TfExampleDecoder(
        load_instance_masks=True,
        instance_mask_type=input_reader_pb2.PNG_MASKS,
        label_map_proto_file=str(label_map),
    )
    photos = []
    for path in sorted(Path(folder).rglob("*.record*")):
        for record in tf.data.TFRecordDataset(str(path)):
            example = decoder.decode(record)
            photos.append(
                {
                    "photo": Path(example["filename"].numpy().decode()).stem,
                    "split": path.name.split(".")[0],
                    "size": list(example["image"].shape[:2]),
                    "shapes": shapes_of(example, names),
                }
            )
    told = {"version": tf.__version__, "labels": names, "photos": photos}
    Path(to).write_text(json.dumps(told), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
