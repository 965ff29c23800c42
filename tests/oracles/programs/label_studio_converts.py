"""Lets Label Studio's own converter export tasks:  label_studio_converts.py TASKS.json CONFIG.xml FORMAT FOLDER

FORMAT is a name of `label_studio_sdk.converter.Format`: COCO, YOLO, YOLO_OBB, VOC, BRUSH_TO_NUMPY ... The folder of the
tasks is the root of Label Studio's local storage. Runs in an environment of its own, see `scripts/oracles`.
"""

import os
import sys
from pathlib import Path

os.environ["LOCAL_FILES_DOCUMENT_ROOT"] = str(Path(sys.argv[1]).parent)

from label_studio_sdk.converter import Converter
from label_studio_sdk.converter.converter import Format


def main(tasks: str, config: str, name: str, folder: str) -> None:
    converter = Converter(config, project_dir=folder, download_resources=False)
    converter.convert(tasks, folder, Format.from_string(name), is_dir=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
