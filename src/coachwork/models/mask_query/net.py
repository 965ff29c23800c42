"""A light Mask2Former (Cheng et al., CVPR 2022): each of a few queries answers for one damage, with box and mask.

The transformer decoder with its masked attention is Mask2Former's (the `transformers` package). Three things make it
light and quick to learn from few photos: the pixel decoder is a U-Net's way up instead of deformable attention; queries
start at the places of the photo that look most like the middle of a damage (as in FastInst, He et al., CVPR 2023)
instead of anywhere; and dense lessons, which pixels belong to which type of damage, shape the features.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from transformers.models.mask2former.configuration_mask2former import Mask2FormerConfig
from transformers.models.mask2former.modeling_mask2former import (
    Mask2FormerMaskedAttentionDecoder,
    Mask2FormerMLPPredictionHead,
    Mask2FormerSinePositionEmbedding,
)

from coachwork.geometry.size import Size
from coachwork.models.backbone import Backbone, Normalise
from coachwork.models.mask_query.options import HEADS
from coachwork.models.pixel_pyramid import PhotoHead, PixelPyramid, conv_block, pooled

SEED_STRIDE = 16
"""Queries start at places this many pixels apart."""

_ATTENDED = (3, 2, 1)
"""Levels of the pyramid that the layers look at in turn: strides 32, 16, 8."""


class Raw(NamedTuple):
    """The net's answers for a batch; L answers one after the other, of the seeds and after each layer.

    When the net is not training, the last answer alone is given (L = 1).

    Attributes:
        logits: (L, B, Q, C) float32.
        boxes: (L, B, Q, 4) float32 xyxy, input pixels.
        masks: (L, B, Q, H/4, W/4) float32 logits.
        seeds: (B, P, C) float32 logits, the middle of a damage of a type lies near a place.
        pixels: (B, C, H/4, W/4) float32 logits, damage of a type anywhere in the photo.
        photo: (B, 1) float32 logits, any damage in the photo.
        embedding: (B, E) float32, what the photo looks like: features pooled over it.
    """

    logits: Tensor
    boxes: Tensor
    masks: Tensor
    seeds: Tensor
    pixels: Tensor
    photo: Tensor
    embedding: Tensor


class MaskQueryNet(nn.Module):
    """Photos in, Q candidates out, each with scores, a box and a mask.

    Args:
        types: number of damage types C.
        size: input size, multiples of 128.
        backbone: name of the backbone.
        pretrained: whether the backbone starts from ImageNet.
        frozen_stages: first stages of the backbone that learn nothing.
        queries: most damages that a photo can have, Q; fewer where the photo has fewer places.
        layers: layers of the transformer decoder.
        hidden: width of queries, a multiple of 8.
        decoder: channels of the pixel decoder at strides 4, 8, 16 and 32.

    Attributes:
        points: (P, 2) float32 x, y in input pixels, centres of the places where queries may start.
    """

    points: Tensor
    grid: Tensor

    def __init__(
        self,
        *,
        types: int,
        size: Size,
        backbone: str,
        pretrained: bool,
        frozen_stages: int,
        queries: int,
        layers: int,
        hidden: int,
        decoder: Sequence[int],
    ) -> None:
        super().__init__()
        self.backbone = Backbone(backbone, pretrained=pretrained, frozen_stages=frozen_stages)
        self.normalise = Normalise(self.backbone.mean, self.backbone.std)
        self.pyramid = PixelPyramid(self.backbone.channels, widths=decoder)
        self.photo = PhotoHead(2 * (decoder[2] + decoder[3]))
        self.pixels = _shy(nn.Conv2d(decoder[0], types, 1))
        self.seeds = nn.Sequential(conv_block(decoder[2], decoder[2]), _shy(nn.Conv2d(decoder[2], types, 1)))
        self.mask_features = nn.Sequential(conv_block(decoder[0], decoder[0]), nn.Conv2d(decoder[0], decoder[0], 1))
        self.mask_places = nn.Parameter(torch.zeros(decoder[0], 2))
        self.start = nn.Linear(decoder[2], hidden)
        self.memory = nn.ModuleList(nn.Conv2d(decoder[level], hidden, 1) for level in _ATTENDED)
        self.attention = _attention(hidden=hidden, layers=layers, mask_channels=decoder[0])
        self.scores = _shy(nn.Linear(hidden, types), bias=-5.0)
        self.boxes = Mask2FormerMLPPredictionHead(hidden, hidden, 4)
        self._lay_out(size, hidden)
        self.queries = min(queries, len(self.points))

    def forward(self, photos: Tensor) -> Raw:
        """Answers for photos (B, H, W, 3) uint8 RGB."""
        images = self.normalise(photos).contiguous(memory_format=torch.channels_last)
        levels = self.pyramid.decoded(self.backbone(images))
        seeds = self.seeds(levels[2]).flatten(2).transpose(1, 2).float()
        chosen = seeds.detach().amax(dim=2).topk(self.queries, dim=1).indices.sort(dim=1).values  # (B, Q)
        states, masks = self._attend(levels, chosen)
        embedding = pooled(levels[2:])
        return Raw(
            logits=self.scores(states).float(),
            boxes=self._boxes(states, self.points[chosen]),
            masks=masks.float(),
            seeds=seeds,
            pixels=self.pixels(levels[0]).float(),
            photo=self.photo(embedding).float(),
            embedding=embedding.float(),
        )

    def _attend(self, levels: Sequence[Tensor], chosen: Tensor) -> tuple[Tensor, Tensor]:
        """States (L, B, Q, K) of the queries and their masks (L, B, Q, H/4, W/4)."""
        places = levels[2].flatten(2).transpose(1, 2)
        looks = places.gather(1, chosen[..., None].expand(-1, -1, places.shape[2]))
        where = torch.einsum("cx,xhw->chw", self.mask_places, self.grid)
        found = self.attention(
            inputs_embeds=self.start(looks).transpose(0, 1),
            query_position_embeddings=self.get_buffer("positions_1")[:, 0][chosen].transpose(0, 1),
            pixel_embeddings=self.mask_features(levels[0]) + where,
            encoder_hidden_states=[
                project(levels[level]).flatten(2).permute(2, 0, 1)
                for project, level in zip(self.memory, _ATTENDED, strict=True)
            ],
            multi_stage_positional_embeddings=[self.get_buffer(f"positions_{turn}") for turn in range(3)],
            feature_size_list=[levels[level].shape[2:] for level in _ATTENDED],
            return_dict=True,
        )
        states, masks = found.intermediate_hidden_states, found.masks_queries_logits
        if not self.training:
            states, masks = states[-1:], masks[-1:]
        return torch.stack(states).transpose(1, 2), torch.stack(masks)

    def _boxes(self, states: Tensor, points: Tensor) -> Tensor:
        """Boxes (L, B, Q, 4) xyxy around points (B, Q, 2), free to move and of any size."""
        moves, sizes = self.boxes(states).float().split(2, dim=-1)
        centres = points + SEED_STRIDE * moves
        halves = self.usual_half * sizes.clamp(-6, 6).exp()
        return torch.cat((centres - halves, centres + halves), dim=-1)

    def _lay_out(self, size: Size, hidden: int) -> None:
        """Registers what follows from the input's size alone: places, coordinates, codes of positions."""
        self.usual_half = min(size.height, size.width) / 8
        rows, columns = size.height // SEED_STRIDE, size.width // SEED_STRIDE
        y, x = torch.meshgrid(torch.arange(rows) + 0.5, torch.arange(columns) + 0.5, indexing="ij")
        self.register_buffer("points", torch.stack((x, y), dim=-1).reshape(-1, 2) * SEED_STRIDE, persistent=False)
        y, x = torch.meshgrid(
            torch.linspace(-1, 1, size.height // 4), torch.linspace(-1, 1, size.width // 4), indexing="ij"
        )
        self.register_buffer("grid", torch.stack((x, y)), persistent=False)
        embed = Mask2FormerSinePositionEmbedding(num_position_features=hidden // 2, normalize=True)
        for turn, level in enumerate(_ATTENDED):
            shape = torch.Size((1, hidden, size.height // 2 ** (level + 2), size.width // 2 ** (level + 2)))
            codes = embed(shape, torch.device("cpu"), torch.float32).flatten(2).permute(2, 0, 1)
            self.register_buffer(f"positions_{turn}", codes.contiguous(), persistent=False)


def _attention(*, hidden: int, layers: int, mask_channels: int) -> nn.Module:
    """Mask2Former's decoder, normalised before each step, which lets it learn at the rates of convolutions."""
    config = Mask2FormerConfig(
        hidden_dim=hidden,
        mask_feature_size=mask_channels,
        dim_feedforward=4 * hidden,
        num_attention_heads=HEADS,
        decoder_layers=layers + 1,  # it counts the answer of the seeds
        dropout=0.0,
        pre_norm=True,
    )
    decoder: nn.Module = Mask2FormerMaskedAttentionDecoder(config)
    for parameter in decoder.parameters():
        if parameter.ndim > 1:
            nn.init.xavier_uniform_(parameter)
    return decoder


def _shy(layer: nn.Conv2d | nn.Linear, *, bias: float = -4.0) -> nn.Module:
    """The layer with a bias that says "no" to begin with, as most places of most photos show no damage."""
    nn.init.constant_(layer.bias, bias)  # type: ignore[arg-type]
    return layer
