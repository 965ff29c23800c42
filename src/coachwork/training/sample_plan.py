"""A plan with every field at its default, each under what it means: what `coachwork train --sample-plan` prints."""

import inspect
import re
import textwrap
from collections.abc import Iterator
from dataclasses import MISSING, Field, fields
from typing import Any

from coachwork.taxonomy import DamageType
from coachwork.training.plan import PLAN_TABLES
from coachwork.training.plan_toml import toml_lines

_TYPES = (DamageType.DENT, DamageType.SCRATCH, DamageType.MISSING_OR_BROKEN_PART)
_HEAD = """\
# A training plan; `coachwork train` carries it out. Leave out what is to stay as it is here.
# Paths count from this file's folder.

# Names the run; the file's own name where left out.
# name = "plan"

# Of weights, order and variation.
seed = 7

# damage, or parts.
task = "damage"

# What the model learns to find, in the order of its outputs.
"""
_INSTEAD: dict[tuple[str, str], Any] = {("data", "datasets"): ["datasets/damage"]}
_WIDTH = 120
_ATTRIBUTE = re.compile(r"^    (\w+(?:, \w+)*): (.*)$")


def sample_plan() -> str:
    """The plan as TOML that `read_plan` reads; the meanings are those of the dataclasses' docstrings."""
    lines = [_HEAD.rstrip("\n"), *toml_lines({"types": [kind.value for kind in _TYPES]})]
    for name, table in PLAN_TABLES.items():
        lines += ["", *_comment(_summary(table)), f"[{name}]"]
        meanings = attribute_meanings(table)
        previous = ""
        for one in fields(table):
            if meanings[one.name] != previous:
                lines += ["", *_comment(meanings[one.name])]
            previous = meanings[one.name]
            lines += _line(one.name, _INSTEAD.get((name, one.name), _default(one)))
    return "\n".join(lines) + "\n"


def attribute_meanings(table: type) -> dict[str, str]:
    """What the docstring of a dataclass says of each attribute; those that share a line share a meaning."""
    meanings: dict[str, str] = {}
    for names, text in _attributes(inspect.getdoc(table) or ""):
        meanings |= dict.fromkeys(names, text)
    return meanings


def _attributes(docstring: str) -> Iterator[tuple[list[str], str]]:
    _, _, section = docstring.partition("Attributes:\n")
    names: list[str] = []
    words: list[str] = []
    for line in section.splitlines():
        begun = _ATTRIBUTE.match(line)
        if begun:
            if names:
                yield names, " ".join(words)
            names, words = begun.group(1).split(", "), [begun.group(2)]
        else:
            words.append(line.strip())
    yield names, " ".join(words).strip()


def _summary(table: type) -> str:
    return (inspect.getdoc(table) or "").partition("\n\n")[0]


def _default(one: Field[Any]) -> Any:
    return one.default_factory() if one.default_factory is not MISSING else one.default


def _comment(text: str) -> list[str]:
    text = text[:1].upper() + text[1:].replace("``", "`")
    return textwrap.wrap(text, width=_WIDTH, initial_indent="# ", subsequent_indent="# ", break_on_hyphens=False)


def _line(name: str, value: Any) -> list[str]:
    """A table within a table is written in its line, since an empty one could not be seen otherwise."""
    return [f"{name} = {{}}"] if value == {} else toml_lines({name: value})
