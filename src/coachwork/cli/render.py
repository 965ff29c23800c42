"""`coachwork render`: photos of car sides with exact damage masks."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from coachwork.errors import CoachworkError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from coachwork.geometry.size import Size
    from coachwork.rendering.sample_scenes import SamplePhoto


class RenderError(CoachworkError):
    """Rendered photos cannot be written where they are wanted."""


@click.command("render")
@click.option("--count", default=8, show_default=True, type=click.IntRange(min=1), help="How many photos.")
@click.option("--seed", default=0, show_default=True, type=click.IntRange(min=0), help="Seed of the first photo.")
@click.option("--to", required=True, type=click.Path(path_type=Path, file_okay=False), help="Folder for the photos.")
@click.option("--size", default="1280x960", show_default=True, metavar="WIDTHxHEIGHT", help="Size in pixels.")
@click.option("--undamaged", is_flag=True, help="Leave the damages out.")
@click.option("--samples", is_flag=True, help="Write the sample photos that ship with Coachwork instead.")
def render_command(count: int, seed: int, to: Path, *, size: str, undamaged: bool, samples: bool) -> None:
    """Render photos of car sides, and a COCO file (truth.coco.json) with the exact masks of their damages.

    Photo number i has the seed SEED + i: the same seed always gives the same photo.
    """
    from rich.progress import Progress

    from coachwork.annotations.coco_writing import write_coco_file
    from coachwork.annotations.export import export_of
    from coachwork.rendering.photo_files import as_sample, write_photo
    from coachwork.rendering.renderer import render
    from coachwork.rendering.sample_scenes import SAMPLE_PHOTOS

    photos = iter(SAMPLE_PHOTOS.items()) if samples else _drawn(count, seed, _size(size), undamaged=undamaged)
    done = []
    try:
        to.mkdir(parents=True, exist_ok=True)
        with Progress(transient=True) as bar:
            task = bar.add_task("rendering", total=len(SAMPLE_PHOTOS) if samples else count)
            for name, photo in photos:
                rendered = render(photo.scene)
                quality = photo.scene.camera.jpeg_quality
                write_photo(rendered, to / name, quality=quality, orientation=photo.orientation)
                done.append(as_sample(rendered, to / name))
                bar.advance(task)
        truth = to / ("samples.coco.json" if samples else "truth.coco.json")
        write_coco_file(export_of(done, to, lambda sample: to / sample.name), done, truth)
    except OSError as refused:
        message = f"cannot write to {to}: {refused.strerror or refused}; choose another folder with --to"
        raise RenderError(message) from refused
    damages = sum(len(sample.shapes) for sample in done)
    click.echo(f"wrote {len(done)} photos with {damages} damages to {to}, their truth to {truth}")


def _drawn(count: int, seed: int, size: "Size", *, undamaged: bool) -> "Iterator[tuple[str, SamplePhoto]]":
    from coachwork.rendering.random_scene import random_scene
    from coachwork.rendering.sample_scenes import SamplePhoto

    for number in range(seed, seed + count):
        scene = random_scene(number, size=size, undamaged=undamaged)
        yield f"rendered-{number:06d}.jpg", SamplePhoto(scene=scene)


def _size(text: str) -> "Size":
    from coachwork.geometry.size import Size

    width, cross, height = text.lower().partition("x")
    if not (cross and width.isascii() and width.isdigit() and height.isascii() and height.isdigit()):
        message = f"{text!r} is not a size; write it as WIDTHxHEIGHT, such as 1280x960"
        raise click.BadParameter(message, param_hint="--size")
    if not (64 <= int(width) <= 4096 and 64 <= int(height) <= 4096):
        message = f"{text!r} is out of range; both sides must be 64 to 4096 pixels"
        raise click.BadParameter(message, param_hint="--size")
    return Size(height=int(height), width=int(width))
