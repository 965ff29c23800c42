"""Foreign labels end here: the map is chosen, and each label becomes a rule."""

import re
from collections.abc import Set as AbstractSet
from dataclasses import replace
from pathlib import Path

from coachwork.taxonomy import UNSPECIFIED, LabelMap, TaxonomyError, load_label_maps, own_label_maps


def choose_label_map(labels: AbstractSet[str], wanted: str | None = None) -> LabelMap:
    """The label map that the user names, or else the shipped one that knows most of the labels.

    Numbers as labels mean something else in every set: by them alone no shipped map is taken. Labels that say a type in
    other letters ("Dent", "broken glass", "scratches") count for Coachwork's own map, and where a published set's map
    knows no more of them than that, its facts (licence, attribution) are not claimed for the photos. Coachwork's own
    map knows every type; unless it is asked for by name, only the types of the source's labels count as looked for.

    Args:
        labels: all labels that the source uses or declares.
        wanted: a shipped map's name, or the path of a TOML file; a file with several maps is searched by the labels.

    Raises:
        TaxonomyError: no such map, or no map knows any of the labels.
    """
    own_names = {label_map.name for label_map in own_label_maps()}
    maps = {name: _widened(one, labels) if name in own_names else one for name, one in load_label_maps().items()}
    if wanted is not None and wanted not in maps:
        path = Path(wanted)
        if not path.is_file():
            message = f"there is no label map {wanted!r}: name one of {', '.join(maps)}, or a TOML file"
            raise TaxonomyError(message)
        maps = {name: found for name, found in load_label_maps(path).items() if name not in own_names}
        if len(maps) == 1:
            return next(iter(maps.values()))
    elif wanted is not None:
        return maps[wanted]
    telling = labels if wanted is not None else {label for label in labels if not label.isdigit()}
    known = {name: sum(_tells(found, label) for label in telling) for name, found in maps.items()}
    best = max(maps, key=lambda name: (known[name], name in own_names, -len(maps[name].rules)), default=None)
    if best is None or not known[best]:
        raise TaxonomyError(_unknown(labels))
    return _as_declared(maps[best], labels) if best in own_names else maps[best]


def _as_declared(own: LabelMap, labels: AbstractSet[str]) -> LabelMap:
    """One of Coachwork's own maps for a source of these labels: what it has no label for, nobody looked for there."""
    declared = {own.rules[label].type for label in labels if label in own.rules}
    return replace(own, annotates=own.annotates & declared)


def _widened(own: LabelMap, labels: AbstractSet[str]) -> LabelMap:
    """One of Coachwork's own maps with those labels, too, that are its names in other letters."""
    spelled = {
        label: rule for label in labels if label not in own.rules and (rule := own.rules.get(_plain(label, own)))
    }
    return replace(own, rules={**own.rules, **spelled}) if spelled else own


def _plain(label: str, own: LabelMap) -> str:
    """A label in the letters of Coachwork's names: ``Broken-Glass`` is ``broken_glass``, ``Dents`` is ``dent``."""
    name = re.sub(r"[\s_-]+", "_", label.strip().lower())
    return next((name.removesuffix(end) for end in ("", "s", "es") if name.removesuffix(end) in own.rules), name)


def _tells(label_map: LabelMap, label: str) -> bool:
    """Whether a label speaks for a map; that a damage is a damage speaks for none of Coachwork's own."""
    return label in label_map.rules and not (label_map.name == "coachwork" and _plain(label, label_map) == UNSPECIFIED)


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
