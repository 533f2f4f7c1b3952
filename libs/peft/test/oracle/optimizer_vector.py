"""Trajectories of an optimizer under given gradients, shared by the optimizer oracles."""
import torch

from vector import Draw, array

# Kernels on both sides of square, one smaller than the ranks used, and what is never a matrix of the model's body.
PARAMETERS = {
    "wide": ("kernel", (5, 8)),
    "tall": ("kernel", (7, 4)),
    "square": ("kernel", (6, 6)),
    "thin": ("kernel", (2, 6)),
    "bias": ("bias", (8,)),
    "embedding": ("embedding", (9, 5)),
    "adapter": ("lora_A", (8, 5)),
}


def decays(shape):
    return len(shape) == 2


class Adam:
    """Adam's direction with bias-corrected moments, for tensors by name. `forget` begins one anew."""

    def __init__(self, config):
        self.beta1, self.beta2, self.epsilon = config["beta1"], config["beta2"], config["epsilon"]
        self.moments = {}

    def forget(self, name):
        self.moments.pop(name, None)

    def direction(self, name, gradient, step):
        m, v = self.moments.get(name, (torch.zeros_like(gradient), torch.zeros_like(gradient)))
        m = self.beta1 * m + (1 - self.beta1) * gradient
        v = self.beta2 * v + (1 - self.beta2) * gradient**2
        self.moments[name] = m, v
        return (m / (1 - self.beta1**step)) / ((v / (1 - self.beta2**step)).sqrt() + self.epsilon)

    def correction(self, step):
        """What bias correction multiplies m / √v by."""
        return (1 - self.beta2**step) ** 0.5 / (1 - self.beta1**step)


def limited(update, before, correction, limiter):
    """
    The update with its norm, without the bias correction in it, at most `limiter` times the norm before; and that norm.
    `before` is None at the first step, which has no limit.
    """
    norm = update.norm() / correction
    if before is None:
        return update, norm
    factor = limiter / max((norm / (before + 1e-8)).item(), limiter)
    return update * factor, norm * factor


def descend(values, learning_rate, weight_decay, direction):
    """Decoupled decay of rank-2 tensors, then a step against `direction(name)`."""
    for name, value in values.items():
        step = direction(name)
        if decays(value.shape):
            value *= 1 - learning_rate * weight_decay
        value -= learning_rate * step


def left_basis(matrix, rank):
    """Leading left singular vectors; the entry of largest magnitude of each is positive."""
    u = torch.linalg.svd(matrix, full_matrices=False).U[:, :rank]
    return u * torch.sign(u[u.abs().argmax(dim=0), torch.arange(rank)])


def trajectory(seed, config, learning_rate, steps, make, parameters=PARAMETERS):
    """
    make(values) -> step(gradients, learning_rate): updates `values`, a dict of tensors, in place.
    The gradients of the first step include an all-zero tensor.
    """
    draw = Draw(seed)
    values = {name: draw(*shape) for name, (_, shape) in parameters.items()}
    case = {
        "config": config,
        "learningRate": learning_rate,
        "parameters": {
            name: {"role": role, "decays": decays(shape), "shape": list(shape), "values": array(values[name])}
            for name, (role, shape) in parameters.items()
        },
        "steps": [],
    }
    advance = make(values)
    for index in range(steps):
        gradients = {name: draw(*shape, scale=0.7) for name, (_, shape) in parameters.items()}
        if index == 0:
            first = "thin" if "thin" in gradients else next(iter(gradients))
            gradients[first] = torch.zeros_like(gradients[first])
        advance(gradients, learning_rate)
        case["steps"].append(
            {
                "gradients": {name: array(g) for name, g in gradients.items()},
                "values": {name: array(v.detach().clone()) for name, v in values.items()},
            }
        )
    return case


def torch_optimizer(make_optimizer, weight_decay):
    """Runs a torch optimizer with decay on rank-2 tensors only."""

    def make(values):
        for value in values.values():
            value.requires_grad_(True)
        optimizer = make_optimizer(
            [
                {"params": [v for v in values.values() if decays(v.shape)], "weight_decay": weight_decay},
                {"params": [v for v in values.values() if not decays(v.shape)], "weight_decay": 0.0},
            ]
        )

        def advance(gradients, learning_rate):
            for name, value in values.items():
                value.grad = gradients[name].clone()
            for group in optimizer.param_groups:
                group["lr"] = learning_rate
            optimizer.step()

        return advance

    return make
