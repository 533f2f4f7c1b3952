"""
LoRA-FAIR (arXiv 2411.14961): A is averaged, and B = argmin S(P, A B) + lambda |B - mean B|. With least squares as its discrepancy S, and the
distance squared, as one least squares problem of stacked equations; with 1 - cos by torch's L-BFGS from a point beside the mean, where the
norm has a gradient.
"""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
import numpy as np
import torch
from federation import RANK, mean, save, two_rounds


def least_squares(a, b, product, penalty):
    left = np.concatenate([a, np.sqrt(penalty) * np.eye(RANK)])
    right = np.concatenate([product, np.sqrt(penalty) * b])
    return np.linalg.lstsq(left, right, rcond=None)[0]


def cosine(a, b, product, penalty):
    a, b, product = (torch.tensor(value) for value in (a, b, product))
    towards = lambda x: torch.nn.functional.cosine_similarity((a @ x).flatten(), product.flatten(), dim=0)
    loss = lambda x: 1 - towards(x) + penalty * torch.linalg.norm(x - b)
    start = b.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(towards(start), start)
    if torch.linalg.norm(gradient) <= penalty:
        return b.numpy()
    x = (b + 1e-3 * gradient).detach().requires_grad_()
    optimizer = torch.optim.LBFGS([x], lr=1, max_iter=5000, max_eval=20000, tolerance_grad=1e-13, tolerance_change=0, history_size=50, line_search_fn="strong_wolfe")

    def closure():
        optimizer.zero_grad()
        value = loss(x)
        value.backward()
        return value

    for _ in range(5):
        optimizer.step(closure)
    assert torch.linalg.norm(x.grad) < 1e-8, x.grad
    assert loss(x) < loss(b) and towards(x) > towards(b), "the product does not turn towards the mean update"
    return x.detach().numpy()


def case(seed, penalty, corrected=least_squares, **config):
    def aggregate(messages, weights, tensors, kept):
        average = mean(messages, weights)
        product = sum(w * m["layer.lora_A"] @ m["layer.lora_B"] for w, m in zip(weights, messages))
        b = corrected(average["layer.lora_A"], average["layer.lora_B"], product, penalty)
        return {**average, "layer.lora_B": b}, None, {}

    return two_rounds(seed, aggregate, {"lambda": penalty, **config})


by_cosine = {"corrected": cosine, "discrepancy": "cosine"}
# With the last penalty the mean is the best.
save(__file__, source=f"numpy {np.__version__} and torch {torch.__version__}, float64", cases=[case(12, 0.01), case(13, 2.0), case(14, 0.01, **by_cosine), case(15, 0.1, **by_cosine), case(16, 5.0, **by_cosine)])
