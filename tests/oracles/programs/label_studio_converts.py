"""Lets Label Studio's own converter export tasks:  label_studio_converts.py TASKS.json CONFIG.xml FORMAT FOLDER

FORMAT is a name of `label_studio_sdk.converter.Format`: COCO, YOLO, YOLO_OBB, VOC, BRUSH_TO_NUMPY ...
Runs in an environment of its own, see `scripts/oracles`.
"""

import sys

from label_studio_sdk.converter import Converter
from label_studio_sdk.converter.converter import Format


def main(tasks: str, config: str, name: str, folder: str) -> None:
    converter = Converter(config, project_dir=folder, download_resources=False)
    converter.convert(tasks, folder, Format.from_string(name), is_dir=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
