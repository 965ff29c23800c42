"""Lists of return charges read from TOML; every problem is told by file, line and reason."""

import hashlib
from importlib import resources
from pathlib import Path

from coachwork.errors import CoachworkError
from coachwork.taxonomy import DamageType
from coachwork.toml_tables import TomlFileError, TomlTable, read_toml
from coachwork.valuation.return_charges import ChargeList, ReturnCharge
from coachwork.valuation.scheme import Region
from coachwork.valuation.scheme_toml import find_scheme, named_choices

_ENTRY_KEYS = ("words", "amount", "types", "on", "broken_paint", "up_to_mm")


class ChargesFileError(TomlFileError):
    """A list of return charges is malformed."""


class UnknownCharges(CoachworkError):
    """No list of that name ships, and no file of that name is there.

    Attributes:
        name: as it was given.
    """

    def __init__(self, name: str) -> None:
        known = ", ".join(shipped_charges())
        super().__init__(f"there is no list of return charges {name!r}: name {known}, or a TOML file")
        self.name = name


def shipped_charges() -> tuple[str, ...]:
    """Names of the lists that ship."""
    return tuple(sorted(path.stem for path in _folder().glob("*.toml")))


def find_charges(name: str) -> ChargeList:
    """The list of a name that ships, or of a file.

    Raises:
        UnknownCharges: there is neither.
        ChargesFileError: the file is malformed; an ExceptionGroup of several.
    """
    if name in shipped_charges():
        return read_charges(_folder() / f"{name}.toml")
    if not name.endswith(".toml"):
        raise UnknownCharges(name)
    return read_charges(Path(name))


def read_charges(path: Path) -> ChargeList:
    """Reads a list.

    Raises:
        ChargesFileError: one thing is wrong in it, told by line.
        ExceptionGroup: of several ChargesFileErrors.
    """
    document, content = read_toml(path, ChargesFileError)
    root = document.root
    root.only(("charges", "entries"))
    root.need(("charges", "entries"))
    if document.problems:
        document.finish()
    head = root.table("charges")
    head.only(("name", "title", "source", "currency", "decimals", "fair_wear"))
    scheme = head.text("fair_wear")
    try:
        fair_wear = find_scheme(scheme)
    except (CoachworkError, ExceptionGroup) as error:
        first = error.exceptions[0] if isinstance(error, ExceptionGroup) else error
        head.wrong("fair_wear", f"cannot be used: {first}")
        fair_wear = find_scheme("bvrla")
    made = ChargeList(
        name=head.text("name"),
        title=head.text("title"),
        source=head.text("source"),
        currency=head.text("currency"),
        decimals=head.whole("decimals", low=0, high=4, default=2),
        fair_wear=fair_wear,
        entries=tuple(_entry(name, table) for name, table in root.table("entries").tables()),
        sha256=hashlib.sha256(content).hexdigest(),
    )
    document.finish()
    return made


def _entry(name: str, table: TomlTable) -> ReturnCharge:
    table.only(_ENTRY_KEYS)
    return ReturnCharge(
        name=name,
        words=table.text("words"),
        amount=table.number("amount"),
        types=frozenset(named_choices(table, "types", DamageType)),
        regions=frozenset(named_choices(table, "on", Region)),
        broken_paint=table.flag("broken_paint"),
        up_to_mm=table.number_or_none("up_to_mm"),
    )


def _folder() -> Path:
    return Path(str(resources.files("coachwork.valuation") / "charges"))
