"""A layer whose kernel is made of trained tensors, with its bias trained too, in torch float64."""
from types import SimpleNamespace

from vector import problem, run, same


def layer_case(seed, config, make, initial=None, **size):
    """
    make(p) -> (trained, frozen, kernel): tensors by name, and the function of none that gives the effective kernel
    initial(p) -> first values that do not depend on chance
    """
    p = problem(seed, **size)
    trained, frozen, kernel = make(p)
    p.bias.requires_grad_(True)

    def forward(x, target):
        output = x @ kernel() + p.bias
        return SimpleNamespace(output=output, loss=((output - target) ** 2).mean())

    tensors = {name: (t.requires_grad_(True), same) for name, t in trained.items()}
    first = p.bias.detach().clone()
    case = run(
        p, forward, {**tensors, "bias": (p.bias, same)}, {name: (t, same) for name, t in frozen.items()},
        lambda: (kernel(), p.bias), config, initial=initial(p) if initial else None,
    )
    # The layer starts with the bias that was drawn.
    case["base"]["bias"] = first.tolist()
    return case
