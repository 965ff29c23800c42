"""`coachwork release reproduce`: a past assessment, made again from its record."""

import click


@click.command("reproduce")
@click.argument("case", metavar="CASE")
@click.option("--tenant", default="default", show_default=True, help="Name of the tenant whose case it is.")
@click.option("--json", "as_json", is_flag=True, help="As JSON, one photo a line.")
def reproduce_command(*, case: str, tenant: str, as_json: bool) -> None:
    """Assess a case's photos again by the bundle that its record names, and compare every digit.

    Ends with status 1 where a field is not what it was.

    \b
    Examples:
      coachwork release reproduce case_01m7ztvh85qpxcgnpw7qdy8hx7
    """  # noqa: D301 - \b is click's
    import json
    import os
    from dataclasses import asdict

    from coachwork.casework.models import bundle_loader, release_store
    from coachwork.casework.reproducing import all_same, reproduce
    from coachwork.settings import read_settings
    from coachwork.storage.case_store import CaseStore
    from coachwork.storage.database import Database
    from coachwork.storage.key_store import KeyStore
    from coachwork.storage.photo_store import PhotoStore

    settings = read_settings(os.environ)
    database = Database(settings.database_url)
    database.migrate()
    whose, photos = KeyStore(database).tenant(tenant), PhotoStore(settings.photos)
    inspection = CaseStore(database).result(whose, case).inspection
    store = release_store(settings, database)
    seen = []
    for one in reproduce(inspection, lambda sha256: photos.get(whose, sha256), bundle_loader(settings), store):
        seen.append(one)
        told = f"differs in {', '.join(one.differs)}" if one.differs else "the same, to the last digit"
        click.echo(json.dumps(asdict(one)) if as_json else f"{one.file}  {one.bundle}  {told}")
    if not all_same(seen):
        raise click.exceptions.Exit(1)
