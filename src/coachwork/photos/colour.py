"""Any picture mode to 8-bit sRGB."""

import io
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

_BACKGROUND = (255, 255, 255, 255)
_PROFILE_MODES = {b"RGB ": "RGB", b"CMYK": "CMYK", b"GRAY": "L"}
_LARGEST_PROFILE = 4 * 2**20

PROFILE_IGNORED = "the colour profile is damaged or does not fit and was ignored"


def to_rgb(image: Image.Image, profile: bytes | None) -> tuple[NDArray[np.uint8], str | None]:
    """Converts a decoded picture to 8-bit sRGB.

    Transparent parts show white, 16-bit grey is scaled by its full range, a colour profile is applied.

    Args:
        image: of any mode.
        profile: ICC profile of the picture, or None.

    Returns:
        Pixels (h, w, 3) uint8 sRGB, and a note where the profile had to be ignored.

    Raises:
        ValueError: the mode has no defined way to 8-bit colours (32-bit pictures).
    """
    image = _plain(image)
    note = None
    if profile:
        image, note = _by_profile(image, profile)
    return np.asarray(image.convert("RGB"), dtype=np.uint8), note


def rgb_by_profile(pixels: NDArray[np.uint8], profile: bytes | None) -> tuple[NDArray[np.uint8], str | None]:
    """As `to_rgb`, for pixels (h, w, 3) uint8 that are RGB already; without a profile they pass untouched."""
    return to_rgb(Image.fromarray(pixels), profile) if profile else (pixels, None)


def _plain(image: Image.Image) -> Image.Image:
    """One of the modes L, RGB and CMYK."""
    if image.mode.startswith("I;16"):
        grey = np.asarray(image).astype(np.uint32)
        return Image.fromarray(((grey * 255 + 32767) // 65535).astype(np.uint8))
    if image.mode in {"RGBA", "LA", "La", "PA", "RGBa"} or "transparency" in image.info:
        over = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", over.size, _BACKGROUND), over).convert("RGB")
    if image.mode in {"L", "RGB", "CMYK"}:
        return image
    if image.mode == "1":
        return image.convert("L")
    if image.mode in {"P", "YCbCr", "RGBX"}:
        return image.convert("RGB")
    message = f"pictures of mode {image.mode} have no defined 8-bit colours"
    raise ValueError(message)


def _by_profile(image: Image.Image, profile: bytes) -> tuple[Image.Image, str | None]:
    """The picture in sRGB; untouched, with a note, where the profile is broken or made for another kind of picture."""
    if len(profile) > _LARGEST_PROFILE or _PROFILE_MODES.get(profile[16:20]) != image.mode:
        return image, PROFILE_IGNORED
    try:
        transform = _transform(profile, image.mode)
        return (image if transform is None else ImageCms.applyTransform(image, transform) or image), None
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image, PROFILE_IGNORED


@lru_cache(maxsize=16)
def _transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """From the profile to sRGB; None where it is sRGB by its own description, the usual case.

    Cached, because phones use a handful of profiles and setting up costs more than converting a small photo.
    """
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    if "sRGB" in ImageCms.getProfileDescription(source):
        return None
    return ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), mode, "RGB")
