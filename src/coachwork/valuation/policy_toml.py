"""Deduction policies read from TOML; every problem is told by file, line and reason."""

import hashlib
from collections.abc import Iterator
from decimal import Decimal
from importlib import resources
from itertools import pairwise
from pathlib import Path

from coachwork.errors import CoachworkError
from coachwork.toml_tables import TomlFileError, TomlTable, read_toml
from coachwork.valuation.policy import AgeStep, ByClass, DeductionPolicy, Method, RuhkopfSahm
from coachwork.valuation.scheme import Scheme
from coachwork.valuation.scheme_toml import find_scheme

TABLES = ("policy", "reconditioning", "fair_wear", "grade_step", "diminished_value", *list(Method)[1:])
"""Everything that a policy may hold."""
_NEEDED = ("policy", "reconditioning", "diminished_value")


class PolicyFileError(TomlFileError):
    """A deduction policy is malformed."""


def sample_policy_path() -> Path:
    """The policy that ships: published methods and assumed figures, for trying things out, not for offers."""
    return Path(str(resources.files("coachwork.valuation") / "sample_policy.toml"))


def read_policy(path: Path, *, method: Method | None = None) -> DeductionPolicy:
    """Reads a policy.

    Args:
        path: of the file.
        method: of diminished value, instead of the file's choice.

    Raises:
        PolicyFileError: one thing is wrong in it, told by line.
        ExceptionGroup: of several PolicyFileErrors.
    """
    document, content = read_toml(path, PolicyFileError)
    root = document.root
    root.only(TABLES)
    root.need(_NEEDED)
    if document.problems:
        document.finish()
    made = _policy(root, hashlib.sha256(content).hexdigest(), method)
    document.finish()
    return made


def _policy(root: TomlTable, sha256: str, asked: Method | None) -> DeductionPolicy:
    head, recon = root.table("policy"), root.table("reconditioning")
    head.only(("name", "version", "sample"))
    recon.only(("source", "channel", "channels"))
    channel, shares = recon.text("channel"), recon.table("channels")
    if channel not in shares:
        recon.wrong("channel", f"is {channel!r}, of which [reconditioning.channels] has no share")
    chosen = root.table("diminished_value")
    chosen.only(("source", "method"))
    method = asked or _method(chosen)
    if method is not Method.NONE and method.value not in root:
        chosen.wrong("method", f"is {method.value!r}, and there is no table [{method.value}]: add it")
    by_class = method in {Method.BVSK, Method.SEVENTEEN_C} and method.value in root
    fair = root.table("fair_wear")
    fair.only(("source", "scheme"))
    return DeductionPolicy(
        name=head.text("name"),
        version=head.text("version"),
        sample=head.flag("sample"),
        sha256=sha256,
        channel=channel,
        recon_share=shares.number(channel, high=1) if channel in shares else Decimal(1),
        fair_wear=_scheme(fair, "scheme") if "fair_wear" in root else None,
        grade_steps=dict(_steps(root.table("grade_step"))),
        method=method,
        repair_shares=_ages(root.table("share_of_repair"), 1) if method is Method.SHARE_OF_REPAIR else (),
        ruhkopf_sahm=_ruhkopf_sahm(root.table("ruhkopf_sahm")) if method is Method.RUHKOPF_SAHM else None,
        by_class=_by_class(root.table(method.value)) if by_class else None,
        sources={name: root.table(name).text("source") for name in TABLES[1:] if name in root},
    )


def _method(table: TomlTable) -> Method:
    value = table.text("method")
    if value not in list(Method):
        table.wrong("method", f"must be one of {', '.join(Method)}, is {value!r}")
        return Method.NONE
    return Method(value)


def _scheme(table: TomlTable, key: str) -> Scheme | None:
    name = table.text(key)
    try:
        return find_scheme(name)
    except CoachworkError as error:
        table.wrong(key, f"cannot be used: {error}")
    except ExceptionGroup as errors:
        table.wrong(key, f"cannot be used: {errors.exceptions[0]}")
    return None


def _steps(table: TomlTable) -> Iterator[tuple[str, dict[str, Decimal]]]:
    for name, steps in table.tables(but=("source",)):
        found = {grade: steps.number(grade, high=1) for grade in steps.values}
        for best in list(found)[:1]:
            if found[best]:
                steps.wrong(best, "must be 0: an undamaged car has the best grade, and nothing is taken off")
        for better, worse in pairwise(found):
            if found[worse] < found[better]:
                steps.wrong(worse, f"takes off less than the better grade {better}: list the grades from best to worst")
        yield name, found


def _ages(table: TomlTable, columns: int) -> tuple[AgeStep, ...]:
    found: list[AgeStep] = []
    for place, value in enumerate(table.list_of("ages"), start=1):
        months = value.get("up_to_months") if isinstance(value, dict) else None
        shares = value.get("shares") if isinstance(value, dict) else None
        if type(months) is not int or not isinstance(shares, list) or len(shares) != columns:
            table.wrong("ages", f"step {place} must be {{up_to_months = 12, shares = [...]}} with {columns} shares")
            continue
        read = tuple(table.as_span("ages", share, high=1).low for share in shares)
        if list(read) != sorted(read):
            table.wrong("ages", f"step {place}: shares must not fall with the cost of repair")
        if found and (
            months <= found[-1].up_to_months or any(a > b for a, b in zip(read, found[-1].shares, strict=True))
        ):
            table.wrong("ages", f"step {place} must be older than the one before it, and take off no more")
        found.append(AgeStep(up_to_months=months, shares=read))
    if not found:
        table.wrong("ages", "is missing: state at least one step")
    return tuple(found)


def _ruhkopf_sahm(table: TomlTable) -> RuhkopfSahm:
    table.only(("source", "ratios", "least_ratio", "least_value", "most_km", "ages"))
    ratios = tuple(table.as_span("ratios", value, high=10).low for value in table.list_of("ratios"))
    if not ratios or list(ratios) != sorted(set(ratios)):
        table.wrong("ratios", "must be rising numbers")
    return RuhkopfSahm(
        ratios=ratios,
        least_ratio=table.number("least_ratio", high=1),
        least_value=table.number("least_value", high=1),
        most_km=table.number("most_km"),
        ages=_ages(table, len(ratios)),
    )


def _by_class(table: TomlTable) -> ByClass | None:
    table.only(("source", "scheme", "marketability", "prior_factor", "mileage"))
    scheme = _scheme(table, "scheme")
    if scheme is None:
        return None
    if any(one.value_share is None for one in scheme.classes):
        table.wrong("scheme", f"is {scheme.name!r}, whose classes state no value_share: name another one")
    return ByClass(
        scheme=scheme,
        marketability=table.number("marketability", low=-1, high=1, default=Decimal(0)),
        prior_factor=table.number("prior_factor", high=1, default=Decimal(1)),
        mileage=tuple(_mileage(table)),
    )


def _mileage(table: TomlTable) -> Iterator[tuple[Decimal, Decimal]]:
    km, factor = Decimal(0), Decimal(1)
    for place, value in enumerate(table.list_of("mileage"), start=1):
        if not isinstance(value, dict) or set(value) != {"below_km", "factor"}:
            table.wrong("mileage", f"step {place} must be {{below_km = ..., factor = ...}}")
            continue
        before = (km, factor)
        km = table.as_span("mileage", value["below_km"]).low
        factor = table.as_span("mileage", value["factor"], high=1).low
        if km <= before[0] or factor > before[1]:
            table.wrong("mileage", f"step {place} must reach further than the one before it, with no larger factor")
        yield km, factor
