"""The `coachwork` command: a lazy registry of its sub-commands, and one place where errors become sentences."""

import os
import sys
from collections.abc import Sequence
from typing import NoReturn

import click

from coachwork import __version__
from coachwork.cli.lazy_commands import LazyCommands
from coachwork.errors import CoachworkError

COMMANDS = {
    "assess": ("coachwork.cli.assess:assess_command", "Find the damages on photos of a car and write a report."),
    "inspect": ("coachwork.cli.inspect:inspect_command", "Inspect one car on several photos."),
    "report": ("coachwork.cli.report:report_command", "Make the report of an inspection again."),
    "changes": ("coachwork.cli.changes:changes_command", "Compare two inspections of one car."),
    "estimate": ("coachwork.cli.estimate:estimate_command", "Estimate what repairing the damages of a car costs."),
    "value": ("coachwork.cli.value:value_command", "Grade a car and say what its damages take off its price."),
    "settle": ("coachwork.cli.settle:settle_command", "Propose a settlement of a claim, or send it to a person."),
    "fraud": ("coachwork.cli.fraud:fraud_group", "Look for signs that a claim is not as it is told."),
    "rate-card": ("coachwork.cli.rate_card:rate_card_group", "Check a rate card, or begin one of your own."),
    "evaluate-estimates": (
        "coachwork.cli.evaluate_estimates:evaluate_estimates_command",
        "Measure estimates and routes against settled cases.",
    ),
    "settled": ("coachwork.cli.settled:settled_group", "Make up settled cases, or say how many it takes."),
    "serve": ("coachwork.cli.serve:serve_command", "Run the service: API, database, photos and worker."),
    "work": ("coachwork.cli.work:work_command", "Do the queued work of a service, beside it."),
    "release": (
        "coachwork.cli.release:release_group",
        "Change the bundle that a running service answers with.",
    ),
    "keys": ("coachwork.cli.keys:keys_group", "Look after the keys of programs that use the service."),
    "backup": ("coachwork.cli.backup:backup_command", "Copy all that the service keeps into a folder."),
    "restore": ("coachwork.cli.backup:restore_command", "Bring a backup back into a new place."),
    "feedback": ("coachwork.cli.feedback:feedback_group", "Export what people corrected, for training."),
    "outcomes": ("coachwork.cli.outcomes:outcomes_group", "Tell what repairs and sales really came to."),
    "kpis": ("coachwork.cli.kpis:kpis_command", "Show the KPIs of a service."),
    "erase": ("coachwork.cli.erase:erase_command", "Erase cases for good, with a receipt."),
    "people": ("coachwork.cli.people:people_group", "Look after the accounts of people who work on cases."),
    "import": ("coachwork.cli.import_:import_command", "Make a dataset of annotated photos."),
    "convert": ("coachwork.cli.convert:convert_command", "Write annotations in another format."),
    "formats": ("coachwork.cli.formats:formats_command", "List the annotation formats and what each holds."),
    "collect": ("coachwork.cli.collect:collect_command", "Fetch openly licensed photos of a listing."),
    "bulk": ("coachwork.cli.bulk:bulk_command", "Work on many photos with Apache Beam."),
    "pipelines": ("coachwork.cli.pipelines:pipelines_group", "Run the learning loop, by hand or by Dagster."),
    "drill": ("coachwork.cli.drill:drill_group", "Play what the loop does, in fast time."),
    "reactions": ("coachwork.cli.reactions:reactions_group", "List, undo and pause what the loop does by itself."),
    "select": ("coachwork.cli.select:select_command", "Choose the photos that are worth annotating next."),
    "preannotate": (
        "coachwork.cli.preannotate:preannotate_command",
        "Write a model's proposals for people to correct.",
    ),
    "corrections": ("coachwork.cli.corrections:corrections_command", "Tell what people changed in the proposals."),
    "hide": ("coachwork.cli.hide:hide_command", "Write copies of photos with faces and number plates hidden."),
    "dataset": ("coachwork.cli.dataset:dataset_group", "Look after datasets and their versions."),
    "train": ("coachwork.cli.train:train_command", "Train a model by a plan."),
    "runs": ("coachwork.cli.runs:runs_group", "List, show and compare tracked training runs."),
    "stitch": ("coachwork.cli.stitch:stitch_command", "Put a trained model on another backbone."),
    "average": ("coachwork.cli.average:average_command", "Take the mean of several runs' weights."),
    "tune": ("coachwork.cli.tune:tune_command", "Find better values for a plan's fields."),
    "evaluate": ("coachwork.cli.evaluate:evaluate_command", "Measure a model bundle on a dataset."),
    "compare": ("coachwork.cli.compare:compare_command", "Compare models on the same photos."),
    "severity": (
        "coachwork.cli.severity:severity_group",
        "Fit and measure the rule that tells how severe damages are.",
    ),
    "leaderboard": (
        "coachwork.cli.leaderboard:leaderboard_command",
        "Line up runs and bundles in one table.",
    ),
    "registry": ("coachwork.cli.registry:registry_group", "Register bundles, ask gates of them, promote, roll back."),
    "export": ("coachwork.cli.export:export_command", "Make a model bundle of a training checkpoint."),
    "variants": ("coachwork.cli.variants:variants_command", "Make quicker variants of a model, and measure them."),
    "monitor": ("coachwork.cli.monitor:monitor_group", "Watch whether photos drift from what the model knows."),
    "calibrate": ("coachwork.cli.calibrate:calibrate_command", "Calibrate a model on photos of your own."),
    "render": ("coachwork.cli.render:render_command", "Render sample photos of damaged panels."),
}
"""Name -> where the command lies, and its line in ``--help``. A command is imported when it is called, not before."""


@click.group(
    cls=LazyCommands,
    registry=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@click.version_option(__version__, prog_name="coachwork")
def coachwork() -> None:
    """Coachwork turns photos of a car into a damage report, and keeps the models behind it honest."""


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Runs the command line and ends the process.

    Exit codes: 0 done; 1 something that the user can mend, said in one red sentence on stderr; 2 the command was used
    wrongly; 130 stopped by Ctrl-C.
    """
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line, by default on the process's own arguments, and returns the exit code."""
    try:
        code = coachwork.main(
            args=None if arguments is None else list(arguments), prog_name="coachwork", standalone_mode=False
        )
    except CoachworkError as error:
        _say(str(error))
        return 1
    except ExceptionGroup as errors:
        expected, others = errors.split(CoachworkError)
        if others is not None or expected is None:
            raise
        for one in _flat(expected):
            _say(str(one))
        return 1
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        _say("stopped")
        return 130
    except BrokenPipeError:  # the reader of our output went away, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return code if isinstance(code, int) else 0


def _flat(errors: ExceptionGroup[CoachworkError]) -> list[Exception]:
    found: list[Exception] = []
    for error in errors.exceptions:
        found += _flat(error) if isinstance(error, ExceptionGroup) else [error]
    return found


def _say(sentence: str) -> None:
    shown = sentence.encode("utf-8", "replace").decode("utf-8")
    click.secho(shown, err=True, fg="red", color=False if os.environ.get("NO_COLOR") else None)


if __name__ == "__main__":
    main()
