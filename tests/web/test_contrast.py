"""Colours are told apart as WCAG 2.2 AA asks, in light and in dark."""

import re
from itertools import product

import pytest

from coachwork.web.static_files import static_files

TEXT, EDGES = 4.5, 3.0


def schemes() -> dict[str, dict[str, str]]:
    style = static_files().contents["style.css"].decode()
    blocks = re.findall(r":root {(.*?)}", style, re.DOTALL)
    light, dark = (dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block)) for block in blocks)
    return {"light": light, "dark": light | dark}


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: str, second: str) -> float:
    lighter, darker = sorted((luminance(first), luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_black_on_white_is_the_strongest_contrast() -> None:
    assert round(contrast("#000000", "#ffffff"), 2) == 21


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_texts_and_edges_can_be_told_from_their_ground(scheme: str) -> None:
    colours = schemes()[scheme]
    grounds = ("ground", "sheet", "sunk")
    pairs = list(product(("ink", "soft", "accent", "good", "warn", "bad"), ("ground", "sheet")))
    pairs += [("ink", "sunk"), ("soft", "sunk"), ("accent-ink", "accent"), ("head-ink", "head"), ("ink", "accent-soft")]
    pairs += [(name, f"{name}-soft") for name in ("accent", "good", "warn", "bad")]
    for text, ground in pairs:
        assert contrast(colours[text], colours[ground]) >= TEXT, (text, ground)
    for edge, ground in product(("strong-line", "focus"), grounds):
        assert contrast(colours[edge], colours[ground]) >= EDGES, (edge, ground)


def test_numbers_on_photos_and_on_the_car_map_can_be_read() -> None:
    style = static_files().contents["workbench/workbench.css"].decode()
    for text, ground, rule in (
        ("#ffffff", "#b93a16", r"\.spot circle {\s+fill: #b93a16;"),
        ("#16202a", "#ffffff", r"\.map \.spot\.possible text {\s+fill: #16202a;"),
        ("#ffffff", "#b93a16", r"\.shape \.badge rect {\s+fill: #b93a16;"),
        ("#ffffff", "#12784a", r"\.shape\.person \.badge rect {\s+fill: #12784a;"),
    ):
        assert re.search(rule, style), rule
        assert contrast(text, ground) >= TEXT, (text, ground)
