"""Grading schemes read from TOML, those that ship and one's own; every problem is told by file, line and reason."""

import hashlib
from collections.abc import Iterator
from enum import StrEnum
from importlib import resources
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

from coachwork.errors import CoachworkError
from coachwork.estimates.money import ZERO
from coachwork.taxonomy import DamageType, Item
from coachwork.toml_tables import TomlDocument, TomlFileError, TomlTable, read_toml
from coachwork.valuation.scheme import Counted, DamageClass, Grade, Region, Scheme, SortingRule

_RULE_KEYS = ("words", "class", "types", "on", "parts", "above_mm", "broken_paint", "more_than_on_one_part", "tag")
_Choice = TypeVar("_Choice", bound=StrEnum)


class SchemeFileError(TomlFileError):
    """A grading scheme is malformed."""


class UnknownScheme(CoachworkError):
    """No scheme of that name ships, and no file of that name is there.

    Attributes:
        name: as it was given.
    """

    def __init__(self, name: str) -> None:
        known = ", ".join(shipped_schemes())
        super().__init__(f"there is no grading scheme {name!r}: name one of {known}, or a TOML file")
        self.name = name


def shipped_schemes() -> tuple[str, ...]:
    """Names of the schemes that ship."""
    return tuple(sorted(path.stem for path in _folder().glob("*.toml")))


def find_scheme(name: str) -> Scheme:
    """The scheme of a name that ships, or of a file.

    Raises:
        UnknownScheme: there is neither.
        SchemeFileError: the file is malformed; an ExceptionGroup of several.
    """
    if name in shipped_schemes():
        return read_scheme(_folder() / f"{name}.toml")
    if not name.endswith(".toml"):
        raise UnknownScheme(name)
    return read_scheme(Path(name))


def read_scheme(path: Path) -> Scheme:
    """Reads a scheme.

    Raises:
        SchemeFileError: one thing is wrong in it, told by line.
        ExceptionGroup: of several SchemeFileErrors.
    """
    document, content = read_toml(path, SchemeFileError)
    root = document.root
    root.only(("scheme", "classes", "rules", "grades"))
    root.need(("scheme", "classes", "rules"))
    if document.problems:
        document.finish()
    made = _scheme(document, hashlib.sha256(content).hexdigest())
    document.finish()
    return made


def _folder() -> Path:
    return Path(str(resources.files("coachwork.valuation") / "schemes"))


def _scheme(document: TomlDocument, sha256: str) -> Scheme:
    root = document.root
    head = root.table("scheme")
    head.only(("name", "title", "source"))
    classes = tuple(_class(name, table) for name, table in root.table("classes").tables())
    rising = [(one.points, one.value_share.high if one.value_share else ZERO) for one in classes]
    for one, (milder, worse) in zip(classes[1:], pairwise(rising), strict=True):
        if any(after < before for before, after in zip(milder, worse, strict=True)):
            root.table("classes").wrong(one.name, "weighs less than the milder class before it")
    rules = tuple(_rule(name, table, classes) for name, table in root.table("rules").tables())
    if not classes:
        root.wrong("classes", "holds no class: add one, such as [classes.minor]")
    if not any(rule.is_plain for rule in rules):
        root.wrong("rules", "holds no rule for every damage: add one that states nothing but a class")
    tags = {rule.tag for rule in rules if rule.tag}
    known = [*(one.name for one in classes), *sorted(tags)]
    grades = tuple(_grade(name, table, known) for name, table in root.table("grades").tables())
    if grades and (grades[-1].most or grades[-1].points is not None):
        root.table("grades").wrong(
            grades[-1].name, "is the last grade: it must have no limits, so that every car has one"
        )
    return Scheme(
        name=head.text("name"),
        title=head.text("title"),
        source=head.text("source"),
        classes=classes,
        rules=rules,
        grades=grades,
        sha256=sha256,
    )


def _class(name: str, table: TomlTable) -> DamageClass:
    table.only(("words", "counted", "points", "value_share"))
    counted = table.text("counted", default=Counted.DAMAGE)
    if counted not in list(Counted):
        table.wrong("counted", f"must be one of {', '.join(Counted)}, is {counted!r}")
        counted = Counted.DAMAGE
    return DamageClass(
        name=name,
        words=table.text("words"),
        counted=Counted(counted),
        points=table.number("points", default=ZERO),
        value_share=table.span("value_share", high=1) if "value_share" in table else None,
    )


def _rule(name: str, table: TomlTable, classes: tuple[DamageClass, ...]) -> SortingRule:
    table.only(_RULE_KEYS)
    names = [one.name for one in classes]
    class_ = table.text("class")
    if class_ not in names:
        table.wrong("class", f"must be one of {', '.join(names)}, is {class_!r}")
    limited = "more_than_on_one_part" in table
    return SortingRule(
        name=name,
        words=table.text("words"),
        level=names.index(class_) if class_ in names else 0,
        types=frozenset(named_choices(table, "types", DamageType)),
        regions=frozenset(named_choices(table, "on", Region)),
        items=frozenset(named_choices(table, "parts", Item)),
        above_mm=table.number_or_none("above_mm"),
        broken_paint=table.flag("broken_paint"),
        more_than=table.whole("more_than_on_one_part", low=0, high=1000, default=0) if limited else None,
        tag=table.text("tag", default=""),
    )


def named_choices(table: TomlTable, key: str, choices: type[_Choice]) -> Iterator[_Choice]:
    """The values of a list, in their order; those that are none of the choices, and an empty list, are noted."""
    for value in table.list_of(key):
        if value in list(choices):
            yield choices(value)
        else:
            table.wrong(key, f"names {value!r}, which is none of {', '.join(choices)}")
    if key in table and not table.values[key]:
        table.wrong(key, "is empty: leave it out where the rule speaks of all")


def _grade(name: str, table: TomlTable, known: list[str]) -> Grade:
    table.only(("words", "most", "points"))
    most = table.table("most")
    most.only(known)
    return Grade(
        name=name,
        words=table.text("words"),
        most={key: most.whole(key, low=0, high=100_000, default=0) for key in most.values if key in known},
        points=table.number_or_none("points"),
    )
