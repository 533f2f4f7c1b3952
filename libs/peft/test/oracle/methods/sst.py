"""
SST (arXiv 2405.15481) in torch float64, as a summary has it. The kernel is U·diag(σ)·Vᵀ; pairs J are trained, whose
gradients leave σ out. The library holds the other columns apart from the trained ones, with zeros in their places.
"""
import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parents[1]))
from vector import Draw, array, problem, run, same, save, source
from types import SimpleNamespace


class Enhanced(torch.autograd.Function):
    """((x·U_J) ⊙ σ_J)·V_Jᵀ whose gradients of U_J and V_J are those without σ_J."""

    @staticmethod
    def forward(ctx, x, u, sigma, v):
        ctx.save_for_backward(x, u, sigma, v)
        return ((x @ u) * sigma) @ v

    @staticmethod
    def backward(ctx, g):
        x, u, sigma, v = ctx.saved_tensors
        back = g @ v.T
        return (back * sigma) @ u.T, x.T @ back, ((x @ u) * back).sum(0), (x @ u).T @ g


def apart(u, v, active):
    """Columns of U and rows of V without the trained ones, and those."""
    rest_u, rest_v = u.clone(), v.clone()
    rest_u[:, active] = 0
    rest_v[active] = 0
    return {"sst_active_U": u[:, active], "sst_active_V": v[active], "sst_U": rest_u, "sst_V": rest_v}


def case(seed, config, active, **size):
    p = problem(seed, **size)
    inputs, outputs = p.kernel.shape
    pairs, rank = min(inputs, outputs), config["rank"]
    places = torch.tensor(active)
    tensors = apart(p.draw(inputs, pairs, scale=0.5), p.draw(pairs, outputs, scale=0.5), places)
    sigma = p.draw(pairs).abs().float().double().requires_grad_(True)
    u, v = tensors["sst_U"], tensors["sst_V"]
    active_u, active_v = (tensors[name].clone().requires_grad_(True) for name in ("sst_active_U", "sst_active_V"))
    first_bias = p.bias.clone()
    p.bias.requires_grad_(True)

    def forward(x, target):
        output = ((x @ u) * sigma) @ v + Enhanced.apply(x, active_u, sigma[places], active_v) + p.bias
        return SimpleNamespace(output=output, loss=((output - target) ** 2).mean())

    trained = {"sst_sigma": sigma, "sst_active_U": active_u, "sst_active_V": active_v, "bias": p.bias}
    frozen = {"sst_U": u, "sst_V": v, "sst_active": places.double()}
    effective = lambda: ((u * sigma) @ v + (active_u * sigma[places]) @ active_v, p.bias)
    written = run(
        p, forward, {name: (t, same) for name, t in trained.items()}, {name: (t, same) for name, t in frozen.items()},
        effective, config, initial={"sst_sigma": torch.linalg.svdvals(p.kernel)},
    )
    written["base"]["bias"] = first_bias.tolist()
    return written


def multinomial(sigma, count, uniforms):
    """Without replacement, by ½(1/m + σ/Σσ)."""
    p = 0.5 * (1 / len(sigma) + sigma / sigma.sum())
    chosen = []
    for u in uniforms[:count]:
        left = p.clone()
        left[chosen] = 0
        chosen.append(int(torch.searchsorted(left.cumsum(0), u * left.sum(), right=True)))
    return torch.tensor(sorted(chosen))


def signed(u, v):
    """The largest entry of every left vector positive."""
    sign = u[u.abs().argmax(0), torch.arange(u.shape[1])].sign()
    return u * sign, v * sign[:, None]


SHAPES = {"first": (4, 3), "second": (3, 6)}


def schedule(seed, config, total):
    draw, numbers = Draw(seed), torch.Generator().manual_seed(seed)
    rank, interval = config["rank"], config["interval"]
    steps = []
    for step in range(1, total + 1):
        uniforms = torch.rand(rank, generator=numbers, dtype=torch.float64)
        layers, after = {}, {}
        for path, (inputs, outputs) in SHAPES.items():
            pairs = min(inputs, outputs)
            active = torch.arange(pairs)[-rank:]
            u, v = draw(inputs, pairs), draw(pairs, outputs)
            given = apart(u, v, active)
            sigma = draw(pairs).abs()
            # Not where the decomposition is made anew: vectors of a singular value 0 are any.
            if step < 3:
                sigma[0] = -sigma[0]
            values = {**given, "sst_sigma": sigma, "sst_active": active.double()}
            names = ("sst_sigma", "sst_active_U", "sst_active_V")
            layers[path] = {
                "tensors": {name: array(t) for name, t in values.items()},
                "gradients": {name: array(draw(*values[name].shape)) for name in names},
            }
            sigma = sigma.clamp(min=0)
            u[:, active] = u[:, active] / u[:, active].norm(dim=0)
            v[active] = v[active] / v[active].norm(dim=1, keepdim=True)
            if step % interval == 0:
                if (step // interval) % -(-pairs // rank) == 0:
                    left, sigma, right = torch.linalg.svd((u * sigma) @ v, full_matrices=False)
                    u, v = signed(left, right)
                active = multinomial(sigma, rank, uniforms)
            after[path] = {
                name: array(t) for name, t in {**apart(u, v, active), "sst_sigma": sigma, "sst_active": active.double()}.items()
            }
        steps.append({"step": step, "layers": layers, "after": after, "draws": {"uniforms": uniforms.tolist()}})
    return {
        "config": config,
        "totalSteps": total,
        "shapes": {path: {"in": i, "out": o, "bias": True} for path, (i, o) in SHAPES.items()},
        "steps": steps,
    }


save(__file__, {
    "source": source("torch"),
    "cases": [
        case(451, {"rank": 3}, [0, 1, 4]),
        case(452, {"rank": 3}, [2, 4, 5], inputs=8, outputs=7),
    ],
    # Rounds of two draws, and of three.
    "schedules": [
        schedule(453, {"rank": 2, "interval": 2}, 8),
        schedule(454, {"rank": 1, "interval": 1}, 4),
    ],
})
