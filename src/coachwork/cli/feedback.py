"""`coachwork feedback`: what people corrected in the workbench, for training."""

from pathlib import Path

import click


@click.group("feedback")
def feedback_group() -> None:
    """Look after what people corrected in the workbench."""


@feedback_group.command("export")
@click.argument("to", type=click.Path(path_type=Path, file_okay=False))
@click.option("--tenant", default="default", show_default=True, help="Whose cases.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def export_command(to: Path, tenant: str, *, as_json: bool) -> None:
    """Write the photos of corrected cases with their damages as COCO, into a new folder.

    The folder holds photos/, feedback.coco.json and corrections.jsonl. On the photos stand the damages that a person
    stated, and those that the model finds likely and nobody took away. The photos are the customers' originals.

    \b
    Examples:
      coachwork feedback export feedback-2026-11
      coachwork import feedback-2026-11 --to data/feedback
    """  # noqa: D301 - \b is click's
    import json
    import os
    from dataclasses import asdict

    from coachwork.casework.feedback import export_feedback
    from coachwork.settings import read_settings
    from coachwork.storage.case_store import CaseStore
    from coachwork.storage.correction_store import CorrectionStore
    from coachwork.storage.database import Database
    from coachwork.storage.key_store import KeyStore
    from coachwork.storage.photo_store import PhotoStore

    settings = read_settings(os.environ)
    database = Database(settings.database_url)
    database.migrate()
    cases = CaseStore(database)
    done = export_feedback(
        KeyStore(database).tenant(tenant),
        to,
        cases=cases,
        corrections=CorrectionStore(database, cases),
        photo_bytes=PhotoStore(settings.photos),
    )
    if as_json:
        click.echo(json.dumps(asdict(done)))
    else:
        click.echo(f"{done.photos} photos of {done.cases} cases with {done.shapes} damages in {to}")
