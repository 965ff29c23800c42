"""Boxes as foreign files state them: a corner and two sides, which may be anything."""

from coachwork.annotations.problems import ProblemCode, ProblemLog
from coachwork.geometry.box import Box


def box_of_sides(numbers: tuple[float, float, float, float], log: ProblemLog, place: str) -> Box:
    """The box of a left upper corner and two sides: x, y, width, height, in pixels of the picture as stated.

    Raises:
        AnnotationError: a side is negative, or a number is beyond all bounds.
    """
    x, y, width, height = numbers
    if width < 0 or height < 0:
        raise log.fault(ProblemCode.SHAPE_EMPTY, place, f"the box has the sides {width:g} x {height:g}")
    try:
        return Box(x_min=x, y_min=y, x_max=x + width, y_max=y + height)
    except ValueError as error:
        raise log.fault(ProblemCode.NUMBER_BAD, place, str(error)) from None
