"""COCO's run lengths, checked before anything is decoded: a wrong count must not become memory."""

from typing import Any

from coachwork.annotations.json_values import as_list, as_number
from coachwork.annotations.problems import ProblemCode, ProblemLog
from coachwork.geometry.mask import decompressed_counts
from coachwork.geometry.size import Size


def counts_of(value: dict[str, Any], frame: Size, log: ProblemLog, place: str) -> list[int]:
    """Column-major run lengths, first run of zeros, of a COCO object ``{"size": [h, w], "counts": ...}``.

    Args:
        value: the object; counts may be a list or COCO's compressed text.
        frame: the size that the runs must fill.
        log: where problems go.
        place: where the object stands.

    Raises:
        AnnotationError: the size is another one, or the counts do not fill it.
    """
    sides = as_list(value.get("size"), log, f"{place}.size")
    if len(sides) != 2:
        raise log.fault(ProblemCode.WRONG_TYPE, f"{place}.size", "should be height and width")
    height, width = (as_number(side, log, f"{place}.size") for side in sides)
    if (height, width) != (frame.height, frame.width):
        what = f"the run lengths are for {width:g} x {height:g} px, the picture has {frame.width} x {frame.height}"
        raise log.fault(ProblemCode.RLE_BROKEN, f"{place}.size", what)
    counts = value.get("counts")
    if isinstance(counts, str):
        runs = _decompress(counts, log, f"{place}.counts")
    else:
        entries = as_list(counts, log, f"{place}.counts")
        numbers = [as_number(entry, log, f"{place}.counts[{index}]") for index, entry in enumerate(entries)]
        if any(not number.is_integer() for number in numbers):
            raise log.fault(ProblemCode.RLE_BROKEN, f"{place}.counts", "run lengths are whole numbers")
        runs = [int(number) for number in numbers]
    if min(runs, default=0) < 0 or sum(runs) != frame.area:
        what = f"the run lengths add up to {sum(runs)}, the picture has {frame.area} pixels"
        raise log.fault(ProblemCode.RLE_BROKEN, f"{place}.counts", what)
    return runs


def _decompress(text: str, log: ProblemLog, place: str) -> list[int]:
    """Run lengths of COCO's text form; what is wrong with the text becomes a problem."""
    try:
        return decompressed_counts(text.encode("ascii"))
    except ValueError as broken:
        raise log.fault(ProblemCode.RLE_BROKEN, place, f"{text[:24]!r}: {broken}") from broken
