"""Writes an export as a whole, or not at all."""

import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from coachwork.annotations.attributions import write_attributions
from coachwork.annotations.export import Export
from coachwork.annotations.problems import SourceError


def write_whole(export_into: Callable[[Path], Export], write: Callable[[Export], None], to: Path) -> dict[str, int]:
    """Writes an export beside its destination and renames it: the folder appears whole or not at all.

    Licence and author of single photos are written beside the annotations.

    Args:
        export_into: makes the export for a folder, which exists and is empty.
        write: the format's writer.
        to: the folder to make; absent, or empty.

    Returns:
        label -> shapes written.

    Raises:
        SourceError: the disk refuses.
    """
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=to.parent, prefix=f".{to.name}.") as work:
            fresh = Path(work) / to.name
            fresh.mkdir()
            export = export_into(fresh)
            write(export)
            write_attributions(export)
            fresh.rename(to)
    except OSError as error:
        message = f"{to} cannot be written: {error.strerror or error}"
        raise SourceError(message) from error
    counts = Counter(export.label(shape) for sample in export.samples for shape in sample.shapes)
    return {label: counts[label] for label in export.labels if counts[label]}
