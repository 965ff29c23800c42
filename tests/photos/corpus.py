"""More than 200 broken, hostile and odd files, made anew at each run and alike at each run, with the right answer."""

from .broken_files import broken_containers, flipped_files, odd_jpegs, truncated_files
from .cases import Case
from .hostile_files import bombs, extreme_sizes, misnamed_files, posing_files
from .sound_files import colour_files, moving_files, odd_exif_files, plain_files, turned_files


def corpus() -> list[Case]:
    """All cases."""
    return [
        *plain_files(),
        *turned_files(),
        *odd_exif_files(),
        *colour_files(),
        *moving_files(),
        *extreme_sizes(),
        *bombs(),
        *truncated_files(),
        *flipped_files(),
        *misnamed_files(),
        *posing_files(),
        *odd_jpegs(),
        *broken_containers(),
    ]
