"""The schemes, policies and lists of charges that a tenant can choose from: those that ship, and the tenant's own.

A tenant's own lie as TOML files in ``TENANT/schemes``, ``TENANT/policies`` and ``TENANT/charges`` below the folder
``tables`` of the data folder. They are read when they are asked for, so that a changed file counts at once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from coachwork.cases.listing import NAME, SAMPLE, Terms, TermsRefused
from coachwork.errors import CoachworkError
from coachwork.valuation.charges_toml import find_charges, read_charges, shipped_charges
from coachwork.valuation.policy import DeductionPolicy, Method
from coachwork.valuation.policy_toml import read_policy, sample_policy_path
from coachwork.valuation.return_charges import ChargeList
from coachwork.valuation.scheme import Scheme
from coachwork.valuation.scheme_toml import find_scheme, read_scheme, shipped_schemes

_Table = TypeVar("_Table")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What a tenant can choose from, by name.

    Attributes:
        schemes: with grades.
        policies: the sample first.
        methods: of diminished value, instead of the policy's.
        charges: lists of return charges.
    """

    schemes: tuple[str, ...]
    policies: tuple[str, ...]
    methods: tuple[str, ...]
    charges: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenTables:
    """The tables of some terms.

    Attributes:
        scheme: of the grade.
        policy: of the deduction.
        charges: None where none are listed.
    """

    scheme: Scheme
    policy: DeductionPolicy
    charges: ChargeList | None


class ValuationTables:
    """Finds tables by their names."""

    def __init__(self, folder: Path, tenant_name: Callable[[str], str]) -> None:
        """Takes the folder of the tenants' own tables, and what tells a tenant's name from its id."""
        self._folder, self._tenant_name = folder, tenant_name

    def choices(self, tenant: str) -> Choices:
        """What the tenant can choose from, broken files of its own among it: those are refused when they are chosen."""
        graded = [name for name in shipped_schemes() if find_scheme(name).grades]
        return Choices(
            schemes=(*graded, *self._own(tenant, "schemes")),
            policies=(SAMPLE, *self._own(tenant, "policies")),
            methods=tuple(Method),
            charges=(*shipped_charges(), *self._own(tenant, "charges")),
        )

    def chosen(self, tenant: str, terms: Terms) -> ChosenTables:
        """The tables of some terms.

        Raises:
            TermsRefused: one is not there, or malformed.
        """
        if terms.method and terms.method not in list(Method):
            message = f"there is no method {terms.method!r}: name one of {', '.join(Method)}"
            raise TermsRefused(message)
        method = Method(terms.method) if terms.method else None
        policy_path = sample_policy_path() if terms.policy == SAMPLE else self._path(tenant, "policies", terms.policy)
        return ChosenTables(
            scheme=self._scheme(tenant, terms.scheme),
            policy=_read(lambda: read_policy(policy_path, method=method)),
            charges=self.charges(tenant, terms.charges) if terms.charges else None,
        )

    def charges(self, tenant: str, name: str) -> ChargeList:
        """A list of return charges.

        Raises:
            TermsRefused: it is not there, or malformed.
        """
        if name in shipped_charges():
            return find_charges(name)
        path = self._path(tenant, "charges", name)
        return _read(lambda: read_charges(path))

    def _scheme(self, tenant: str, name: str) -> Scheme:
        if name in shipped_schemes():
            return find_scheme(name)
        path = self._path(tenant, "schemes", name)
        return _read(lambda: read_scheme(path))

    def _own(self, tenant: str, kind: str) -> tuple[str, ...]:
        folder = self._of(tenant)
        found = [] if folder is None else sorted((folder / kind).glob("*.toml"))
        return tuple(path.stem for path in found if NAME.fullmatch(path.stem))

    def _path(self, tenant: str, kind: str, name: str) -> Path:
        if name not in self._own(tenant, kind):
            words = {"schemes": "grading scheme", "policies": "deduction policy", "charges": "list of return charges"}
            message = f"there is no {words[kind]} {name[:64]!r}: choose one that is listed"
            raise TermsRefused(message)
        folder = self._of(tenant)
        return (folder or self._folder) / kind / f"{name}.toml"

    def _of(self, tenant: str) -> Path | None:
        """The folder of a tenant's own tables; None where its name cannot be that of a folder."""
        name = self._tenant_name(tenant)
        return self._folder / name if NAME.fullmatch(name) else None


def _read(reading: Callable[[], _Table]) -> _Table:
    """What a file holds; several problems of it as one sentence."""
    try:
        return reading()
    except CoachworkError as problem:
        raise TermsRefused(str(problem)) from problem
    except ExceptionGroup as problems:
        told = "; ".join(str(one) for one in problems.exceptions[:5])
        raise TermsRefused(told) from problems
