"""Darknet's YOLO as CVAT ("YOLO 1.1") and Darknet's own users write it."""

from pathlib import Path

from tests.annotations.photo_files import write_photo


def write_cvat(folder: Path) -> None:
    """CVAT's export of a task: all paths start with `data/`, every photo has a label file, no photo is left out."""
    photos = folder / "obj_train_data"
    for seed, name in enumerate(("a.jpg", "deep/b.jpg", "c d.jpg")):
        write_photo(photos / name, seed=seed)
    (photos / "a.txt").write_text("1 0.500000 0.500000 0.250000 0.500000\n0 0.250000 0.250000 0.100000 0.100000\n")
    (photos / "deep/b.txt").write_text("0 0.500000 0.500000 0.200000 0.200000\n")
    (photos / "c d.txt").write_text("")
    (folder / "obj.names").write_text("dent\npaint_chip\n")
    (folder / "obj.data").write_text("classes = 2\ntrain = data/train.txt\nnames = data/obj.names\nbackup = backup/\n")
    (folder / "train.txt").write_text(
        "data/obj_train_data/a.jpg\ndata/obj_train_data/deep/b.jpg\ndata/obj_train_data/c d.jpg\n"
    )


def write_cvat_without_photos(folder: Path) -> None:
    """CVAT's export of a project with subsets, without "save images": the photos lie elsewhere in the source."""
    for seed, name in enumerate(("a.jpg", "b.jpg")):
        write_photo(folder / "photos" / name, seed=seed)
    export = folder / "export"
    for split, name in (("train", "a"), ("valid", "b")):
        (export / f"obj_{split}_data").mkdir(parents=True)
        (export / f"obj_{split}_data" / f"{name}.txt").write_text("0 0.500000 0.500000 0.200000 0.200000\n")
        (export / f"{split}.txt").write_text(f"data/obj_{split}_data/{name}.jpg\n")
    (export / "obj.names").write_text("dent\n")
    (export / "obj.data").write_text(
        "classes = 1\ntrain = data/train.txt\nvalid = data/valid.txt\nnames = data/obj.names\nbackup = backup/\n"
    )


def write_darknet(folder: Path) -> None:
    """As Darknet's page shows it: `classes= 2`, lists with the paths of one machine, a photo without labels."""
    data = folder / "darknet" / "data"
    for seed, name in enumerate(("a.jpg", "b.jpg", "c.jpg")):
        write_photo(data / "obj" / name, seed=seed)
    (data / "obj/a.txt").write_text("1 0.716797 0.395833 0.216406 0.147222")
    (data / "obj/b.txt").write_text("0 0.5 0.5 0.3 0.3\r\n1 0.2 0.2 0.1 0.1\r\n")
    (data / "car.names").write_text("rust\nscratch\n\n")
    (data / "obj.data").write_text(
        "# trained in spring\nclasses= 2\ntrain  = /content/darknet/data/train.txt\n"
        "valid  = data/test.txt\nnames = data\\car.names\nbackup = /mydrive/yolo\n"
    )
    (data / "train.txt").write_text("/content/darknet/data/obj/a.jpg\n/content/darknet/data/obj/c.jpg\n")
    (data / "test.txt").write_text("data/obj/b.jpg\n")
