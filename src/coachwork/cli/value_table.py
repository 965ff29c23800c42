"""A valuation as tables on the terminal."""

from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from coachwork.estimates.readings import Reading

if TYPE_CHECKING:
    from coachwork.valuation.rating import Rating
    from coachwork.valuation.return_charges import ReturnBill
    from coachwork.valuation.scheme import Scheme
    from coachwork.valuation.valuation import Valuation

_WIDTH = 160
"""Of a file or a pipe, which has no width of its own."""


def print_valuation(valuation: "Valuation") -> None:
    """Prints the grade, the rule for every damage, the deduction with its formulas, what is open, the sources."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=_WIDTH)
    condition, card = valuation.condition, valuation.estimate.card
    head = f"{valuation.grading.scheme.title}; {card.name} {card.version}; {condition.policy.name}; on {condition.on}"
    console.print(escape(f"{valuation.estimate.vehicle.description}  {head}".strip()))
    _print_grade(console, valuation)
    if valuation.estimate.damages:
        console.print(_damages_table(valuation))
    _print_deduction(console, valuation)
    for entry in valuation.open:
        console.print(f"open: {escape(entry.what)}: {escape(entry.why)}", style="yellow")
    for note in valuation.notes:
        console.print(f"note: {escape(note)}")
    _print_sources(console, valuation)


def print_bill(bill: "ReturnBill") -> None:
    """Prints what a leasing firm charges, damage by damage, and what its list does not speak of."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=_WIDTH)
    charges = bill.charges
    table = Table(title=escape(charges.title), title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("damage beyond fair wear")
    for reading in Reading:
        table.add_column(reading.value, justify="right", no_wrap=True)
    table.add_column("charged for", style="dim")
    for line in bill.lines:
        words = dict.fromkeys(entry.words for entry in line.entries.values() if entry is not None)
        amounts = (f"{amount:,.{charges.decimals}f}" for amount in line.amounts)
        table.add_row(escape(f"{line.damage.name}: {line.damage.words}"), *amounts, escape("; ".join(words)))
    console.print()
    console.print(table)
    least = "at least " if bill.open else ""
    console.print(f"[bold]charges at return: {least}{bill.total.words}[/bold]")
    for entry in bill.open:
        console.print(f"open: {escape(entry.what)}: {escape(entry.why)}", style="yellow")
    console.print(f"  {escape(charges.name)}: {escape(charges.source)}", style="dim")


def _print_grade(console: Console, valuation: "Valuation") -> None:
    proof, grading = valuation.proof, valuation.grading
    if valuation.is_unknown:
        console.print("\n[bold yellow]the condition is not proven[/bold yellow]: no damage is known, and", end=" ")
        console.print(escape(proof.why))
        return
    best = "" if proof.proven else ", at best: the condition is not proven"
    console.print(f"\n[bold]grade {escape(grading.words)}[/bold]{best}")
    told: dict[str, list[str]] = {}
    for reading in Reading:
        read = grading.read[reading]
        why = f" ({'; '.join(read.why)})" if read.why else ""
        told.setdefault(f"{read.grade.name}, {read.grade.words}{why}", []).append(reading.value)
    for sentence, readings in told.items():
        console.print(f"  {_named(readings)}: {escape(sentence)}")
    console.print(f"  {'proven' if proof.proven else 'not proven'}: {escape(proof.why)}")


def _damages_table(valuation: "Valuation") -> Table:
    grading, wear = valuation.grading, valuation.condition.wear
    table = Table(title="Damages and the rules that decided", title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("", "damage", "reading", "class", "rule", "fair wear"):
        table.add_column(name)
    for damage in valuation.estimate.damages:
        rows: dict[tuple[str, str, str], tuple[list[str], dict[str, None]]] = {}
        for reading in Reading:
            graded = _of(grading.read[reading].ratings, damage.name)
            row = rows.setdefault((*_cells(graded, grading.scheme), _worn(_of(wear[reading], damage.name))), ([], {}))
            row[0].append(reading.value)
            row[1].update(dict.fromkeys([graded.why] if graded and graded.why else []))
        for place, ((class_, rule, worn), (readings, whys)) in enumerate(rows.items()):
            first = ("", "") if place else (damage.name, damage.words)
            why = f" ({'; '.join(whys)})" if whys else ""
            cells = (*first, _named(readings), class_, rule + why, worn)
            table.add_row(*(escape(cell) for cell in cells))
    return table


def _named(readings: list[str]) -> str:
    return "all" if len(readings) == len(Reading) else ", ".join(readings)


def _of(ratings: "tuple[Rating, ...]", name: str) -> "Rating | None":
    return next((rating for rating in ratings if rating.damage.name == name), None)


def _cells(rating: "Rating | None", scheme: "Scheme") -> tuple[str, str]:
    if rating is None:
        return "-", "too unsure to count"
    return scheme.classes[rating.level].name, f"{rating.rule.name}: {rating.rule.words}"


def _worn(rating: "Rating | None") -> str:
    if rating is None:
        return "-"
    return f"no: {rating.rule.name}" if rating.level else "yes"


def _print_deduction(console: Console, valuation: "Valuation") -> None:
    deduction, decimals = valuation.deduction, valuation.estimate.card.decimals
    if deduction is None:
        console.print("deduction: none can be stated; take photos that show what was not seen", style="yellow")
        return
    table = Table(
        title="Deduction = reconditioning - fair wear + grade step + diminished value",
        title_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        show_footer=True,
    )
    table.add_column("line", footer="deduction")
    for reading, amount in zip(Reading, valuation.sums, strict=True):
        table.add_column(reading.value, justify="right", no_wrap=True, footer=f"{amount:,.{decimals}f}")
    table.add_column("how it comes about", style="dim")
    for line in valuation.lines:
        by_formula: dict[str, list[str]] = {}
        for reading, formula in zip(Reading, line.formulas, strict=True):
            by_formula.setdefault(formula, []).append(reading.value)
        told = [f"{_named(who)}: {formula}" for formula, who in by_formula.items()]
        table.add_row(line.kind.value, *(f"{amount:,.{decimals}f}" for amount in line.amounts), escape("\n".join(told)))
    console.print(table)
    more = "; for what is known: more may have to be taken off" if valuation.is_least else ""
    console.print(f"[bold]deduction: {deduction.words}[/bold]{more}")


def _print_sources(console: Console, valuation: "Valuation") -> None:
    console.print("\nwhere the figures come from", style="dim")
    told = {f"{valuation.grading.scheme.name}: {valuation.grading.scheme.source}": None}
    if valuation.deduction is not None:
        told |= {f"{line.kind.value}: {source}": None for line in valuation.lines for source in line.sources}
    for source in told:
        console.print(f"  {escape(source)}", style="dim")
