"""Shapes the undamaged side: section, feature lines, arches, windows, lamps, gaps, trim."""

import cv2
import numpy as np

from coachwork.rendering import outlines
from coachwork.rendering.noise import Field, mix, noise_at, smoothstep, tile
from coachwork.rendering.outlines import smoothed
from coachwork.rendering.scene import Bodywork, Paint, Rgb
from coachwork.rendering.surface import Material, Surface
from coachwork.rendering.wheels import fit_wheels

RUBBER = Material(colour=(0.018, 0.018, 0.018), coat=0.04, rough=0.9)
PLASTIC = Material(colour=(0.028, 0.028, 0.030), coat=0.045, rough=0.85)
CHROME = Material(colour=(0.6, 0.6, 0.6), metal=0.3, coat=0.55)
GLASS = Material(colour=(0.012, 0.015, 0.014), coat=0.075)


def shape_bodywork(surface: Surface, bodywork: Bodywork, paint: Paint, *, seed: int) -> None:
    """Builds the whole undamaged side into a blank surface."""
    surface.body = surface.within(smoothed(outlines.SILHOUETTE, rounds=2))
    surface.height = _section(surface, bodywork)
    _plan(surface, bodywork)
    surface.sheet = surface.edge(surface.body)
    surface.coat_with(np.ones_like(surface.sheet), Material(colour=paint.colour, metal=paint.metallic, coat=0.055))
    surface.height += _orange_peel(surface, paint, seed)
    _cut_gaps(surface)
    _glaze(surface, bodywork)
    _fit_lamps(surface)
    _fit_trim(surface, bodywork)
    _fit_handles(surface, bodywork, paint.colour)
    _fit_mirror(surface, paint)
    fit_wheels(surface, bodywork, seed=seed)
    _dirty(surface, paint, seed)


def _bend(y: Field, at: float, width: float) -> Field:
    """A ramp of slope 1 above `at`, rounded over about `width` (softplus)."""
    scaled = (y - np.float32(at)) / np.float32(width)
    return np.asarray(np.float32(width) * np.logaddexp(0, scaled), dtype=np.float32)


def _section(surface: Surface, bodywork: Bodywork) -> Field:
    """The cross-section z (H, W): slopes change at the sill, the two feature lines and the belt."""
    y = np.asarray(surface.y - np.float32(bodywork.rise) * (surface.x - np.float32(2.1)), dtype=np.float32)
    z = 0.55 * (y - 0.2)
    z = z - 0.48 * _bend(y, 0.30, 0.012)
    z = z + bodywork.crease_strength * _bend(y, bodywork.crease_y, 0.010)
    z = z - (bodywork.crease_strength + 0.10) * _bend(y, bodywork.crease_y + 0.12, 0.05)
    z = z - 0.30 * _bend(y, bodywork.shoulder_y, bodywork.shoulder_width)
    z = z + 0.10 * _bend(y, bodywork.shoulder_y + 0.09, 0.04)
    z = z - 0.34 * _bend(y, 0.955, 0.022)
    z = z - 0.45 * _bend(y, 1.36, 0.05)
    return np.asarray(z + 0.81, dtype=np.float32)


