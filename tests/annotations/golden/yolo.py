"""YOLO datasets as Roboflow, Ultralytics, CVAT and Label Studio write them."""

from pathlib import Path

from tests.annotations.photo_files import write_photo


def write_roboflow(folder: Path) -> None:
    """A Roboflow export: paths that lead out of the folder, copies with a hash, names as a list, no last line end."""
    for number, split in enumerate(("train", "valid")):
        stem = f"car-7_jpg.rf.{number}f3a9c0d5e6b7a8c9d0e1f2a3b4c5d6"
        write_photo(folder / split / "images" / f"{stem}.jpg", seed=number)
        labels = folder / split / "labels"
        labels.mkdir(parents=True)
        (labels / f"{stem}.txt").write_text("0 0.5 0.5 0.25 0.5\n1 0.1 0.1 0.5 0.1 0.5 0.5")
    (folder / "data.yaml").write_text(
        "train: ../train/images\nval: ../valid/images\ntest: ../test/images\n\nnc: 2\nnames: ['dent', 'scratch']\n\n"
        "roboflow:\n  workspace: cars\n  project: damage-abc12\n  version: 4\n  license: CC BY 4.0\n"
        "  url: https://universe.roboflow.com/cars/damage-abc12/dataset/4"
    )


def write_ultralytics(folder: Path) -> None:
    """As Ultralytics documents it: names by number, with gaps, an empty label file, a photo without one."""
    for seed, name in enumerate(("train/a.jpg", "train/negative.jpg", "train/unlabelled.jpg", "val/b.jpg")):
        write_photo(folder / "images" / name, seed=seed)
    for split in ("train", "val"):
        (folder / "labels" / split).mkdir(parents=True)
    (folder / "labels/train/a.txt").write_text("2 0.5 0.5 0.2 0.2\n7 0.1 0.1 0.9 0.1 0.9 0.9 0.1 0.9\n")
    (folder / "labels/train/negative.txt").write_text("")
    (folder / "labels/val/b.txt").write_text("7 0.25 0.25 0.5 0.5 0.93\n\n")
    (folder / "data.yaml").write_text(
        "# Train/val/test sets as 1) dir: path/to/imgs, 2) file: path/to/imgs.txt, or 3) list\n"
        "path: ../datasets/cars # dataset root dir\ntrain: images/train # train images\nval: images/val\ntest:\n\n"
        "names:\n  2: dent\n  7: rust\n  9: no\n"
    )


def write_cvat(folder: Path) -> None:
    """CVAT's Ultralytics YOLO export: lists of photos in text files."""
    for seed, name in enumerate(("a.jpg", "b.jpg")):
        write_photo(folder / "images" / "train" / name, seed=seed)
    (folder / "labels" / "train").mkdir(parents=True)
    (folder / "labels/train/a.txt").write_text("0 0.500000 0.500000 0.200000 0.200000\n")
    (folder / "labels/train/b.txt").write_text("1 0.100000 0.100000 0.500000 0.100000 0.500000 0.500000\n")
    (folder / "train.txt").write_text("images/train/a.jpg\nimages/train/b.jpg\n")
    (folder / "data.yaml").write_text("names:\n  0: dent\n  1: paint_chip\npath: .\ntrain: train.txt\n")


def write_supervision(folder: Path) -> None:
    """supervision's `as_yolo`: a data.yaml that names the classes, and leaves the places of photos to its user."""
    for seed, stem in enumerate(("a", "negative")):
        write_photo(folder / "images" / f"{stem}.jpg", seed=seed)
    (folder / "labels").mkdir()
    (folder / "labels" / "a.txt").write_text("1 0.50000 0.50000 0.25000 0.50000\n0 0.1 0.1 0.5 0.1 0.5 0.5")
    (folder / "labels" / "negative.txt").write_text("")
    (folder / "data.yaml").write_text("names:\n- dent\n- scratch\nnc: 2\n")
