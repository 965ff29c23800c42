"""`coachwork monitor profile`: the reference that later photos are compared with."""

from pathlib import Path

import click

from coachwork.cli.bundle_path import own_folder

_HELP = """Make the reference of the model in BUNDLE, from the photos of DATASET or from those that a service assessed.

The reference is profile.json in the bundle's folder: figures of single photos and 32 numbers of how each looks, no
picture and no digest. A dataset's photos often differ from what customers send; make it anew --from-service once a few
weeks went well. With --out, BUNDLE may be `shipped`, the damage model in the package.

\b
Examples:
  coachwork monitor profile models/new datasets/claims
  coachwork monitor profile models/new --from-service --days 30
"""


@click.command("profile", help=_HELP)
@click.argument("place", metavar="BUNDLE")
@click.argument("dataset_place", metavar="[DATASET]", required=False)
@click.option("--photos", default=1000, show_default=True, type=click.IntRange(100, 100_000), help="At most so many.")
@click.option("--from-service", is_flag=True, help="Take the photos that the service assessed.")
@click.option("--days", type=click.FloatRange(min=0, min_open=True), help="With --from-service: of the last days.")
@click.option("--tenant", help="With --from-service: of one tenant alone.")
@click.option("--out", type=click.Path(path_type=Path), help="Write into this folder  [BUNDLE].")
def profile_command(
    place: str,
    dataset_place: str | None,
    *,
    photos: int,
    from_service: bool,
    days: float | None,
    tenant: str | None,
    out: Path | None,
) -> None:
    """See `_HELP`."""
    from datetime import UTC, datetime

    from coachwork.inference.bundle import bundle_folder, load_bundle
    from coachwork.monitoring.profile import make_profile
    from coachwork.monitoring.profile_json import ProfileError, write_profile

    if (dataset_place is None) != from_service:
        message = "name a DATASET, or --from-service"
        raise click.UsageError(message)
    folder = own_folder(out or place)
    bundle = load_bundle(bundle_folder(place))
    if from_service:
        from coachwork.cli.monitor import service_records

        found = service_records(tenant=tenant, days=days, last=None)
        records = [one for one in found if one.bundle_digest in {bundle.digest, ""}]
        how = f"{len(records)} photos that the service assessed"
    else:
        from coachwork.cli.monitor import watching_assessor
        from coachwork.cli.photo_bar import photo_bar
        from coachwork.datasets.dataset import read_dataset
        from coachwork.inference.recording import dataset_photos, learnt_words, recorded

        dataset = read_dataset(str(dataset_place))
        chosen = dataset_photos(dataset, most=photos, card=bundle.card)
        done = 0
        with photo_bar("photos") as bar:

            def seen() -> None:
                nonlocal done
                done += 1
                bar(done, len(chosen))

            records = list(recorded(watching_assessor(bundle), chosen, seen=seen))
        how = f"{len(records)} photos of the dataset {dataset.name} ({dataset.digest[:12]}){learnt_words(chosen)}"
    try:
        profile = make_profile(records, how=how, made=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", most=photos)
    except ValueError as few:
        raise ProfileError(file=bundle.folder, why=str(few)) from None
    file = write_profile(folder, profile)
    click.echo(f"{file}: {how}, {len(profile.records)} of them in the sample, {file.stat().st_size / 1000:.0f} kB")
