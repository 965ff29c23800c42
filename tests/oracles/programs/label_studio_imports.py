"""Lets Label Studio's own converter make tasks of a COCO file:  label_studio_imports.py COCO.json TASKS.json

Runs in an environment of its own, see `scripts/oracles`.
"""

import sys

from label_studio_sdk.converter.imports.coco import convert_coco_to_ls


def main(coco: str, tasks: str) -> None:
    convert_coco_to_ls(coco, tasks, image_root_url="/data/local-files/?d=photos/")


if __name__ == "__main__":
    main(*sys.argv[1:])
