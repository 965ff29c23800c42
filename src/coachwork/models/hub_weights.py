"""Weights that no package brings: from a cache, from the network, or else a sentence that says how to get them."""

import os
import socket
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import timm
from huggingface_hub import constants, try_to_load_from_cache

from coachwork.errors import CoachworkError

_FILES = ("model.safetensors", "pytorch_model.bin")
_PATIENCE_S = 5.0


def timm_overlay(name: str, plain: str) -> dict[str, Any]:
    """Where timm is to take the ImageNet weights of a model from, as an overlay of its pretrained configuration.

    Weights in the Hugging Face cache are taken without asking the network.

    Args:
        name: the backbone's name in the plan.
        plain: timm's name.

    Raises:
        CoachworkError: there are no such weights, or neither the cache nor the network gives them.
    """
    known = timm.get_pretrained_cfg(plain, allow_unregistered=True)
    if known is None or not known.has_weights:
        message = f"timm has no ImageNet weights for {name}: set model.pretrained = false, or choose another backbone"
        raise CoachworkError(message)
    if not known.hf_hub_id:
        return {}
    cached = [try_to_load_from_cache(known.hf_hub_id, file) for file in (known.hf_hub_filename, *_FILES) if file]
    for file in cached:
        if isinstance(file, str) and Path(file).is_file():
            return {"file": file}
    if not reachable(constants.ENDPOINT):
        raise cannot_be_had(name, f"{urlsplit(constants.ENDPOINT).hostname} cannot be reached")
    return {}


def cannot_be_had(name: str, said: str) -> CoachworkError:
    """The error for ImageNet weights that could not be fetched."""
    return CoachworkError(
        f"the ImageNet weights of {name} cannot be had ({said}): connect the machine to huggingface.co, or copy a "
        "filled Hugging Face cache to it ($HF_HOME), or set model.pretrained = false; efficientnet_lite0, 1 and 2 "
        "need no network"
    )


def reachable(address: str) -> bool:
    """Whether a server answers at all, asked once so that nobody waits for minutes of retries.

    Behind a proxy only the proxy can tell, so the answer is yes.
    """
    if constants.HF_HUB_OFFLINE and address == constants.ENDPOINT:
        return False
    if any(os.environ.get(proxy) for proxy in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")):
        return True
    place = urlsplit(address)
    port = place.port or {"http": 80}.get(place.scheme, 443)
    try:
        socket.create_connection((place.hostname or "", port), timeout=_PATIENCE_S).close()
    except OSError:
        return False
    return True
