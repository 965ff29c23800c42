"""What is drawn on a photo to show who found what."""

from coachwork.evaluation.matching import PhotoMatch
from coachwork.evaluation.pairs import Pair
from coachwork.geometry.box import Box
from coachwork.reports.overlay import DrawnShape, colour_of

_UNSTATED = (235, 235, 235)  # colour of damages whose type is not stated


def marked_shapes(pair: Pair, missed: frozenset[int] = frozenset()) -> list[DrawnShape]:
    """The truth, with the shapes of these indices labelled as missed."""
    shapes = []
    for index, (shape, mask) in enumerate(zip(pair.sample.shapes, pair.masks, strict=True)):
        name = shape.type.words if shape.type else "damage"
        label = f"{name}, missed" if index in missed else name
        colour = colour_of(shape.type) if shape.type else _UNSTATED
        shapes.append(DrawnShape(box=shape.box, mask=mask, label=label, colour=colour))
    return shapes


def found_shapes(pair: Pair, match: PhotoMatch) -> list[DrawnShape]:
    """The detections at the operating point that are right or wrong."""
    detections = pair.detections
    shapes = []
    for row in sorted({*match.found, *match.wrong}):
        kind = detections.types[int(detections.labels[row])]
        x_min, y_min, x_max, y_max = (float(edge) for edge in detections.boxes[row])
        shapes.append(
            DrawnShape(
                box=Box(x_min=x_min, y_min=y_min, x_max=x_max, y_max=y_max),
                mask=None if detections.masks is None else detections.masks[row],
                label=f"{kind.words} {detections.scores[row]:.2f}",
                colour=colour_of(kind),
            )
        )
    return shapes
