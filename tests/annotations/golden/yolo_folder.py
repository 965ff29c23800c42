"""Photos with YOLO label files that nothing describes, as LabelImg, Label Studio and Roboflow write them."""

import json
from pathlib import Path

from tests.annotations.photo_files import write_photo


def write_labelimg(folder: Path) -> None:
    """LabelImg: label files and classes.txt beside the photos; a photo that nobody has opened, one without damage."""
    for seed, name in enumerate(("a.jpg", "b.JPG", "c.png")):
        write_photo(folder / name, seed=seed)
    (folder / "a.txt").write_text("1 0.500000 0.500000 0.250000 0.500000\n0 0.250000 0.250000 0.100000 0.100000\n")
    (folder / "b.txt").write_text("")
    (folder / "classes.txt").write_text("dent\nscratch\n")


def write_label_studio(folder: Path) -> None:
    """Label Studio's "YOLO": images/, labels/, classes.txt and notes.json, names with eight characters before them."""
    for seed, name in enumerate(("3ac8d2f1-a.jpg", "00c8d2f1-b.jpg")):
        write_photo(folder / "images" / name, seed=seed)
    (folder / "labels").mkdir()
    row = "0 0.4500000000000001 0.5 0.30000000000000004 0.2\n"
    (folder / "labels/3ac8d2f1-a.txt").write_text(row)
    (folder / "labels/00c8d2f1-b.txt").write_text(f"1 0.1 0.1 0.5 0.1 0.5 0.5 0.3 0.7\n{row}")
    (folder / "classes.txt").write_text("dent\npaint_chip")
    categories = [{"id": 0, "name": "dent"}, {"id": 1, "name": "paint_chip"}]
    info = {"year": 2026, "version": "1.0", "contributor": "Label Studio"}
    (folder / "notes.json").write_text(json.dumps({"categories": categories, "info": info}, indent=2))


def write_label_studio_without_photos(folder: Path) -> None:
    """The same, exported without photos; these lie where they were before they were uploaded."""
    write_photo(folder / "cars" / "a.jpg", seed=1)
    write_photo(folder / "cars" / "b.jpg", seed=2)
    (folder / "labels").mkdir()
    (folder / "labels/3ac8d2f1-a.txt").write_text("0 0.45 0.5 0.3 0.2\n")
    (folder / "classes.txt").write_text("dent\n")


def write_roboflow(folder: Path) -> None:
    """Roboflow's "YOLO Darknet TXT": a folder for each split, with `_darknet.labels` of its own."""
    for number, split in enumerate(("train", "valid")):
        stem = f"car-{number}_jpg.rf.{number}f3a9c0d5e6b7a8c9d0e1f2a3b4c5d6"
        write_photo(folder / split / f"{stem}.jpg", seed=number)
        (folder / split / f"{stem}.txt").write_text("1 0.5 0.5 0.25 0.5\n0 0.2 0.2 0.1 0.1")
        (folder / split / "_darknet.labels").write_text("dent\nscratch")
    (folder / "README.roboflow.txt").write_text("\ndamage - v4\n==============================\n")
    (folder / "README.dataset.txt").write_text("# damage > 2026-01-01\nhttps://universe.roboflow.com/cars/damage\n")