def _plan(surface: Surface, bodywork: Bodywork) -> None:
    """Bends the sheet as seen from above, rounds its rim, and raises the arches."""
    x = surface.x
    surface.height -= np.float32(0.02) * ((x - np.float32(2.1)) / np.float32(1.5)) ** 2
    surface.height -= np.float32(0.75) * np.clip(np.float32(0.55) - x, 0, None) ** 2
    surface.height -= np.float32(0.75) * np.clip(x - np.float32(3.75), 0, None) ** 2
    for reach, drop, keep in ((0.06, 0.05, 0.9), (0.14, 0.05, 0.55)):
        rim = np.clip(1 - surface.body / np.float32(reach), 0, 1)
        lower = smoothstep(0.3, 0.45, surface.y) * np.float32(keep) + np.float32(1 - keep)
        surface.height -= np.float32(drop) * np.asarray(1 - np.sqrt(1 - 0.85 * rim * rim), dtype=np.float32) * lower
    for wheel in outlines.WHEELS:
        out = np.hypot(x - wheel[0], surface.y - wheel[1]) - np.float32(bodywork.wheel_radius + outlines.ARCH_GAP)
        lip = np.exp(-((np.clip(out, 0, None) / 0.045) ** 2)) * smoothstep(0.16, 0.34, surface.y)
        surface.height += np.float32(bodywork.flare) * lip.astype(np.float32)
        surface.height -= np.float32(0.012) * smoothstep(0.010, -0.004, out.astype(np.float32))


def _orange_peel(surface: Surface, paint: Paint, seed: int) -> Field:
    """Fine waves of the clear coat and the sheet's slow unevenness, m."""
    fine = noise_at(tile(seed + 21, octaves=2, coarsest=64), surface.x, surface.y, period=0.5)
    slow = noise_at(tile(seed + 22, octaves=2, coarsest=8), surface.x, surface.y, period=1.6)
    return np.asarray(paint.orange_peel * (3.5e-6 * fine + 2.2e-4 * slow), dtype=np.float32)


def _cut_gaps(surface: Surface) -> None:
    away = surface.away_from([smoothed(gap, closed=False) for gap in outlines.GAPS])
    flap = np.abs(np.hypot(surface.x - outlines.FUEL_FLAP[0], surface.y - outlines.FUEL_FLAP[1]) - np.float32(0.075))
    surface.height -= np.float32(0.004) * np.exp(-((np.minimum(away, flap * 1.6) / 0.006) ** 2)).astype(np.float32)
    depth = np.maximum(smoothstep(0.0042, 0.0018, away), 0.8 * smoothstep(0.0030, 0.0012, flap.astype(np.float32)))
    surface.light *= 1 - np.float32(0.97) * depth.astype(np.float32)
    surface.sheet *= 1 - depth.astype(np.float32)


def _glaze(surface: Surface, bodywork: Bodywork) -> None:
    """Sets the windows in: black frame, panes with a little of the inside to be seen, bright or black belt strip."""
    frame = surface.within(smoothed(outlines.WINDOWS, rounds=2))
    cover = surface.edge(frame)
    surface.coat_with(cover, Material(colour=(0.012, 0.012, 0.013), coat=0.05, rough=0.35))
    surface.coat_with(cover * smoothstep(0.014, 0.010, frame), RUBBER)
    surface.height -= np.float32(0.0015) * smoothstep(0.0, 0.009, frame)
    belt = frame - np.float32(0.012)
    strip = cover * smoothstep(0.012, 0.008, np.abs(belt).astype(np.float32)) * smoothstep(1.05, 1.02, surface.y)
    if bodywork.chrome:
        surface.coat_with(strip, CHROME)
        surface.height += np.float32(0.004) * strip
    pane = np.full_like(frame, -10)
    for points in outlines.GLASS:
        pane = np.maximum(pane, surface.rounded(np.array(points), 0.018))
    share = surface.edge(pane)
    surface.coat_with(share, GLASS)
    surface.height -= np.float32(0.0012) * smoothstep(0.0, 0.008, pane)
    _furnish(surface, share)
    surface.glass = share
    surface.sheet *= 1 - cover


