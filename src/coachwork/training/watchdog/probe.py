"""Looks inside a model in a training step: gradients, changes of the weights, what the layers give out."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from coachwork.training.watchdog.observations import ActivationsSeen, LayersSeen, WeightsSeen

if TYPE_CHECKING:
    from torch.utils.hooks import RemovableHandle

_RECTIFIERS = (
    nn.ReLU,
    nn.ReLU6,
    nn.LeakyReLU,
    nn.PReLU,
    nn.ELU,
    nn.SiLU,
    nn.GELU,
    nn.Mish,
    nn.Hardswish,
    nn.Hardtanh,
)
_SQUASHERS = (nn.Sigmoid, nn.Tanh, nn.Hardsigmoid)
_SATURATED_LOGIT = 15.0
"""Beyond it the derivative of a sigmoid is below 4e-7."""
_SATURATED_SHARE = 0.999


class Probe:
    """Looks into a model in some of its steps; in all others it costs nothing.

    A step that is looked at calls, in this order, `open` before the forward pass, `before_update` when the gradients
    are there and `close` after the optimiser's step.

    Args:
        model: the model that is trained.
    """

    def __init__(self, model: nn.Module) -> None:
        self._weights = [(name, p) for name, p in model.named_parameters() if p.requires_grad and p.ndim > 1]
        self._layers = [(name, layer) for name, layer in model.named_modules() if _is_watched(layer)]
        self._hooks: list[RemovableHandle] = []
        self._outputs: dict[str, list[_Output]] = {}
        self._before: list[Tensor] = []
        self._gradients: list[Tensor] = []

    def open(self) -> None:
        """Starts to listen to the layers."""
        self._outputs = {}
        self._hooks = [layer.register_forward_hook(self._listener(name)) for name, layer in self._layers]

    @torch.no_grad()
    def before_update(self) -> None:
        """Reads the gradients and keeps the weights."""
        self._silence()
        self._gradients = [_mean_size(parameter) for _, parameter in self._weights]
        self._before = [parameter.detach().clone() for _, parameter in self._weights]

    @torch.no_grad()
    def close(self, step: int) -> LayersSeen:
        """What was seen in this step."""
        self._silence()
        changes = [
            (parameter - before).norm() / before.norm().clamp(min=1e-12)
            for (_, parameter), before in zip(self._weights, self._before, strict=True)
        ]
        rows = torch.stack([torch.stack(self._gradients), torch.stack(changes)], dim=1).tolist() if changes else []
        self._before, self._gradients = [], []
        return LayersSeen(
            step=step,
            weights=tuple(
                WeightsSeen(name=name, gradient=gradient, update=update)
                for (name, _), (gradient, update) in zip(self._weights, rows, strict=True)
            ),
            activations=tuple(_seen(name, outputs) for name, outputs in self._outputs.items()),
        )

    def _silence(self) -> None:
        for hook in self._hooks:
            hook.remove()
        self._hooks = []

    def _listener(self, name: str) -> Callable[[nn.Module, Any, Any], None]:
        def listen(layer: nn.Module, _inputs: Any, output: Any) -> None:
            if isinstance(output, Tensor) and output.requires_grad and output.numel():
                self._outputs.setdefault(name, []).append(_Output(layer, output))

        return listen


class _Output:
    """The smallest and largest value of each channel, and how much is saturated.

    Args:
        layer: that gave it.
        values: (B, C, H, W), (B, C) or (..., C).
    """

    @torch.no_grad()
    def __init__(self, layer: nn.Module, values: Tensor) -> None:
        channel = 1 if values.ndim == 4 else values.ndim - 1
        others = [axis for axis in range(values.ndim) if axis != channel]
        self.least, self.most = values.amin(others), values.amax(others)
        self.one = values.numel() == values.shape[channel]
        self.rectifier = isinstance(layer, _RECTIFIERS)
        self.saturated: Tensor | None = None
        if isinstance(layer, nn.Sigmoid | nn.Hardsigmoid):
            self.saturated = ((values - 0.5).abs() > _SATURATED_SHARE / 2).float().mean()
        elif isinstance(layer, nn.Tanh):
            self.saturated = (values.abs() > _SATURATED_SHARE).float().mean()
        elif not self.rectifier:
            self.saturated = (values.abs() > _SATURATED_LOGIT).float().mean()


def _seen(name: str, outputs: list[_Output]) -> ActivationsSeen:
    """Figures of all times that a layer ran in a step, as a head does on every level of a pyramid."""
    least = torch.stack([output.least for output in outputs]).amin(0)
    most = torch.stack([output.most for output in outputs]).amax(0)
    comparable = outputs[0].rectifier and not all(output.one for output in outputs)
    dead = torch.nonzero(least == most).flatten().tolist() if comparable else []
    shares = [output.saturated for output in outputs if output.saturated is not None]
    return ActivationsSeen(
        name=name,
        units=len(least),
        dead=frozenset(dead),
        saturated=float(torch.stack(shares).mean()) if shares else None,
    )


def _is_watched(layer: nn.Module) -> bool:
    """Activations, and layers with a bias: those before a normalisation have none, so these give outputs."""
    if isinstance(layer, nn.Conv2d | nn.Linear):
        return layer.bias is not None
    return isinstance(layer, (*_RECTIFIERS, *_SQUASHERS))


def _mean_size(parameter: Tensor) -> Tensor:
    gradient = parameter.grad
    return torch.zeros((), device=parameter.device) if gradient is None else gradient.abs().mean().float()
