"""Pascal VOC files as the development kit, labelImg, Roboflow and CVAT write them."""

from pathlib import Path

import numpy as np
from PIL import Image

from tests.annotations.photo_files import write_photo

KIT = """<annotation>
\t<folder>VOC2012</folder>
\t<filename>2007_000032.jpg</filename>
\t<source><database>The VOC2007 Database</database><annotation>PASCAL VOC2007</annotation></source>
\t<size><width>40</width><height>30</height><depth>3</depth></size>
\t<segmented>1</segmented>
\t<object>
\t\t<name>dent</name>
\t\t<pose>Frontal</pose>
\t\t<truncated>1</truncated>
\t\t<difficult>0</difficult>
\t\t<bndbox><xmin>3</xmin><ymin>5</ymin><xmax>12</xmax><ymax>14</ymax></bndbox>
\t</object>
\t<object>
\t\t<name>scratch</name>
\t\t<pose>Unspecified</pose>
\t\t<truncated>0</truncated>
\t\t<difficult>1</difficult>
\t\t<bndbox><xmin>21</xmin><ymin>1</ymin><xmax>40</xmax><ymax>30</ymax></bndbox>
\t\t<part><name>head</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>4</xmax><ymax>4</ymax></bndbox></part>
\t</object>
</annotation>
"""

CVAT = """<annotation>
  <folder></folder>
  <filename>a.jpg</filename>
  <source>
    <database>Unknown</database>
  </source>
  <size>
    <width>40</width>
    <height>30</height>
    <depth></depth>
  </size>
  <segmented>1</segmented>
  <object>
    <name>dent</name>
    <occluded>1</occluded>
    <bndbox>
      <xmin>5.5</xmin>
      <ymin>5.0</ymin>
      <xmax>15.25</xmax>
      <ymax>12.0</ymax>
    </bndbox>
    <attributes>
      <attribute>
        <name>rotation</name>
        <value>0.0</value>
      </attribute>
      <attribute>
        <name>severity</name>
        <value>minor</value>
      </attribute>
    </attributes>
  </object>
</annotation>
"""


def write_kit(folder: Path) -> None:
    """The development kit's folders, with a segmentation whose objects have seams of 255 around them."""
    write_photo(folder / "JPEGImages" / "2007_000032.jpg")
    for name in ("Annotations", "SegmentationObject", "ImageSets/Main"):
        (folder / name).mkdir(parents=True)
    (folder / "Annotations" / "2007_000032.xml").write_text(KIT)
    (folder / "ImageSets" / "Main" / "val.txt").write_text("2007_000032\n")
    indices = np.zeros((30, 40), dtype=np.uint8)
    indices[4:14, 2:12] = 255
    indices[5:13, 3:11] = 1
    indices[2:29, 22:39] = 2
    picture = Image.frombytes("P", (40, 30), indices.tobytes())
    picture.putpalette([value for index in range(256) for value in (index, 0, 255 - index)])
    picture.save(folder / "SegmentationObject" / "2007_000032.png")


def write_labelimg(folder: Path) -> None:
    """What labelImg writes beside a photo: absolute paths of the annotator's machine, no negative without its file."""
    write_photo(folder / "a.jpg")
    write_photo(folder / "b.jpg", seed=2)
    head = (
        "<annotation verified='yes'><folder>photos</folder><filename>{0}.jpg</filename><path>C:\\photos\\{0}.jpg</path>"
    )
    size = (
        "<source><database>Unknown</database></source><size><width>40</width><height>30</height><depth>3</depth></size>"
    )
    entry = (
        "<object><name>paint_chip</name><pose>Unspecified</pose><truncated>0</truncated><difficult>0</difficult>"
        "<bndbox><xmin>1</xmin><ymin>1</ymin><xmax>40</xmax><ymax>30</ymax></bndbox></object>"
    )
    for name, objects in (("a", entry), ("b", "")):
        text = f"{head.format(name)}{size}<segmented>0</segmented>{objects}</annotation>"
        (folder / f"{name}.xml").write_text(text)


