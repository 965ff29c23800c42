"""Insurance policies and what a customer tells of a loss, read from TOML; problems are told by file and line."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from importlib import resources
from pathlib import Path
from typing import TypeVar

from coachwork.estimates.money import ZERO
from coachwork.taxonomy import DamageType
from coachwork.toml_tables import TomlFileError, TomlTable, read_toml

_Choice = TypeVar("_Choice", bound=StrEnum)


class ClaimFileError(TomlFileError):
    """A policy or a claim is malformed."""


class Cause(StrEnum):
    """What happened."""

    COLLISION = "collision"
    PARKING = "parking"
    VANDALISM = "vandalism"
    HAIL = "hail"
    STORM = "storm"
    GLASS = "glass"
    ANIMAL = "animal"
    FIRE = "fire"
    THEFT = "theft"


@dataclass(frozen=True, slots=True, kw_only=True)
class Routing:
    """When a proposal may go out without a person looking at it.

    Attributes:
        most_amount: the upper figure of the payout up to which it may.
        least_confidence: of every damage that counts.
        most_spread: upper figure of the repair less the likely one, as a share of the likely one.
        never_types: damage types that a person always looks at.
    """

    most_amount: Decimal
    least_confidence: Decimal
    most_spread: Decimal
    never_types: frozenset[DamageType]


@dataclass(frozen=True, slots=True, kw_only=True)
class InsurancePolicy:
    """What is insured, for how much, and how claims are routed.

    Attributes:
        name, version: as results name it.
        sample: an example, by which no claim may be settled.
        sha256: of the file.
        currency: of all amounts, ISO 4217.
        causes: that are covered.
        begins, ends: first and last day of cover; None where open.
        excluded: damage types that are not paid for.
        deductible: that the customer bears.
        limit: most that is paid; None without one.
        keeps_wreck: whether on a total loss the customer keeps the wreck, so that its value is taken off.
        routing: to offer or person.
    """

    name: str
    version: str
    sample: bool
    sha256: str
    currency: str
    causes: frozenset[Cause]
    begins: date | None
    ends: date | None
    excluded: frozenset[DamageType]
    deductible: Decimal
    limit: Decimal | None
    keeps_wreck: bool
    routing: Routing


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """What the customer tells; None is "not told".

    Attributes:
        on: the day.
        cause: what happened.
        injured: whether anybody was.
        drivable: whether the car still is.
        place: where, (latitude, longitude) in degrees, north and east positive.
    """

    on: date | None = None
    cause: Cause | None = None
    injured: bool | None = None
    drivable: bool | None = None
    place: tuple[float, float] | None = None


def sample_insurance_path() -> Path:
    """The policy that ships: an example, by which no claim may be settled."""
    return Path(str(resources.files("coachwork.claims") / "sample_insurance.toml"))


def read_insurance(path: Path) -> InsurancePolicy:
    """Reads a policy.

    Raises:
        ClaimFileError: one thing is wrong in it, told by line.
        ExceptionGroup: of several ClaimFileErrors.
    """
    document, content = read_toml(path, ClaimFileError)
    root = document.root
    root.only(("policy", "cover", "routing"))
    root.need(("policy", "cover", "routing"))
    if document.problems:
        document.finish()
    made = _policy(root, hashlib.sha256(content).hexdigest())
    document.finish()
    return made


def read_loss(path: Path) -> Loss:
    """Reads what a customer tells, a table ``[loss]``.

    Raises:
        ClaimFileError: one thing is wrong in it, told by line.
        ExceptionGroup: of several ClaimFileErrors.
    """
    document, _ = read_toml(path, ClaimFileError)
    document.root.only(("loss",))
    document.root.need(("loss",))
    table = document.root.table("loss")
    table.only(("on", "cause", "injured", "drivable", "place"))
    causes = list(_choices(table, "cause", [table.values["cause"]] if "cause" in table else [], Cause))
    made = Loss(
        on=_day(table, "on"),
        cause=causes[0] if causes else None,
        injured=table.flag("injured") if "injured" in table else None,
        drivable=table.flag("drivable") if "drivable" in table else None,
        place=_place(table) if "place" in table else None,
    )
    document.finish()
    return made


def _policy(root: TomlTable, sha256: str) -> InsurancePolicy:
    head, cover = root.table("policy"), root.table("cover")
    head.only(("name", "version", "sample"))
    cover.only(("currency", "causes", "begins", "ends", "excluded", "deductible", "limit", "keeps_wreck"))
    begins, ends = _day(cover, "begins"), _day(cover, "ends")
    if begins and ends and ends < begins:
        cover.wrong("ends", f"lies before the cover begins on {begins}")
    return InsurancePolicy(
        name=head.text("name"),
        version=head.text("version"),
        sample=head.flag("sample"),
        sha256=sha256,
        currency=cover.text("currency"),
        causes=frozenset(_choices(cover, "causes", cover.list_of("causes"), Cause)),
        begins=begins,
        ends=ends,
        excluded=frozenset(_choices(cover, "excluded", cover.list_of("excluded"), DamageType)),
        deductible=cover.number("deductible", default=ZERO),
        limit=cover.number_or_none("limit"),
        keeps_wreck=cover.flag("keeps_wreck"),
        routing=_routing(root.table("routing")),
    )


def _routing(table: TomlTable) -> Routing:
    table.only(("source", "most_amount", "least_confidence", "most_spread", "never_types"))
    table.text("source")
    return Routing(
        most_amount=table.number("most_amount"),
        least_confidence=table.number("least_confidence", high=1),
        most_spread=table.number("most_spread"),
        never_types=frozenset(_choices(table, "never_types", table.list_of("never_types"), DamageType)),
    )


def _choices(table: TomlTable, key: str, values: list[object], choices: type[_Choice]) -> Iterator[_Choice]:
    for value in values:
        if isinstance(value, str) and value in list(choices):
            yield choices(value)
        else:
            table.wrong(key, f"names {value!r}, which is none of {', '.join(choices)}")


def _place(table: TomlTable) -> tuple[float, float] | None:
    numbers = [float(one) for one in table.list_of("place") if type(one) in {int, float, Decimal}]
    if len(numbers) == 2 and abs(numbers[0]) <= 90 and abs(numbers[1]) <= 180:
        return numbers[0], numbers[1]
    table.wrong("place", "must be latitude and longitude in degrees, such as [48.86, 2.35]")
    return None


def _day(table: TomlTable, key: str) -> date | None:
    value = table.values.get(key)
    if value is not None and type(value) is not date:
        table.wrong(key, f"must be a day without quotes, such as 2026-03-15, is {value!r}")
        return None
    return value
