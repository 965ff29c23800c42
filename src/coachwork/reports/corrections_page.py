"""A page that shows what people changed in proposed annotations: figures by type, and crops of the changes."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from coachwork.datasets.corrections import Change, Correction, TypeCorrections, type_name
from coachwork.datasets.sample import DamageShape
from coachwork.geometry.box import Box
from coachwork.photos.reading import PhotoError, read_photo
from coachwork.reports.charts import bars, histogram
from coachwork.reports.pages import render_page, write_page
from coachwork.reports.pictures import data_uri_of
from coachwork.reports.shape_pictures import crop_pictures, drawn_shape

_TEMPLATE = Path(__file__).with_name("corrections_page.html.j2")
_READ_PX = 1600
_SHOWN = (Change.DELETED, Change.ADDED, Change.RETYPED, Change.RESHAPED)
_EXPLAINED = {
    Change.DELETED: "Proposed, and taken away: the model saw damage where there is none.",
    Change.ADDED: "Drawn by a person: the model saw nothing here.",
    Change.RETYPED: "The place was right, the type was not.",
    Change.RESHAPED: "The type was right, the outline was not; the largest changes first.",
}


def write_corrections_page(
    path: Path,
    *,
    types: Sequence[TypeCorrections],
    corrections: Sequence[Correction],
    paths: Mapping[str, Path],
    about: Mapping[str, str],
    crops: int = 12,
    seen: Callable[[], None] = lambda: None,
) -> None:
    """Writes the page, one file that loads nothing from elsewhere.

    Args:
        path: the HTML file.
        types: what became of each type's shapes, all types together last.
        corrections: of all photos.
        paths: sha256 of a photo -> its file; a photo that cannot be read has no crops.
        about: name -> text at the top of the page.
        crops: of each kind of change at most.
        seen: called for each change that was drawn.
    """
    page = render_page(
        _TEMPLATE,
        title="What people changed",
        about=about,
        types=types,
        total=types[-1],
        charts=_charts(types, corrections),
        sections=[
            {
                "name": change.value,
                "text": _EXPLAINED[change],
                "count": sum(one.change is change for one in corrections),
                "crops": list(_crops(corrections, change, paths, crops, seen)),
            }
            for change in _SHOWN
            if any(one.change is change for one in corrections)
        ],
    )
    write_page(path, page)


def _charts(types: Sequence[TypeCorrections], corrections: Sequence[Correction]) -> list[tuple[str, Any]]:
    rows = [(row.name.replace("_", " "), (row.kept, row.reshaped, row.retyped, row.deleted)) for row in types[:-1]]
    charts = [
        (
            "Proposals, by what became of them",
            bars(rows, series=("kept", "reshaped", "retyped", "deleted"), title="Proposals by type and change"),
        )
    ]
    moved = np.array([one.iou for one in corrections if one.change in {Change.KEPT, Change.RESHAPED}])
    if moved.size:
        drawn = histogram(
            [("", 1, moved)], x_name="IoU of proposal and correction", title="How far shapes were changed"
        )
        charts.append(("How far outlines were changed", drawn))
    return charts


def _crops(
    corrections: Sequence[Correction], change: Change, paths: Mapping[str, Path], most: int, seen: Callable[[], None]
) -> Iterator[dict[str, str]]:
    own = sorted((one for one in corrections if one.change is change), key=lambda one: (one.iou, one.sample.name))
    for one in own[:most]:
        try:
            photo = read_photo(paths[one.sample.sha256], min_side=_READ_PX)
        except (PhotoError, KeyError):
            continue
        finally:
            seen()
        shapes = [shape for shape in (one.proposed, one.corrected) if shape is not None]
        window = _around(shapes)
        before, after = (
            crop_pictures(
                photo.pixels,
                [] if shape is None else [drawn_shape(shape, one.sample.size, label=_label(shape))],
                window,
                size=one.sample.size,
            )[1]
            for shape in (one.proposed, one.corrected)
        )
        yield {
            "before": data_uri_of(before),
            "after": data_uri_of(after),
            "words": _words(one),
            "file": one.sample.name,
        }


def _label(shape: DamageShape) -> str:
    return type_name(shape.type).replace("_", " ")


def _words(one: Correction) -> str:
    names = [_label(shape) for shape in (one.proposed, one.corrected) if shape is not None]
    if one.change is Change.RETYPED:
        return f"{names[0]} became {names[1]}, IoU {one.iou:.2f}"
    return names[0] if one.change is not Change.RESHAPED else f"{names[0]}, IoU {one.iou:.2f}"


def _around(shapes: Sequence[DamageShape]) -> Box:
    edges = np.array([shape.box.xyxy for shape in shapes])
    low, high = edges[:, :2].min(axis=0), edges[:, 2:].max(axis=0)
    return Box(x_min=float(low[0]), y_min=float(low[1]), x_max=float(high[0]), y_max=float(high[1]))
