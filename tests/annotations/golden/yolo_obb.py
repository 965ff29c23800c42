"""YOLO datasets of turned boxes."""

from pathlib import Path

from tests.annotations.photo_files import write_photo


def write_turned(folder: Path) -> None:
    """Four corners a row, in fractions of a photo that is no square."""
    for seed, name in enumerate(("a.jpg", "b.jpg")):
        write_photo(folder / "images" / "train" / name, seed=seed)
    (folder / "labels" / "train").mkdir(parents=True)
    (folder / "labels/train/a.txt").write_text("0 0.25 0.166667 0.5 0.5 0.375 0.666667 0.125 0.333333\n")
    (folder / "labels/train/b.txt").write_text("1 0.25 0.25 0.5 0.25 0.5 0.5 0.25 0.5\n")
    (folder / "data.yaml").write_text(
        "task: obb\npath: .\ntrain: images/train\nval: images/train\nnames: [dent, rust]\n"
    )
