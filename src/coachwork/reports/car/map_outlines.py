"""Where each part of the car lies on the car map: an unfolded car, its front to the left, drawn for Coachwork.

In the middle is the car from above, below it its left side and above it its right side, each with the wheels outwards,
at the ends its front and rear. Coordinates are units of the drawing, x to the right and y downwards.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from types import MappingProxyType

from coachwork.taxonomy import CarPart

WIDTH, HEIGHT = 600, 440
"""Of the drawing without its legend."""


class MapBody(StrEnum):
    """Which of the two rears is drawn."""

    BOOT = "boot"
    TAILGATE = "tailgate"


@dataclass(frozen=True, slots=True, kw_only=True)
class PartOutline:
    """A part on the map.

    Attributes:
        path: SVG path data, one closed subpath for each piece of the part.
        x, y: where the numbers of its damages stand, centred.
        columns: how many numbers fit beside each other.
    """

    path: str
    x: float
    y: float
    columns: int = 2


_Outlines = Mapping[CarPart, PartOutline]

_MIDDLE: _Outlines = {
    CarPart.FRONT_BUMPER: PartOutline(
        path="M52 150 Q34 158 34 220 Q34 282 52 290 L64 284 Q58 262 58 220 Q58 178 64 156 Z"
        " M94 372 L76 374 Q66 378 66 392 L68 402 L96 402 L100 392 L92 390 Z"
        " M94 68 L76 66 Q66 62 66 48 L68 38 L96 38 L100 48 L92 50 Z",
        x=46,
        y=220,
        columns=1,
    ),
    CarPart.LEFT_HEADLAMP: PartOutline(path="M67 283 L88 290 Q91 268 86 254 L64 258 Q63 272 67 283 Z", x=77, y=272),
    CarPart.BONNET: PartOutline(
        path="M96 152 Q140 146 196 148 Q184 220 196 292 Q140 294 96 288 Q88 220 96 152 Z", x=140, y=220, columns=4
    ),
    CarPart.WINDSCREEN: PartOutline(
        path="M200 149 L242 160 Q236 220 242 280 L200 291 Q188 220 200 149 Z", x=219, y=220, columns=2
    ),
    CarPart.LEFT_MIRROR: PartOutline(path="M204 296 L222 296 L224 306 Q214 311 207 306 Z", x=214, y=302, columns=3),
    CarPart.REAR_BUMPER: PartOutline(
        path="M548 150 Q566 158 566 220 Q566 282 548 290 L536 284 Q542 262 542 220 Q542 178 536 156 Z"
        " M508 372 L524 374 Q534 378 534 392 L532 402 L498 402 L494 392 L506 390 Z"
        " M508 68 L524 66 Q534 62 534 48 L532 38 L498 38 L494 48 L506 50 Z",
        x=554,
        y=220,
        columns=1,
    ),
    CarPart.LEFT_TAIL_LAMP: PartOutline(
        path="M533 283 L512 290 Q509 268 514 254 L536 258 Q537 272 533 283 Z", x=523, y=272
    ),
}

_REAR: Mapping[MapBody, _Outlines] = {
    MapBody.BOOT: {
        CarPart.ROOF: PartOutline(
            path="M246 161 Q300 156 376 161 Q382 220 376 279 Q300 284 246 279 Q240 220 246 161 Z",
            x=310,
            y=220,
            columns=6,
        ),
        CarPart.REAR_WINDOW: PartOutline(
            path="M380 161 L422 150 Q432 220 422 290 L380 279 Q386 220 380 161 Z", x=404, y=220
        ),
        CarPart.BOOT_LID: PartOutline(
            path="M426 150 Q470 148 502 153 Q508 220 502 287 Q470 292 426 290 Q436 220 426 150 Z"
            " M511 190 L534 186 Q538 220 534 254 L511 250 Q514 220 511 190 Z",
            x=468,
            y=220,
            columns=3,
        ),
        CarPart.REAR_LEFT_WING: PartOutline(
            path="M360 319 Q398 326 424 350 L496 354 Q506 358 505 370 L504 388 L490 392 L464 392"
            " A32 32 0 0 0 404 386 L392 388 Q388 372 384 352 Z",
            x=472,
            y=371,
        ),
    },
    MapBody.TAILGATE: {
        CarPart.ROOF: PartOutline(
            path="M246 161 Q340 155 446 160 Q452 220 446 280 Q340 285 246 279 Q240 220 246 161 Z",
            x=340,
            y=220,
            columns=8,
        ),
        CarPart.REAR_WINDOW: PartOutline(
            path="M451 160 L484 154 Q492 220 484 286 L451 280 Q457 220 451 160 Z", x=469, y=220, columns=1
        ),
        CarPart.TAILGATE_OR_LOAD_BED: PartOutline(
            path="M489 155 L507 160 Q512 172 511 190 L534 186 Q538 220 534 254 L511 250 Q512 268 507 280 L489 285"
            " Q496 220 489 155 Z",
            x=514,
            y=220,
            columns=1,
        ),
        CarPart.REAR_LEFT_WING: PartOutline(
            path="M356 317 Q430 316 470 322 L496 352 Q506 358 505 370 L504 388 L490 392 L464 392"
            " A32 32 0 0 0 404 386 L392 388 Q388 372 384 352 Z",
            x=472,
            y=368,
        ),
    },
}

_SIDE: _Outlines = {
    CarPart.FRONT_LEFT_WING: PartOutline(
        path="M98 370 Q104 356 134 353 L190 349 L196 404 L178 404 A32 32 0 0 0 116 394 L102 390 L96 384 Z",
        x=166,
        y=364,
        columns=3,
    ),
    CarPart.FRONT_LEFT_DOOR: PartOutline(
        path="M194 349 L236 320 Q262 315 288 315 L288 404 L200 404 Z", x=252, y=374, columns=4
    ),
    CarPart.REAR_LEFT_DOOR: PartOutline(
        path="M292 315 Q330 314 356 318 L380 350 Q383 372 388 388 Q396 394 396 404 L292 404 Z", x=338, y=374, columns=4
    ),
    CarPart.LEFT_SILL: PartOutline(path="M182 408 L398 408 L394 418 L186 418 Z", x=290, y=413, columns=10),
}

DECORATION: Mapping[MapBody, str] = {
    MapBody.BOOT: "M206 347 L240 325 Q262 321 283 321 L283 347 Z M297 321 Q328 320 351 323 L370 347 L297 347 Z",
    MapBody.TAILGATE: "M206 347 L240 325 Q262 321 283 321 L283 347 Z M297 321 Q328 320 351 323 L370 347 L297 347 Z"
    " M366 322 Q424 320 462 327 L478 347 L386 347 Z",
}
"""Edges of side windows on the left side: they belong to the doors and wings."""

GRILLE = "M66 252 Q62 220 66 188 L86 190 Q84 220 86 250 Z"
"""Between the headlamps; no part of the taxonomy."""

WHEELS = ((146, 404), (434, 404))
"""Centres of the left wheels."""

WHEEL_RADIUS = 25


@cache
def outlines(body: MapBody) -> Mapping[CarPart, PartOutline]:
    """Every part that such a car shows on the map but its wheels, in the order of drawing."""
    left = {**_SIDE, **_MIDDLE, **_REAR[body]}
    right = {
        part.mirrored: PartOutline(
            path=mirrored(outline.path), x=outline.x, y=HEIGHT - outline.y, columns=outline.columns
        )
        for part, outline in left.items()
        if part.mirrored is not part
    }
    return MappingProxyType(left | right)


def mirrored(path: str) -> str:
    """Path data laid over to the other side of the car.

    >>> mirrored("M10 40 L20 30 A5 5 0 0 0 30 20 Z")
    'M10 400 L20 410 A5 5 0 0 1 30 420 Z'
    """
    return re.sub(r"([MLQA])([^MLQAZ]*)", lambda found: found[1] + _turned(found[1], found[2]), path)


def _turned(command: str, numbers: str) -> str:
    values = [float(one) for one in numbers.split()]
    if command == "A":
        values = [*values[:4], 1 - values[4], values[5], HEIGHT - values[6]]
    else:
        values = [HEIGHT - one if place % 2 else one for place, one in enumerate(values)]
    return " ".join(f"{one:g}" for one in values) + (" " if numbers.endswith(" ") else "")
