import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from coachwork.datasets.sample import DamageShape, Sample, Split
from coachwork.detections import Detections
from coachwork.evaluation.pairs import Pair
from coachwork.geometry.box import Box
from coachwork.geometry.mask import Mask
from coachwork.geometry.polygon import as_polygon
from coachwork.geometry.size import Size
from coachwork.taxonomy import DamageType, load_label_maps

FRAME = Size(height=100, width=120)
DENT, SCRATCH = DamageType.DENT, DamageType.SCRATCH
TYPES = (DENT, SCRATCH)

Rectangle = tuple[float, float, float, float]
Found = tuple[DamageType, float, Rectangle]


def rectangle(box: Rectangle, kind: DamageType | None, *, outlined: bool = True, crowd: bool = False) -> DamageShape:
    x0, y0, x1, y1 = box
    polygons = (as_polygon([x0, y0, x1, y0, x1, y1, x0, y1]),) if outlined else ()
    return DamageShape(type=kind, box=Box(x_min=x0, y_min=y0, x_max=x1, y_max=y1), polygons=polygons, crowd=crowd)


def filled(box: Rectangle, frame: Size) -> Mask:
    full = np.zeros((frame.height, frame.width), dtype=np.bool_)
    x0, y0, x1, y1 = (round(edge) for edge in box)
    full[y0:y1, x0:x1] = True
    return Mask.from_full(full)


def detections(
    found: Sequence[Found], *, frame: Size = FRAME, types: tuple[DamageType, ...] = TYPES, masks: bool = True
) -> Detections:
    best = sorted(found, key=lambda row: -row[1])
    return Detections(
        boxes=np.array([box for *_, box in best], dtype=np.float32).reshape(-1, 4),
        labels=np.array([types.index(kind) for kind, *_ in best], dtype=np.int64),
        scores=np.array([score for _, score, _ in best], dtype=np.float32),
        masks=tuple(filled(box, frame) for *_, box in best) if masks else None,
        size=frame,
        types=types,
    )


def sample(
    name: str,
    shapes: Sequence[DamageShape],
    *,
    annotated: Sequence[DamageType] = TYPES,
    frame: Size = FRAME,
    cluster: str = "",
) -> Sample:
    return Sample(
        photo=f"{name}.png",
        sha256=f"{name:0>64}",
        size=frame,
        source="made",
        name=name,
        split=Split.VAL,
        cluster=cluster or name,
        annotated=frozenset(annotated),
        shapes=tuple(shapes),
    )


class Made:
    """The makers above, handed to tests as one fixture, since test files import nothing from each other."""

    frame, types = FRAME, TYPES
    rectangle = staticmethod(rectangle)
    filled = staticmethod(filled)
    detections = staticmethod(detections)
    sample = staticmethod(sample)

    @staticmethod
    def pair(
        name: str,
        truth: Sequence[tuple[DamageType | None, Rectangle]],
        found: Sequence[Found],
        *,
        annotated: Sequence[DamageType] = TYPES,
    ) -> Pair:
        shapes = [rectangle(box, kind) for kind, box in truth]
        return Pair.of(sample(name, shapes, annotated=annotated), detections(found))


@pytest.fixture(scope="session")
def made() -> type[Made]:
    return Made


def jittered(sample: Sample, rng: np.random.Generator, types: tuple[DamageType, ...]) -> Detections:
    """What a middling model might find: shapes shifted and mistyped, some missed, some made up."""
    frame, rows = sample.size, []
    for shape in sample.shapes:
        if shape.type not in types or rng.random() < 0.25:
            continue
        mask = shape.mask(frame)
        assert mask is not None
        shift = rng.normal(0, 0.08, 2) * (shape.box.width, shape.box.height)
        moved = np.roll(mask.full(), shift.round().astype(int)[::-1], axis=(0, 1))
        kind = shape.type if rng.random() < 0.85 else types[rng.integers(len(types))]
        rows.append((kind, float(rng.beta(5, 2)), Mask.from_full(moved)))
    for _ in range(rng.poisson(1.5)):
        full = np.zeros((frame.height, frame.width), dtype=np.bool_)
        y, x = rng.integers(0, frame.height - 40), rng.integers(0, frame.width - 40)
        full[y : y + rng.integers(10, 40), x : x + rng.integers(10, 40)] = True
        rows.append((types[rng.integers(len(types))], float(rng.beta(2, 5)), Mask.from_full(full)))
    rows = sorted((row for row in rows if row[2].area), key=lambda row: -row[1])
    return Detections(
        boxes=np.array([mask.box.xyxy for *_, mask in rows], dtype=np.float32).reshape(-1, 4),
        labels=np.array([types.index(kind) for kind, *_ in rows], dtype=np.int64),
        scores=np.array([score for _, score, _ in rows], dtype=np.float32),
        masks=tuple(mask for *_, mask in rows),
        size=frame,
        types=types,
    )


def claims_samples(folder: Path, *, limit: int) -> tuple[Sample, ...]:
    content = json.loads((folder / "claims" / "val.coco.json").read_text(encoding="utf-8"))
    rules = load_label_maps()["claims"]
    names = {row["id"]: row["name"] for row in content["categories"]}
    shapes: dict[int, list[DamageShape]] = {}
    for row in content["annotations"]:
        rule = rules.rule(names[row["category_id"]])
        if rule is None or rule.dropped is not None:
            continue
        x, y, width, height = row["bbox"]
        shapes.setdefault(row["image_id"], []).append(
            DamageShape(
                type=rule.type,
                box=Box(x_min=x, y_min=y, x_max=x + width, y_max=y + height),
                polygons=tuple(as_polygon(part) for part in row["segmentation"]),
            )
        )
    return tuple(
        Sample(
            photo=f"claims/val/{row['file_name']}",
            sha256=f"{row['id']:064x}",
            size=Size(height=row["height"], width=row["width"]),
            source="claims",
            name=row["file_name"],
            split=Split.VAL,
            cluster=row["file_name"].split("_")[0],
            annotated=rules.annotates,
            shapes=tuple(shapes.get(row["id"], ())),
        )
        for row in content["images"][:limit]
    )


@pytest.fixture(scope="session")
def claims_pairs(real_data: Path) -> tuple[Pair, ...]:
    """Sixty real photos' truth with jittered detections."""
    rng = np.random.default_rng(7)
    types = tuple(kind for kind in DamageType if kind in load_label_maps()["claims"].annotates)
    return tuple(Pair.of(s, jittered(s, rng, types)) for s in claims_samples(real_data, limit=60))


Jitter = Callable[[Sample, np.random.Generator, tuple[DamageType, ...]], Detections]


@pytest.fixture(scope="session")
def jitter() -> Jitter:
    return jittered