def write_roboflow(folder: Path) -> None:
    """Roboflow's: a folder for each split, an outline beside the box."""
    write_photo(folder / "train" / "car_jpg.rf.0f3a9c0d.jpg")
    (folder / "train" / "car_jpg.rf.0f3a9c0d.xml").write_text(
        "<annotation>\n\t<folder></folder>\n\t<filename>car_jpg.rf.0f3a9c0d.jpg</filename>\n\t<path>car_jpg.rf.0f3a9c0d.jpg"
        "</path>\n\t<source>\n\t\t<database>roboflow.com</database>\n\t</source>\n\t<size>\n\t\t<width>40</width>\n\t\t"
        "<height>30</height>\n\t\t<depth>3</depth>\n\t</size>\n\t<segmented>0</segmented>\n\t<object>\n\t\t<name>rust</name>"
        "\n\t\t<pose>Unspecified</pose>\n\t\t<truncated>0</truncated>\n\t\t<difficult>0</difficult>\n\t\t<occluded>0"
        "</occluded>\n\t\t<bndbox>\n\t\t\t<xmin>2</xmin>\n\t\t\t<xmax>13</xmax>\n\t\t\t<ymin>2</ymin>\n\t\t\t<ymax>13</ymax>"
        "\n\t\t</bndbox>\n\t\t<polygon>\n\t\t\t<x1>2</x1>\n\t\t\t<y1>2</y1>\n\t\t\t<x2>12.5</x2>\n\t\t\t<y2>2</y2>\n\t\t\t"
        "<x3>2</x3>\n\t\t\t<y3>12.5</y3>\n\t\t</polygon>\n\t</object>\n</annotation>\n"
    )


def write_cvat(folder: Path) -> None:
    """CVAT's: fractions of pixels, attributes, and a segmentation in colours without a palette."""
    write_photo(folder / "JPEGImages" / "a.jpg")
    for name in ("Annotations", "SegmentationObject", "SegmentationClass", "ImageSets/Segmentation"):
        (folder / name).mkdir(parents=True)
    (folder / "labelmap.txt").write_text("# label:color_rgb:parts:actions\nbackground:0,0,0::\ndent:51,221,255::\n")
    (folder / "ImageSets" / "Segmentation" / "train.txt").write_text("a\n")
    (folder / "Annotations" / "a.xml").write_text(CVAT)
    colours = np.zeros((30, 40, 3), dtype=np.uint8)
    colours[5:12, 6:15] = (128, 0, 0)
    Image.fromarray(colours).save(folder / "SegmentationObject" / "a.png")


def write_datumaro(folder: Path) -> None:
    """datumaro's: a photo of masks alone has no annotation file, and the label map no colours."""
    for seed, name in enumerate(("box", "masks")):
        write_photo(folder / "JPEGImages" / f"{name}.jpg", seed=seed)
    for name in ("Annotations", "SegmentationObject", "SegmentationClass", "ImageSets/Main", "ImageSets/Segmentation"):
        (folder / name).mkdir(parents=True)
    (folder / "labelmap.txt").write_text("# label:color_rgb:parts:actions\nbackground:::\ndent:::\nscratch:::\n")
    (folder / "ImageSets" / "Main" / "train.txt").write_text("box\n")
    (folder / "ImageSets" / "Main" / "val.txt").write_text("masks\n")
    (folder / "ImageSets" / "Segmentation" / "val.txt").write_text("masks\n")
    (folder / "Annotations" / "box.xml").write_text(
        "<annotation>\n  <folder/>\n  <filename>box.jpg</filename>\n  <source>\n    <database>Unknown</database>\n"
        "  </source>\n  <size>\n    <width>40</width>\n    <height>30</height>\n    <depth>3</depth>\n  </size>\n"
        "  <segmented>0</segmented>\n  <object>\n    <name>dent</name>\n    <bndbox>\n      <xmin>3</xmin>\n"
        "      <ymin>4</ymin>\n      <xmax>13</xmax>\n      <ymax>14</ymax>\n    </bndbox>\n  </object>\n"
        "</annotation>\n"
    )
    classes, objects = np.zeros((30, 40, 3), dtype=np.uint8), np.zeros((30, 40, 3), dtype=np.uint8)
    classes[5:12, 8:30], classes[20:25, 3:10] = (128, 0, 0), (0, 128, 0)
    objects[5:12, 8:20], objects[5:12, 20:30], objects[20:25, 3:10] = (128, 0, 0), (0, 128, 0), (128, 128, 0)
    Image.fromarray(classes).save(folder / "SegmentationClass" / "masks.png")
    Image.fromarray(objects).save(folder / "SegmentationObject" / "masks.png")
