"""Pages of figures: one style for all of them, in one file that loads nothing from elsewhere."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

_HERE = Path(__file__).parent


def render_page(template: Path, **values: Any) -> str:
    """The page that a template makes of the values; it may extend ``page.html.j2``, the frame and style of all pages.

    Args:
        template: its file. Every value is escaped, but for `markupsafe.Markup`.
        **values: what the template names; one that is missing is an error.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([template.parent, _HERE]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
    )
    return environment.get_template(template.name).render(**values)


def charts_fragment(charts: Sequence[tuple[str, Markup]]) -> str:
    """Charts with their captions and style as a piece of HTML that a notebook or another page can show.

    Args:
        charts: caption and drawing of each.
    """
    return render_page(_HERE / "charts.html.j2", charts=charts)


def write_page(path: Path, page: str) -> None:
    """Writes a page whole or not at all, and makes its folder where it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(
        "w", dir=path.parent, prefix=f".{path.name}.", encoding="utf-8", delete=False
    ) as file:
        file.write(page)
    fresh = Path(file.name)
    fresh.chmod(0o644)
    fresh.replace(path)
