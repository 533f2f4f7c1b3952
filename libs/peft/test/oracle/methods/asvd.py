"""ASVD from the paper (arXiv 2312.05821) and the authors' defaults, in torch float64."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from calibration import model_losses, model_moments
from compression import factor_case, rank_of, scaled
from tiny_gpt2 import MLP, WIDTH
from vector import Draw, array, save, source


def case(seed, config, **size):
    def make(p, rank, rows):
        return scaled(p.kernel, rank, rows.abs().mean(0) ** config.get("alpha", 0.5) + 1e-6)

    return factor_case(seed, config, make, calibrated=True, **size)


def ranks_by_loss(layers, share):
    """
    A bisection, written apart from the library's scan: of all truncations in descending order of their loss, bisection for the shortest tail that
    meets the share of parameters. A layer has the lowest rank of the tail; 0 is whole.

    layers: (rows, columns, loss by rank)
    """
    truncations = sorted(
        ((loss, rank, index) for index, (_, _, losses) in enumerate(layers) for rank, loss in losses.items()), reverse=True,
    )

    def ranks_of(tail):
        return [min((rank for _, rank, other in truncations[tail:] if other == index), default=0) for index in range(len(layers))]

    def kept(ranks):
        costs = [rank * (rows + columns) if rank else rows * columns for rank, (rows, columns, _) in zip(ranks, layers)]
        return sum(costs) / sum(rows * columns for rows, columns, _ in layers)

    low, high = 0, len(truncations)
    while low < high:
        middle = (low + high + 1) // 2
        if kept(ranks_of(middle)) <= share:
            low = middle
        else:
            high = middle - 1
    return ranks_of(low)


def tried_ranks(kernel):
    return sorted({rank_of(kernel, ratio) for ratio in (0.4, 0.5, 0.6, 0.7, 0.8, 0.9)} - {0}, reverse=True)


def searched(seed, ratio):
    """Sensitivity of every layer of a model, and the ranks that follow."""
    def replace(kernel, rows, rank):
        a, b = scaled(kernel, rank, rows.abs().mean(0) ** 0.5 + 1e-6)
        return a @ b

    case = model_losses(seed, {"ratio": ratio, "rule": "sensitivity"}, tried_ranks, replace)
    sides = lambda path: (MLP if path.endswith("fc_out") else WIDTH, MLP if path.endswith("fc_in") else WIDTH)
    layers = [(*sides(path), layer["losses"]) for path, layer in case["layers"].items()]
    return {**case, "ranks": dict(zip(case["layers"], ranks_by_loss(layers, ratio)))}


def allocation(seed, ratio, shapes=((6, 6), (6, 12), (12, 6), (10, 4))):
    """Ranks of single kernels by losses that are drawn; where there are none, by the ratio alone."""
    draw = Draw(seed)
    kernels = [draw(*shape) for shape in shapes]
    losses = [{rank: 3 + draw(1).abs().item() / rank for rank in tried_ranks(kernel)} for kernel in kernels]
    return {
        "config": {"ratio": ratio, "rule": "sensitivity"}, "kernels": [array(kernel) for kernel in kernels], "losses": losses,
        "ranks": ranks_by_loss([(*kernel.shape, by_rank) for kernel, by_rank in zip(kernels, losses)], ratio),
    }


def even(seed, config, ranks, shapes=((6, 6), (6, 12))):
    draw = Draw(seed)
    return {"config": config, "kernels": [array(draw(*shape)) for shape in shapes], "ranks": ranks}


save(__file__, {
    "source": source("torch"),
    "cases": [case(311, {"ratio": 0.7}), case(312, {"ratio": 0.8, "alpha": 1.0}, inputs=7, outputs=4)],
    "calibrations": [model_moments(313), searched(314, 0.7), searched(315, 0.5)],
    "allocations": [
        allocation(316, 0.9), allocation(317, 0.7), allocation(318, 0.5),
        # By the ratio: 0.7 · 36 / 12 and 0.7 · 72 / 18. By the rank.
        even(319, {"ratio": 0.7}, [2, 2]), even(320, {"rank": 1, "rule": "sensitivity"}, [1, 1]),
    ],
})
