"""VIA files as its versions 1.0.6 and 2.0.12 write them."""

import json
from pathlib import Path
from typing import Any

from tests.annotations.photo_files import write_photo

_POLYGON = {"name": "polygon", "all_points_x": [2, 12, 2, 2], "all_points_y": [2, 2, 12, 2]}
_SHAPES: list[dict[str, Any]] = [
    _POLYGON,
    {"name": "rect", "x": 3, "y": 4, "width": 10, "height": 5},
    {"name": "circle", "cx": 20, "cy": 15, "r": 5.5},
    {"name": "ellipse", "cx": 20, "cy": 15, "rx": 8, "ry": 4, "theta": 0.4},
]


def write_first_version(folder: Path) -> None:
    """1.0.6: regions are an object, outlines closed, and there is an entry for a demo picture that nobody has."""
    write_photo(folder / "a.jpg", seed=0)
    regions = {
        str(index): {"shape_attributes": shape, "region_attributes": {"name": "dent" if index else "scratch"}}
        for index, shape in enumerate(_SHAPES)
    }
    entry = {"fileref": "", "size": 900, "filename": "a.jpg", "base64_img_data": "", "file_attributes": {}}
    demo = entry | {"filename": "test_pattern_qbist.jpg", "size": 129855, "regions": {}}
    document = {"a.jpg900": entry | {"regions": regions}, "test_pattern_qbist.jpg129855": demo}
    (folder / "via_region_data.json").write_text(json.dumps(document), encoding="utf-8")


def write_project(folder: Path) -> None:
    """A 2.x project: settings, options with descriptions, checkboxes, regions as a list, a point among them."""
    write_photo(folder / "a.jpg", seed=0)
    write_photo(folder / "b.jpg", seed=1)
    regions: list[dict[str, Any]] = [
        {"shape_attributes": shape, "region_attributes": {"damage": {"1": True, "2": index == 0}, "note": "ü"}}
        for index, shape in enumerate([*_SHAPES, {"name": "point", "cx": 4, "cy": 4}])
    ]
    options = {"1": "dent", "2": "scratch"}
    document = {
        "_via_settings": {"ui": {"image": {"region_label": "damage"}}, "project": {"name": "cars"}},
        "_via_img_metadata": {
            "a.jpg-1": {"filename": "a.jpg", "size": -1, "regions": regions, "file_attributes": {}},
            "b.jpg-1": {"filename": "b.jpg", "size": -1, "regions": [], "file_attributes": {"public_domain": "no"}},
        },
        "_via_attributes": {
            "region": {"damage": {"type": "checkbox", "options": options}, "note": {"type": "text"}},
            "file": {},
        },
    }
    (folder / "via_project.json").write_text(json.dumps(document), encoding="utf-8")


def write_csv(folder: Path) -> None:
    """2.x CSV: a header that starts with a hash sign, JSON in quoted cells, a photo without regions."""
    write_photo(folder / "a.jpg", seed=0)
    write_photo(folder / "b.jpg", seed=1)
    columns = "filename,file_size,file_attributes,region_count,region_id,region_shape_attributes,region_attributes"
    lines = [f"#{columns}"]
    for index, shape in enumerate(_SHAPES):
        cells = (json.dumps(value).replace('"', '""') for value in (shape, {"name": "rust"}))
        lines.append(f'a.jpg,900,"{{}}",{len(_SHAPES)},{index},' + ",".join(f'"{cell}"' for cell in cells))
    lines.append('b.jpg,901,"{}",0,0,"{}","{}"')
    (folder / "via_export.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_third_version(folder: Path) -> None:
    """3.1: views, numbers that begin with the kind of shape, values by attribute id, a video beside photos."""
    write_photo(folder / "a.jpg", seed=0)
    write_photo(folder / "b.jpg", seed=1)
    drawn: list[list[float]] = [
        [2, 3, 4, 10, 5],
        [3, 20, 15, 5.5],
        [4, 20, 15, 8, 4],
        [7, 2, 2, 12, 2, 2, 12],
        [8, 5, 9, 11, 4, 17, 10, 12, 16],
        [9, 10, 5, 15, 10, 10, 15],
        [1, 4, 4],
    ]
    metadata: dict[str, dict[str, Any]] = {
        f"1_{index}": {"vid": "1", "flg": 0, "z": [], "xy": xy, "av": {"1": "0" if index else "1", "2": "0,1"}}
        for index, xy in enumerate(drawn)
    }
    metadata["1_file"] = {"vid": "1", "flg": 0, "z": [], "xy": [], "av": {"3": "by night"}}
    metadata["3_time"] = {"vid": "3", "flg": 0, "z": [1.5, 2], "xy": [], "av": {"1": "0"}}
    options = {"0": "dent", "1": "scratch"}
    document = {
        "project": {
            "pid": "__VIA_PROJECT_ID__",
            "pname": "cars",
            "data_format_version": "3.1.1",
            "vid_list": ["1", "2", "3"],
        },
        "config": {"file": {"loc_prefix": {"1": "", "2": "", "3": "", "4": ""}}, "ui": {}},
        "attribute": {
            "1": {"aname": "damage", "anchor_id": "FILE1_Z0_XY1", "type": 4, "desc": "", "options": options},
            "2": {
                "aname": "seen",
                "anchor_id": "FILE1_Z0_XY1",
                "type": 2,
                "desc": "",
                "options": {"0": "near", "1": "far"},
            },
            "3": {"aname": "light", "anchor_id": "FILE1_Z0_XY0", "type": 1, "desc": "", "options": {}},
        },
        "file": {
            "1": {"fid": "1", "fname": "a.jpg", "type": 2, "loc": 1, "src": ""},
            "2": {"fid": "2", "fname": "b.jpg", "type": 2, "loc": 3, "src": "file:///cars/b.jpg"},
            "3": {"fid": "3", "fname": "drive.mp4", "type": 4, "loc": 1, "src": ""},
        },
        "metadata": metadata,
        "view": {str(number): {"fid_list": [str(number)]} for number in (1, 2, 3)},
    }
    (folder / "via3.json").write_text(json.dumps(document), encoding="utf-8")
