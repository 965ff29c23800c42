"""Samples as Label Studio tasks, ready to import, with the project's labelling interface."""

import json
import math
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import quoteattr

from coachwork.annotations.attributes import attributes_of
from coachwork.annotations.export import Export
from coachwork.annotations.label_studio_regions import CROWD
from coachwork.annotations.outlines import bridged
from coachwork.annotations.rle_pack import pack_mask
from coachwork.datasets.sample import DamageShape, Sample
from coachwork.taxonomy import Severity

LABELS, TAGS, IMAGE = "label", "tags", "image"
"""Names that Coachwork gives the parts of the labelling interface."""


def write_label_studio(export: Export) -> None:
    """Writes tasks for each split (`train.label_studio.json` and so on), their photos, and `label_config.xml`.

    Photos are named as Label Studio's local storage names them, whose root is the export's folder. Severity and
    attributes become answers asked for each region, tags answers on the photo. Several parts become one outline with
    bridges of no width. An unlabelled photo is a task without an answer.
    """
    for split, samples in export.by_split.items():
        tasks = []
        for index, sample in enumerate(samples, start=1):
            place = f"{split}/{export.name(sample)}"
            export.place_photo(sample, place)
            answers = [] if sample.is_unlabelled else [{"result": results_of(export, sample), "was_cancelled": False}]
            address = f"/data/local-files/?d={quote(place)}"
            tasks.append({"id": index, "data": {IMAGE: address}, "annotations": answers, "predictions": []})
        path = export.folder / f"{split}.label_studio.json"
        path.write_text(json.dumps(tasks, ensure_ascii=False), encoding="utf-8")
    (export.folder / "label_config.xml").write_text(label_config(export), encoding="utf-8")


def results_of(export: Export, sample: Sample) -> list[dict[str, Any]]:
    """What an answer (or a prediction) says of a sample: its regions, what is said of each, and the photo's tags."""
    results = [
        result
        for index, shape in enumerate(sample.shapes, start=1)
        for result in _results(shape, export.label(shape), sample, f"shape-{index}")
    ]
    if sample.tags:
        value = {"choices": list(sample.tags)}
        results.append({"id": "tags", "from_name": TAGS, "to_name": IMAGE, "type": "choices", "value": value})
    return results


def _results(shape: DamageShape, label: str, sample: Sample, number: str) -> list[dict[str, Any]]:
    kind, geometry = _geometry(shape, sample)
    facts = {
        "id": number,
        "to_name": IMAGE,
        "original_width": sample.size.width,
        "original_height": sample.size.height,
        "image_rotation": 0,
    }
    labels = f"{kind}labels"
    results = [facts | {"from_name": f"{LABELS}_{kind}", "type": labels, "value": geometry | {labels: [label]}}]
    said = attributes_of(shape.attributes, shape.severity) | ({CROWD: "true"} if shape.crowd else {})
    outline = {key: value for key, value in geometry.items() if key not in {"rle", "format"}}
    results += [
        facts | {"from_name": name, "type": "textarea", "value": outline | {"text": [text]}}
        for name, text in said.items()
    ]
    return results


def _geometry(shape: DamageShape, sample: Sample) -> tuple[str, dict[str, Any]]:
    """Kind and value of a shape, in percent of the photo's sides."""
    across, down = 100 / sample.size.width, 100 / sample.size.height
    if shape.rle is not None:
        return "brush", {"format": "rle", "rle": list(pack_mask(shape.rle.full()))}
    if shape.polygons:
        outline = bridged(shape.polygons) * (across, down)
        return "polygon", {"points": outline.tolist(), "closed": True}
    width, height, angle = shape.box.width, shape.box.height, 0.0
    x, y = shape.box.x_min, shape.box.y_min
    if shape.rotated is not None:
        width, height, angle = shape.rotated.width, shape.rotated.height, shape.rotated.angle
        x, y = (float(number) for number in shape.rotated.corners[0])
    place = {"x": x * across, "y": y * down, "width": width * across, "height": height * down}
    return "rectangle", place | {"rotation": math.fmod(angle + 360, 360)}


def label_config(export: Export) -> str:
    """The labelling interface of a project in which the tasks of an export can be corrected."""
    asked = sorted({name for sample in export.samples for shape in sample.shapes for name in shape.attributes})
    tags = sorted({tag for sample in export.samples for tag in sample.tags})
    labels = "".join(f"    <Label value={quoteattr(label)}/>\n" for label in export.labels)
    lines = [f'  <Image name="{IMAGE}" value="${IMAGE}" zoom="true"/>']
    for kind in ("rectangle", "polygon", "brush"):
        element = f"{kind.capitalize()}Labels"
        lines.append(f'  <{element} name="{LABELS}_{kind}" toName="{IMAGE}">\n{labels}  </{element}>')
    severities = ", ".join(Severity)
    lines.append(f'  <TextArea name="severity" toName="{IMAGE}" perRegion="true" placeholder="{severities}"/>')
    names = [*asked, *([CROWD] if any(shape.crowd for sample in export.samples for shape in sample.shapes) else [])]
    lines += [f'  <TextArea name={quoteattr(name)} toName="{IMAGE}" perRegion="true"/>' for name in names]
    if tags:
        choices = "".join(f"    <Choice value={quoteattr(tag)}/>\n" for tag in tags)
        lines.append(f'  <Choices name="{TAGS}" toName="{IMAGE}" choice="multiple">\n{choices}  </Choices>')
    return "<View>\n" + "\n".join(lines) + "\n</View>\n"
