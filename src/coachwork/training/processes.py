"""Training in several processes, started by torchrun: each takes its share of every step, gradients are averaged.

On a CPU, two processes of one thread each are faster than one process of two threads: the small layers of a detector's
head do not split well.
"""

import os
from collections.abc import Iterable

import torch
from torch import Tensor, distributed


def join_processes() -> None:
    """Joins the other processes of a torchrun; does nothing in a run of one process."""
    if int(os.environ.get("WORLD_SIZE", "1")) > 1 and not distributed.is_initialized():
        distributed.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
        if torch.cuda.is_available():
            torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))


def process_count() -> int:
    """How many processes train together."""
    return distributed.get_world_size() if distributed.is_initialized() else 1


def process_rank() -> int:
    """This process's number, from 0; process 0 validates, logs and saves."""
    return distributed.get_rank() if distributed.is_initialized() else 0


def average_gradients(parameters: Iterable[Tensor]) -> None:
    """Replaces each gradient by its mean over all processes."""
    if process_count() == 1:
        return
    gradients = [
        parameter.grad if parameter.grad is not None else torch.zeros_like(parameter)
        for parameter in parameters
        if parameter.requires_grad
    ]
    flat = torch.cat([gradient.reshape(-1) for gradient in gradients])
    distributed.all_reduce(flat)
    flat /= process_count()
    means = torch.split(flat, [gradient.numel() for gradient in gradients])
    for gradient, mean in zip(gradients, means, strict=True):
        gradient.copy_(mean.view_as(gradient))


def wait_for_all() -> None:
    """Returns when every process has come here."""
    if process_count() > 1:
        distributed.barrier()