def _furnish(surface: Surface, share: Field) -> None:
    """Seats and the far windows, dimly behind the glass."""
    x, y = surface.x, surface.y
    far = smoothstep(1.05, 1.07, y) * smoothstep(1.30, 1.28, y) * smoothstep(1.6, 1.64, x) * smoothstep(3.0, 2.96, x)
    for seat in (1.82, 2.72):
        back = np.hypot((x - seat - 0.10 * (y - 1.0)) / 0.105, (y - 0.98) / 0.23)
        head = np.hypot((x - seat - 0.04) / 0.07, (y - 1.20) / 0.065)
        far = far * smoothstep(0.97, 1.03, np.minimum(back, head).astype(np.float32))
    inside = np.broadcast_to(np.array([0.07, 0.08, 0.08], dtype=np.float32), surface.colour.shape)
    soft = np.asarray(cv2.GaussianBlur(far.astype(np.float32), (0, 0), 0.008 / surface.texel), dtype=np.float32)
    surface.colour = mix(surface.colour, inside, np.asarray(soft * share * 0.6, dtype=np.float32))


def _fit_lamps(surface: Surface) -> None:
    tail = surface.within(smoothed(outlines.TAIL_LAMP, rounds=2))
    head = surface.within(smoothed(outlines.HEADLAMP, rounds=2))
    share = surface.edge(tail)
    surface.coat_with(share, Material(colour=(0.30, 0.012, 0.014), metal=0.25, coat=0.06))
    ribs = smoothstep(0.35, 0.8, np.abs(np.sin(surface.y * np.float32(np.pi / 0.016))).astype(np.float32))
    surface.colour *= 1 - (share * (1 - ribs) * 0.35)[..., None]
    band = surface.edge(
        np.minimum(tail - 0.008, 0.018 - np.abs(surface.y - 0.885 + 0.05 * (surface.x - 3.9))).astype(np.float32)
    )
    surface.coat_with(band, Material(colour=(0.62, 0.60, 0.58), metal=0.5, coat=0.06))
    clear = surface.edge(head)
    surface.coat_with(clear, Material(colour=(0.10, 0.10, 0.105), metal=0.5, coat=0.06))
    for centre, radius in (((0.30, 0.742), 0.045), ((0.43, 0.785), 0.040)):
        out = np.hypot(surface.x - centre[0], surface.y - centre[1]).astype(np.float32)
        ring = clear * smoothstep(radius, radius - 0.003, out)
        surface.coat_with(ring, Material(colour=(0.30, 0.30, 0.31), metal=0.9, coat=0.10))
        surface.height -= np.float32(0.35) * ring * (np.float32(radius) - out)
        lens = clear * smoothstep(radius * 0.72, radius * 0.66, out)
        surface.coat_with(lens, Material(colour=(0.03, 0.035, 0.04), metal=0.3, coat=0.12))
    lamp = np.maximum(share, clear)
    rim = smoothstep(0.005, 0.002, np.abs(np.maximum(tail, head)).astype(np.float32))
    surface.light *= 1 - np.float32(0.9) * rim
    surface.height += np.float32(0.006) * smoothstep(0.0, 0.015, np.maximum(tail, head))
    surface.lamp = lamp
    surface.sheet *= (1 - lamp) * (1 - rim)


def _fit_trim(surface: Surface, bodywork: Bodywork) -> None:
    """Black lower bumpers and sill; cladding around the arches where the car has it."""
    x, y = surface.x, surface.y
    bumper = np.minimum(np.maximum(0.50 - x, x - 3.68), 0.36 - y)
    trim = np.maximum(bumper, (0.235 if not bodywork.cladding else 0.29) - y)
    if bodywork.cladding:
        for wheel in outlines.WHEELS:
            out = np.hypot(x - wheel[0], y - wheel[1]) - (bodywork.wheel_radius + outlines.ARCH_GAP)
            trim = np.maximum(trim, 0.055 - out)
    share = smoothstep(-0.002, 0.002, trim.astype(np.float32)) * surface.edge(surface.body)
    surface.coat_with(share, PLASTIC)
    surface.height += np.float32(0.004) * share
    surface.light *= 1 - np.float32(0.7) * smoothstep(0.004, 0.001, np.abs(trim).astype(np.float32))
    surface.plastic = share
    surface.sheet *= 1 - share


