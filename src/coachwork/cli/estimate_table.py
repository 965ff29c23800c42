"""An estimate as tables on the terminal."""

from decimal import Decimal
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from coachwork.estimates.readings import Reading
from coachwork.estimates.total_loss import TotalLoss

if TYPE_CHECKING:
    from collections.abc import Iterable

    from coachwork.estimates.estimate import Estimate
    from coachwork.estimates.line import Line
    from coachwork.estimates.rules import Rule

_ROOMY = 140
"""Columns from which on reasons stand in the table."""
_WIDTH = 160
"""Of a file or a pipe, which has no width of its own: reasons stay on one line there."""


def print_estimate(estimate: "Estimate") -> None:
    """Prints lines, the totals as intervals, what is taken off, what stays open, the reasons and the sources."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=_WIDTH)
    card = estimate.card
    head = f"{card.name} {card.version}, {card.region}, amounts in {card.currency}"
    console.print(escape(f"{estimate.vehicle.description}  {head}".strip()))
    lines = estimate.likely.lines
    if lines:
        roomy = console.width >= _ROOMY
        console.print(_lines_table(lines, card.decimals, roomy=roomy))
        if not roomy:
            _print_how(console, lines)
    else:
        console.print("nothing to repair is likely" if estimate.damages else "no damage")
    console.print(_parts_table(estimate))
    _print_rest(console, estimate)
    _print_reasons(console, estimate)


def _print_how(console: Console, lines: "Iterable[Line]") -> None:
    """Reasons below the table, where they have no room in it."""
    for line in lines:
        if line.why:
            console.print(f"  {escape(line.words)}, {line.operation.value}: {escape(line.why)}", style="dim")
    console.print()


def _lines_table(lines: "Iterable[Line]", decimals: int, *, roomy: bool) -> Table:
    table = Table(title="Likely repair", title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False, show_footer=True)
    lines = list(lines)
    charges = ("labour", "parts", "materials", "sublet", "tax", "amount")
    sums = {charge: sum((getattr(line, charge) for line in lines), Decimal(0)) for charge in charges}
    hours = sum((line.hours or Decimal(0) for line in lines), Decimal(0))
    table.add_column("item", footer="total")
    table.add_column("operation")
    table.add_column("hours", justify="right", footer=f"{hours:.1f}")
    for charge in charges:
        table.add_column(charge, justify="right", no_wrap=True, footer=_amount(sums[charge], decimals))
    table.add_column("for")
    if roomy:
        table.add_column("how", style="dim")
    before = None
    for line in lines:
        table.add_row(
            "" if line.words == before else escape(line.words),
            line.operation.value,
            "" if line.hours is None else f"{line.hours:.1f}",
            *(_amount(getattr(line, charge), decimals) for charge in charges),
            escape(", ".join(line.damages)),
            *([escape(line.why)] if roomy else []),
        )
        before = line.words
    return table


def _amount(amount: Decimal, decimals: int) -> str:
    return f"{amount:,.{decimals}f}" if amount else ""


def _parts_table(estimate: "Estimate") -> Table:
    """Each item in the three readings: where the doubt lies."""
    table = Table(
        title="By item, with tax; an item can fall where the whole car rises",
        title_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        show_footer=True,
    )
    decimals, total = estimate.card.decimals, estimate.total
    sums: dict[str, list[Decimal]] = {}
    for reading in Reading:
        for line in estimate.plans[reading].lines:
            sums.setdefault(line.words, [Decimal(0)] * 3)[reading.place] += line.amount
    table.add_column("item", footer="total")
    for reading, amount in zip(Reading, (total.lower, total.likely, total.upper), strict=True):
        table.add_column(reading.value, justify="right", footer=f"{amount:,.{decimals}f}")
    for words, amounts in sums.items():
        table.add_row(escape(words), *(f"{amount:,.{decimals}f}" for amount in amounts))
    return table


def _print_rest(console: Console, estimate: "Estimate") -> None:
    currency, loss = estimate.card.currency, estimate.total_loss
    more = ", without what is open" if estimate.open else ""
    console.print(f"[bold]total: {estimate.total.words}{more}[/bold]")
    for name, amounts in (("prior damages", estimate.prior), ("betterment", estimate.betterment)):
        if any(amounts):
            console.print(f"less {name}: {amounts[1]:,} {currency} ({min(amounts):,} to {max(amounts):,})")
    if any((*estimate.prior, *estimate.betterment)):
        console.print(f"[bold]payable, before cover and deductible: {estimate.payable.words}[/bold]")
    style = {TotalLoss.YES: "red", TotalLoss.POSSIBLE: "yellow"}.get(loss.outcome, "")
    console.print(f"total loss: {loss.outcome.value}; {escape(loss.why)}", style=style)
    if estimate.open:
        console.print("\nopen, in no total", style="yellow")
        for entry in estimate.open:
            console.print(f"  {escape(entry.what)}: {escape(entry.why)}")
    for note in estimate.notes:
        console.print(f"note: {escape(note)}")


def _print_reasons(console: Console, estimate: "Estimate") -> None:
    rules: dict[Rule, None] = {}
    tables: dict[str, None] = {}
    for reading in Reading:
        for line in estimate.plans[reading].lines:
            rules |= dict.fromkeys(line.rules)
            tables |= dict.fromkeys(table.split(".")[0] for table in line.tables)
    if rules:
        console.print("\nrules that were used", style="dim")
        for rule in rules:
            console.print(f"  {rule.value}: {rule.words}", style="dim")
        console.print("\nwhere the figures come from", style="dim")
        for table in tables:
            console.print(f"  {table}: {escape(estimate.card.sources[table])}", style="dim")
