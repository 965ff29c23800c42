"""Lets the TF Object Detection API make records of a COCO file:  tensorflow_writes.py COCO.json PHOTOS FOLDER

Its own `create_coco_tf_record` makes the examples, with masks where every shape has one, as it cannot do without;
TensorFlow writes them in two shards.
Runs in an environment of its own, see `scripts/oracles`.
"""

import json
import os
import sys
from pathlib import Path

os.environ["PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION"] = "python"  # its protocol files are older than today's protobuf
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import tensorflow as tf
from google.protobuf import text_format
from object_detection.dataset_tools.create_coco_tf_record import create_tf_example
from object_detection.protos.string_int_label_map_pb2 import StringIntLabelMap
from object_detection.utils.label_map_util import create_category_index


def main(coco: str, photos: str, folder: str) -> None:
    document = json.loads(Path(coco).read_text(encoding="utf-8"))
    categories = create_category_index(document["categories"])
    masks = all(each["segmentation"] for each in document["annotations"])
    for number in range(2):
        with tf.io.TFRecordWriter(str(Path(folder) / f"train.record-{number:05}-of-00002")) as writer:
            for image in document["images"][number::2]:
                own = [each for each in document["annotations"] if each["image_id"] == image["id"]]
                example = create_tf_example(image, own, photos, categories, include_masks=masks)[1]
                writer.write(example.SerializeToString())
    label_map = StringIntLabelMap()
    for number, category in sorted(categories.items()):
        label_map.item.add(id=number, name=category["name"])
    (Path(folder) / "label_map.pbtxt").write_text(text_format.MessageToString(label_map), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