def _fit_handles(surface: Surface, bodywork: Bodywork, colour: Rgb) -> None:
    for centre in outlines.HANDLES:
        x, y = surface.x - np.float32(centre[0]), surface.y - np.float32(centre[1]) - 0.05 * (surface.x - centre[0])
        bowl = np.hypot((x + 0.01) / 0.075, (y + 0.006) / 0.038).astype(np.float32)
        surface.height -= np.float32(0.014) * smoothstep(1.0, 0.35, bowl)
        surface.light *= 1 - np.float32(0.45) * smoothstep(
            0.9, 0.3, np.hypot(x / 0.07, (y + 0.018) / 0.022).astype(np.float32)
        )
        bar = np.float32(0.0145) - np.hypot(np.clip(np.abs(x) - np.float32(0.088), 0, None), y).astype(np.float32)
        share = smoothstep(-0.001, 0.001, bar)
        under = smoothstep(0.010, 0.0, np.abs(bar + np.float32(0.004)).astype(np.float32)) * (y < 0) * (1 - share)
        surface.light *= 1 - np.float32(0.75) * under.astype(np.float32)
        surface.height += share * (np.float32(0.012) + np.sqrt(np.clip(bar, 0, None)) * np.float32(0.07))
        material = CHROME if bodywork.chrome else Material(colour=colour, metal=0.3)
        surface.coat_with(share, material)
        keyhole = np.hypot(x - 0.075, y).astype(np.float32)
        surface.light *= 1 - np.float32(0.6) * smoothstep(
            0.0016, 0.0006, np.abs(keyhole - np.float32(0.0105)).astype(np.float32)
        )
        surface.sheet *= smoothstep(1.0, 1.15, bowl) * (1 - share)


def _fit_mirror(surface: Surface, paint: Paint) -> None:
    x, y = surface.x - np.float32(outlines.MIRROR[0]), surface.y - np.float32(outlines.MIRROR[1])
    shell = np.float32(1) - ((np.abs(x) / 0.125) ** 2.6 + (np.abs(y) / 0.080) ** 2.6).astype(np.float32)
    share = smoothstep(-0.03, 0.03, shell)
    dome = np.sqrt(np.clip(shell, 0, None)).astype(np.float32)
    foot = smoothstep(0.03, 0.02, np.abs(x - 0.02).astype(np.float32)) * smoothstep(-0.12, -0.11, y) * (y < 0)
    surface.coat_with(foot.astype(np.float32), PLASTIC)
    surface.coat_with(share, Material(colour=paint.colour, metal=paint.metallic))
    lower = share * smoothstep(-0.035, -0.041, y)
    surface.coat_with(lower, PLASTIC)
    surface.light = mix(surface.light, np.ones_like(share), share)
    surface.height += share * np.float32(0.055) * dome
    surface.light *= 1 - np.float32(0.5) * smoothstep(
        0.10, 0.0, np.abs(shell + np.float32(0.06)).astype(np.float32)
    ) * (1 - share)
    surface.sheet = np.asarray(surface.sheet * (1 - share) * (1 - foot), dtype=np.float32)
    surface.glass *= 1 - share


def _dirty(surface: Surface, paint: Paint, seed: int) -> None:
    """Road film on the lower half, thicker behind the wheels, dust specks everywhere."""
    noise = tile(seed + 31)
    streaks = noise_at(noise, surface.x, (surface.y * 0.6).astype(np.float32), period=1.3)
    fine = noise_at(tile(seed + 32, coarsest=32), surface.x, surface.y, period=0.3)
    low = smoothstep(0.75, 0.15, surface.y)
    film = paint.dirt * (0.10 + 0.75 * low * (0.6 + 0.25 * streaks) + 0.05 * fine + 0.06 * low * fine)
    share = np.clip(film, 0, 0.75).astype(np.float32) * surface.edge(surface.body)
    surface.coat_with(share, Material(colour=(0.22, 0.19, 0.155), coat=0.015, rough=1.0))
