"""Foreign labels end here: the map is chosen, and each label becomes a rule."""

from collections.abc import Set as AbstractSet
from pathlib import Path

from coachwork.taxonomy import LabelMap, TaxonomyError, load_label_maps, own_label_maps


def choose_label_map(labels: AbstractSet[str], wanted: str | None = None) -> LabelMap:
    """The label map that the user names, or else the shipped one that knows most of the labels.

    Numbers as labels mean something else in every set: by them alone no shipped map is taken.

    Args:
        labels: all labels that the source uses or declares.
        wanted: a shipped map's name, or the path of a TOML file; a file with several maps is searched by the labels.

    Raises:
        TaxonomyError: no such map, or no map knows any of the labels.
    """
    maps = load_label_maps()
    if wanted is not None and wanted not in maps:
        path = Path(wanted)
        if not path.is_file():
            message = f"there is no label map {wanted!r}: name one of {', '.join(maps)}, or a TOML file"
            raise TaxonomyError(message)
        own = {label_map.name for label_map in own_label_maps()}
        maps = {name: found for name, found in load_label_maps(path).items() if name not in own}
        if len(maps) == 1:
            return next(iter(maps.values()))
    elif wanted is not None:
        return maps[wanted]
    telling = labels if wanted is not None else {label for label in labels if not label.isdigit()}
    known = {name: sum(label in found.rules for label in telling) for name, found in maps.items()}
    best = max(maps, key=lambda name: (known[name], -len(maps[name].rules)), default=None)
    if best is None or not known[best]:
        raise TaxonomyError(_unknown(labels))
    return maps[best]


def _unknown(labels: AbstractSet[str]) -> str:
    """What to do where no label map knows the labels."""
    shown = ", ".join(repr(label) for label in sorted(labels)[:8]) or "none"
    message = (
        f"no label map knows the labels of this source ({shown}): write one as TOML "
        f'([name.labels] with a line such as  "{min(labels, default="Dent")[:40]}" = "dent")  '
        "and pass it with --label-map FILE"
    )
    if labels and all(label.isdigit() for label in labels):
        message += ", or put the names of the classes into a file classes.txt beside the labels, one a line"
    return message
