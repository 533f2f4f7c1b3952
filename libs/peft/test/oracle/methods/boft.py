"""BOFT from the paper's equations (arXiv 2311.06243, section 4), in float64: y = ((x R) W) * s + b with R = F_m ... F_1.

Factor i is the butterfly of the fast Fourier transform: inside every group of 2^(i+1) half-blocks it joins half-block j with
half-block j + 2^i by one orthogonal matrix, the Cayley transform of a skew one, and is zero elsewhere. No permutation is
formed. Values and rotations are computed with numpy, gradients by torch through the same sums; the two must agree.

Python peft agrees as well, which is asserted: with one factor as it is installed, with several only when the one operation of
its CUDA extension, block-diagonal matrices from their blocks, is put in its place; without the extension it forces one factor.
"""
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import peft.tuners.boft.layer as boft
import torch
from peft import BOFTConfig, get_peft_model

sys.path.insert(0, str(Path(__file__).parents[1]))
from vector import OneLayer, problem, run, same, save, source


def joined(width, size, factor):
    """Indices that each block of a factor acts on."""
    if factor == 0:
        return [list(range(start, start + size)) for start in range(0, width, size)]
    half, apart = size // 2, 2**factor
    of = lambda block: list(range(block * half, (block + 1) * half))
    groups = range(0, width // half, 2 * apart)
    return [of(group + j) + of(group + j + apart) for group in groups for j in range(apart)]


def cayley_numpy(raw):
    skew = (raw - raw.T) / 2
    one = np.eye(len(raw))
    return (one - skew) @ np.linalg.inv(one + skew)


def rotation_numpy(raw, width):
    whole = np.eye(width)
    for factor, blocks in enumerate(raw):
        butterfly = np.zeros((width, width))
        for block, at in zip(blocks, joined(width, blocks.shape[-1], factor), strict=True):
            butterfly[np.ix_(at, at)] = cayley_numpy(block)
        whole = butterfly @ whole
    return whole


def rotation_torch(raw, width):
    whole = torch.eye(width)
    for factor, blocks in enumerate(raw):
        butterfly = torch.zeros(width, width)
        for block, at in zip(blocks, joined(width, blocks.shape[-1], factor), strict=True):
            skew = (block - block.T) / 2
            one = torch.eye(len(block))
            place = (torch.tensor(at)[:, None], torch.tensor(at)[None, :])
            butterfly = butterfly.index_put(place, (one - skew) @ torch.linalg.inv(one + skew))
        whole = butterfly @ whole
    return whole


def peft_rotation(p, raw, config):
    """What Python peft makes of the same tensors."""
    model = get_peft_model(
        OneLayer(p.kernel, p.bias),
        BOFTConfig(
            boft_block_size=config.get("blockSize", 0),
            boft_block_num=config.get("blocks", 0),
            boft_n_butterfly_factor=config.get("factors", 1),
            target_modules=["layer"],
        ),
    )
    layer = model.base_model.model.layer
    with torch.no_grad():
        assert layer.boft_R["default"].shape == raw.shape, "as many factors as asked for"
        layer.boft_R["default"].copy_(raw)
        return layer.get_delta_weight("default")[0].numpy()


def case(seed, config, **size):
    p = problem(seed, **size)
    width, outputs = p.kernel.shape
    block = config.get("blockSize") or width // config["blocks"]
    shape = (config.get("factors", 1), width // block, block, block)
    raw = torch.nn.Parameter(p.draw(*shape, scale=0.4))
    scale = torch.nn.Parameter((1 + p.draw(outputs, scale=0.4)).float().double())

    def forward(x, target):
        output = ((x @ rotation_torch(raw, width)) @ p.kernel) * scale + p.bias
        return SimpleNamespace(output=output, loss=((output - target) ** 2).mean())

    rotation = rotation_numpy(raw.detach().numpy(), width)
    assert np.abs(rotation - rotation_torch(raw, width).detach().numpy()).max() < 1e-12
    assert np.abs(rotation.T @ rotation - np.eye(width)).max() < 1e-12, "orthogonal"
    if config.get("factors", 1) > 1:
        boft.get_fbd_cuda = lambda: True
        diagonal = lambda blocks: torch.stack([torch.block_diag(*factor) for factor in blocks])
        boft.FastBlockDiag = SimpleNamespace(apply=diagonal)
    assert np.abs(rotation - peft_rotation(p, raw.detach(), config)).max() < 1e-12, "peft's"

    trained = {"boft_R": (raw, same), "boft_s": (scale, same)}
    initial = {"boft_R": torch.zeros(shape), "boft_s": torch.ones(outputs)}
    # Of numpy, before any step.
    kernel = torch.tensor((rotation @ p.kernel.numpy()) * scale.detach().numpy())
    return run(p, forward, trained, {}, lambda: (kernel, p.bias), config, initial=initial)


save(__file__, {
    "source": f"the paper's equations in numpy, float64; {source('peft')}",
    "cases": [
        case(161, {"blockSize": 3}, inputs=6, outputs=4),
        case(162, {"blocks": 4, "factors": 2}, inputs=8, outputs=5),
        case(163, {"blockSize": 2, "factors": 3}, inputs=8, outputs=3),
        # Two groups of the last factor; and as many factors as make the rotation dense.
        case(164, {"blockSize": 4, "factors": 2}, inputs=16, outputs=6),
        case(165, {"blockSize": 2, "factors": 4}, inputs=16, outputs=5),
    ],
})
