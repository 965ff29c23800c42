"""An evaluation of estimates as tables on the terminal."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from coachwork.claims.settlement import Route
from coachwork.settled.counting import Counts, Decision
from coachwork.settled.evaluation import SLICE_MEASURES
from coachwork.settled.figures import MEASURES
from coachwork.settled.writing import GROUPS, short_routes, shown, widening_words

if TYPE_CHECKING:
    from coachwork.settled.evaluation import EstimateEvaluation, Measured

_WIDTH = 160
"""Of a file or a pipe, which has no width of its own."""
_MOST_PROBLEMS = 20


def print_evaluation(evaluation: "EstimateEvaluation") -> None:
    """Prints what was measured: over all cases, by operation, both confusions, and by kind of case."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=_WIDTH)
    console.print(
        f"[bold]{evaluation.cases} settled cases[/bold] in {evaluation.clusters} clusters, in {evaluation.currency}"
    )
    for name, text in evaluation.about.items():
        console.print(f"{name}: {escape(text)}", style="dim")
    if evaluation.synthetic:
        console.print(
            f"{evaluation.synthetic} of the cases are made up: their figures say nothing on real accuracy",
            style="yellow",
        )
    if evaluation.open:
        told = f"in {evaluation.open} of the cases something could not be priced: their totals are too low"
        console.print(told, style="yellow")
    _print_problems(console, evaluation)
    for title, names in GROUPS.items():
        _print_figures(console, title, evaluation, names)
        if title == "intervals":
            console.print(widening_words(evaluation))
    _print_operations(console, evaluation.operations)
    _print_confusion(console, "Items by what was decided", evaluation.decisions, [one.value for one in Decision])
    if evaluation.routes.any():
        _print_confusion(console, "Claims by route", evaluation.routes, short_routes(list(Route)))
    _print_slices(console, evaluation)


def _print_problems(console: Console, evaluation: "EstimateEvaluation") -> None:
    if not evaluation.problems:
        return
    console.print(f"\n{len(evaluation.problems)} cases cannot be used:", style="yellow")
    for problem in evaluation.problems[:_MOST_PROBLEMS]:
        console.print(f"  {escape(str(problem))}", style="yellow", soft_wrap=True)
    more = len(evaluation.problems) - _MOST_PROBLEMS
    if more > 0:
        console.print(f"  and {more} more: --json lists all", style="yellow")


def _print_figures(console: Console, title: str, evaluation: "EstimateEvaluation", names: Sequence[str]) -> None:
    if not any(evaluation.figures[name].rests_on for name in names):
        console.print(f"\n{title}: not told by the cases", style="dim")
        return
    table = _table(title, "", "value", "95 % interval", "rests on")
    for name in names:
        one, unit = evaluation.figures[name], MEASURES[name].unit
        value, interval = shown(one.figure, unit, evaluation)
        table.add_row(MEASURES[name].words, value, interval, f"{one.rests_on:,}")
    console.print()
    console.print(table)


def _print_operations(console: Console, operations: "Mapping[str, Mapping[str, Measured]]") -> None:
    if not operations:
        return
    table = _table("By operation: our lines that were billed, billed lines that we have, F1", "", "precision", "recall")
    for name in ("F1", "95 % interval", "lines"):
        table.add_column(name, justify="right")
    for operation, figures in operations.items():
        f1 = figures["f1"]
        table.add_row(
            operation,
            *(shown(figures[name].figure)[0] for name in ("precision", "recall")),
            *shown(f1.figure),
            f"{f1.rests_on:,}",
        )
    console.print()
    console.print(table)


def _print_confusion(console: Console, title: str, counts: Counts, names: Sequence[str]) -> None:
    table = _table(f"{title}; rows as settled, columns as proposed", "", *names)
    for name, row in zip(names, counts, strict=True):
        table.add_row(name, *(f"{count:,}" if count else "-" for count in row))
    console.print()
    console.print(table)


def _print_slices(console: Console, evaluation: "EstimateEvaluation") -> None:
    heads = [MEASURES[name].words for name in SLICE_MEASURES]
    table = _table("By kind of case; intervals stand in --json and --html", "", "cases", *heads)
    before = ""
    for one in evaluation.slices:
        if one.slice.by != before:
            table.add_row(f"[bold]{one.slice.by}[/bold]", end_section=False)
            before = one.slice.by
        cells = (shown(one.figures[name].figure, MEASURES[name].unit, evaluation)[0] for name in SLICE_MEASURES)
        table.add_row(f"  {escape(one.slice.name)}", f"{len(one.slice.places):,}", *cells)
    console.print()
    console.print(table)


def _table(title: str, *heads: str) -> Table:
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for place, head in enumerate(heads):
        table.add_column(head, justify="left" if not place else "right")
    return table
