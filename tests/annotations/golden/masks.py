"""Folders of masks as CVAT, Roboflow, CamVid's makers and Carvana's lay them out."""

from pathlib import Path

import numpy as np
from PIL import Image

from tests.annotations.photo_files import write_photo

VOC_PALETTE = [0, 0, 0, 128, 0, 0, 0, 128, 0, 128, 128, 0] + [0] * (252 * 3)


def drawn(*, height: int = 30, width: int = 40) -> np.ndarray:
    """Indices (H, W) uint8: a dent in two pieces, a scratch that touches one of them, and a void pixel between."""
    values = np.zeros((height, width), dtype=np.uint8)
    values[2:8, 3:12] = 1
    values[20:26, 30:38] = 1
    values[8:11, 3:20] = 2
    return values


def _save(values: np.ndarray, path: Path, mode: str = "L") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    picture = Image.fromarray(values)
    if mode == "P":
        picture = Image.fromarray(values, "P") if values.ndim == 2 else picture
        picture.putpalette(VOC_PALETTE)
    picture.save(path)


def write_binary(folder: Path) -> None:
    """`images/` and `masks/`, white on black, and one photo that nobody has drawn on."""
    write_photo(folder / "images" / "a.jpg", seed=1)
    write_photo(folder / "images" / "b.jpg", seed=2)
    _save((drawn() > 0).astype(np.uint8) * 255, folder / "masks" / "a_mask.png")


def write_camvid(folder: Path) -> None:
    """Colours, and `class_dict.csv` beside them; train and train_labels would be CamVid's own folders."""
    table = "name,r,g,b\nBackground,0,0,0\ndent,128,0,0\nscratch,0,128,0\n"
    colours = np.array([[0, 0, 0], [128, 0, 0], [0, 128, 0]], dtype=np.uint8)
    write_photo(folder / "train" / "images" / "a.jpg", seed=1)
    _save(colours[drawn()], folder / "train" / "masks" / "a.png")
    (folder / "class_dict.csv").write_text(table)


def write_cvat_palette(folder: Path) -> None:
    """CVAT's label map with palette pictures."""
    table = "# label:color_rgb:parts:actions\nbackground:0,0,0::\ndent:128,0,0::\nscratch:0,128,0::\n"
    write_photo(folder / "images" / "deep" / "a.jpg", seed=1)
    _save(drawn(), folder / "masks" / "deep" / "a.png", "P")
    (folder / "labelmap.txt").write_text(table)


def write_roboflow(folder: Path) -> None:
    """Roboflow's "PNG masks": all in one folder for each split, with `_classes.csv`."""
    name = "a_jpg.rf.0123456789abcdef"
    write_photo(folder / "valid" / f"{name}.jpg", seed=1)
    _save(drawn(), folder / "valid" / f"{name}_mask.png")
    (folder / "valid" / "_classes.csv").write_text("Pixel Value, Class\n0, background\n1, dent\n2, scratch\n")


def write_carvana(folder: Path) -> None:
    """`train` and `train_masks`, GIFs of 0 and 1."""
    write_photo(folder / "train" / "a.jpg", seed=1)
    _save((drawn() > 0).astype(np.uint8), folder / "train_masks" / "a_mask.gif", "P")


def write_class_folders(folder: Path) -> None:
    """One folder of black and white masks for each class, pieces of different classes overlapping."""
    write_photo(folder / "images" / "a.jpg", seed=1)
    for label, number in (("dent", 1), ("scratch", 2)):
        _save((drawn() == number).astype(np.uint8) * 255, folder / "masks" / label / "a.png")


def write_data_science_bowl(folder: Path) -> None:
    """The Data Science Bowl's of 2018: a folder for each photo, in it `images/` and a mask for each instance."""
    number = "0a7d30b252359a10fd298b638b90cb9ada3acced4e0c0e5a3692013f432ee4e9"
    photo = folder / "stage1_train" / number
    write_photo(photo / "images" / f"{number}.png", seed=1)
    for name, shown in (("07a9bf1d7594af2763c86e93f05d22c4", 1), ("0e548d0af63ab451616f082eb56bde13", 2)):
        _save((drawn() == shown).astype(np.uint8) * 255, photo / "masks" / f"{name}.png")


def write_instances(folder: Path) -> None:
    """A folder of masks for each photo, numbered, as programs that segment everything write them."""
    write_photo(folder / "images" / "a.jpg", seed=1)
    write_photo(folder / "images" / "b.jpg", seed=2)
    for shown in (1, 2):
        _save((drawn() == shown).astype(np.uint8) * 255, folder / "masks" / "a" / f"{shown - 1}.png")
