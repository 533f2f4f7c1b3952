"""Kernels replaced by two factors in torch float64: each form of the papers by itself, and a layer of two factors."""
from types import SimpleNamespace

import torch

from calibration import moments, varied
from vector import Draw, array, problem, run, same


def balanced(a, b):
    """The same product with column k of A as long as row k of B, and the largest entry of every row of B positive."""
    length = (a.norm(dim=0) / b.norm(dim=1)).sqrt()
    sign = torch.sign(b[torch.arange(b.shape[0]), b.abs().argmax(dim=1)])
    return a * (sign / length), b * (sign * length)[:, None]


def plain(kernel, rank):
    """The SVD of the kernel."""
    u, sigma, vt = torch.linalg.svd(kernel, full_matrices=False)
    return balanced(u[:, :rank] * sigma[:rank].sqrt(), sigma[:rank, None].sqrt() * vt[:rank])


def scaled(kernel, rank, d):
    """ASVD: diag(1/d) · SVD_r(diag(d)·W)."""
    u, sigma, vt = torch.linalg.svd(d[:, None] * kernel, full_matrices=False)
    return balanced(u[:, :rank] * sigma[:rank] / d[:, None], vt[:rank])


def whitened(kernel, rank, rows):
    """SVD-LLM: SVD of S·W with the Cholesky factor S = Lᵀ of XᵀX = L·Lᵀ, and S undone by a triangular solve."""
    root = torch.linalg.cholesky(rows.T @ rows).T
    u, sigma, vt = torch.linalg.svd(root @ kernel, full_matrices=False)
    return balanced(torch.linalg.solve_triangular(root, u[:, :rank] * sigma[:rank], upper=True), vt[:rank])


def eigenspace(kernel, rank, rows):
    """EoRA: SVD of S·W with S = √Λ·Qᵀ of the mean of xxᵀ, and S undone by Q/√Λ."""
    values, vectors = torch.linalg.eigh(rows.T @ rows / rows.shape[0])
    root = values.sqrt()[:, None] * vectors.T
    u, sigma, vt = torch.linalg.svd(root @ kernel, full_matrices=False)
    return balanced((vectors / values.sqrt()) @ (u[:, :rank] * sigma[:rank]), vt[:rank])


def mimicking(kernel, bias, rank, rows, bent=False):
    """
    AFM: principal components of the outputs y, W₁ = W·U, b₁ = b·U, W₂ = Uᵀ, b₂ = ȳ − ȳ·U·Uᵀ.

    Returns A, B and b₁·B + b₂; bent: A, B, b₂ and b₁, between which there is an activation.
    """
    outputs = rows @ kernel + bias
    mean = outputs.mean(0)
    covariance = (outputs - mean).T @ (outputs - mean) / rows.shape[0]
    u = torch.linalg.eigh(covariance).eigenvectors.flip(1)[:, :rank]
    a, b = balanced(kernel @ u, u.T)
    second = mean - mean @ u @ u.T
    if bent:
        return a, b, second, bias @ u * (a / (kernel @ u))[0]
    return a, b, bias @ u @ u.T + second


def mimicking_table(table, rank, shares):
    """AFM of a table whose rows are read so often: principal components around the mean row, E' = (E − ȳ)·U and U^T."""
    mean = shares @ table
    covariance = table.T @ torch.diag(shares) @ table - torch.outer(mean, mean)
    u = torch.linalg.eigh(covariance).eigenvectors.flip(1)[:, :rank]
    return (*balanced((table - mean) @ u, u.T), mean)


def table_case(seed, config, rank, height=9, width=6):
    """A table, what a calibration saw of it, and rows looked up in the factors that are in its place."""
    draw = Draw(seed)
    table = draw(height, width, scale=0.5)
    counts = torch.arange(height) % 4 * torch.arange(1, height + 1)
    shares = counts / counts.sum()
    names = ("factor_A", "factor_B", "factor_shift")
    initial = dict(zip(names, mimicking_table(table, rank, shares)))
    trained = {name: draw(*value.shape, scale=0.5).requires_grad_(True) for name, value in initial.items()}
    a, b, shift = trained.values()
    ids = torch.tensor([3, 0, 3, height - 1, 1])
    target = draw(len(ids), width)
    output = a[ids] @ b + shift
    loss = ((output - target) ** 2).mean()
    loss.backward()
    write = lambda tensors: {name: array(t.detach()) for name, t in tensors.items()}
    return {
        "layer": {"in": height, "out": width, "bias": False, "table": True},
        "config": config,
        "kernel": array(table),
        "reads": {"rows": int(counts.sum()), "shares": array(shares)},
        "initial": write(initial),
        "tensors": write(trained),
        "ids": ids.tolist(),
        "targets": array(target),
        "output": array(output.detach()),
        "effective": array((a @ b + shift).detach()),
        "loss": loss.item(),
        "gradients": {name: array(t.grad) for name, t in trained.items()},
    }


def rank_of(kernel, ratio):
    inputs, outputs = kernel.shape
    return int(ratio * inputs * outputs // (inputs + outputs))


def factor_case(
    seed, config, make, rank=None, calibrated=False, shift=False, bent=False, penalty=None, frozen=None, **size
):
    """
    A layer of two factors.

    make(p, rank, rows) -> (A, B), (A, B, effective bias) or, bent, (A, B, second bias, first bias)
    penalty(a, b, kernel) -> scalar; frozen(p) -> frozen tensors by name
    """
    p = problem(seed, **size)
    rows = varied(p.draw, 40, p.kernel.shape[0], 0.8) if calibrated else None
    rank = rank or rank_of(p.kernel, config["ratio"])
    first_a, first_b, *first_bias = make(p, rank, rows)
    initial = {"factor_A": first_a, "factor_B": first_b}
    a = p.draw(*first_a.shape, scale=0.5).requires_grad_(True)
    b = p.draw(*first_b.shape, scale=0.5).requires_grad_(True)
    trained = {"factor_A": (a, same), "factor_B": (b, same)}
    bias = p.bias
    if shift:
        initial["factor_shift"] = first_bias[0] - p.bias
        moved = p.draw(p.bias.shape[0], scale=0.3).requires_grad_(True)
        trained["factor_shift"] = (moved, same)
    if bent:
        initial["factor_bias"] = first_bias[1]
        inner = p.draw(rank, scale=0.3).requires_grad_(True)
        trained["factor_bias"] = (inner, same)
    total = lambda: bias + moved if shift else bias
    fixed = frozen(p) if frozen else {}

    def forward(x, target):
        output = (torch.relu(x @ a + inner) if bent else x @ a) @ b + total()
        loss = ((output - target) ** 2).mean()
        return SimpleNamespace(output=output, loss=loss + penalty(a, b, p.kernel) if penalty else loss)

    written = run(
        p, forward, trained, {name: (t, same) for name, t in fixed.items()}, None if bent else lambda: (a @ b, total()), config,
        initial={**initial, **fixed},
    )
    return {**written, **({"calibration": {"inputs": moments(rows)}} if calibrated else {})}
