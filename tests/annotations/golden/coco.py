"""COCO files as CVAT, Roboflow and pycocotools' users write them."""

import json
from pathlib import Path

from tests.annotations.photo_files import write_photo


def write_instances(folder: Path) -> None:
    """The set's own form: sparse ids in no order, parts, run lengths of both kinds, a photo without damage."""
    for seed, name in enumerate(("a.jpg", "b.jpg")):
        write_photo(folder / "images" / name, seed=seed)
    document = {
        "info": {"year": 2026, "version": "1", "description": "", "contributor": "", "url": ""},
        "licenses": [{"id": 0, "name": "", "url": ""}],
        "categories": [
            {"id": 4, "name": "scratch", "supercategory": "damage"},
            {"id": 1, "name": "dent", "supercategory": "damage"},
            {"id": 2, "name": "rust", "supercategory": ""},
        ],
        "images": [
            {
                "id": 17,
                "file_name": "a.jpg",
                "width": 40,
                "height": 30,
                "license": 0,
                "coco_url": "",
                "date_captured": 0,
            },
            {"id": 3, "file_name": "b.jpg", "width": 40, "height": 30},
        ],
        "annotations": [
            {
                "id": 9,
                "image_id": 17,
                "category_id": 4,
                "segmentation": [[2.5, 2, 12, 2, 2, 12.25], [20, 20, 30, 20, 30, 28]],
                "bbox": [2, 2, 28, 26],
                "area": 90.0,
                "iscrowd": 0,
                "attributes": {"occluded": False, "severity": "minor"},
            },
            {
                "id": 2,
                "image_id": 17,
                "category_id": 1,
                "segmentation": {"size": [30, 40], "counts": [305, 4, 26, 4, 861]},
                "bbox": [10, 5, 2, 4],
                "area": 8,
                "iscrowd": 1,
            },
            {"id": 5, "image_id": 17, "category_id": 2, "segmentation": [], "bbox": [1, 2, 10.5, 4], "iscrowd": 0},
            {
                "id": 6,
                "image_id": 17,
                "category_id": 2,
                "segmentation": {"size": [30, 40], "counts": "e94j0O1O1Mj0"},
                "iscrowd": False,
            },
        ],
    }
    (folder / "instances_default.json").write_text(json.dumps(document), encoding="utf-8")


def write_roboflow(folder: Path) -> None:
    """A Roboflow export: a folder for each split, a first category that is none, names with the hash of the copy."""
    for number, split in enumerate(("train", "valid")):
        name = f"car-7_jpg.rf.{number}f3a9c0d.jpg"
        write_photo(folder / split / name, seed=number)
        document = {
            "info": {"description": "Exported from roboflow.com"},
            "licenses": [{"id": 1, "url": "https://creativecommons.org/licenses/by/4.0/", "name": "CC BY 4.0"}],
            "categories": [
                {"id": 0, "name": "damage", "supercategory": "none"},
                {"id": 1, "name": "dent", "supercategory": "damage"},
            ],
            "images": [{"id": 0, "license": 1, "file_name": name, "height": 30, "width": 40}],
            "annotations": [
                {
                    "id": 0,
                    "image_id": 0,
                    "category_id": 1,
                    "bbox": [4, 5, 10.5, 12],
                    "area": 126,
                    "segmentation": [[4, 5, 14.5, 5, 14.5, 17, 4, 17, 4, 5]],
                    "iscrowd": 0,
                }
            ],
        }
        (folder / split / "_annotations.coco.json").write_text(json.dumps(document, indent=1), encoding="utf-8")
