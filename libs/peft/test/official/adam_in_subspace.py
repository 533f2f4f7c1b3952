"""Trajectories of optimizers that keep Adam's moments in a subspace, through the classes of their authors."""
import torch

from optimizer_vector import trajectory

# A kernel of each form, one that the rank does not fit into, and what is no kernel. Decay comes after the step there: it is 0.
PARAMETERS = {
    "wide": ("kernel", (5, 8)),
    "tall": ("kernel", (7, 4)),
    "square": ("kernel", (6, 6)),
    "thin": ("kernel", (2, 6)),
    "bias": ("bias", (8,)),
}


svd = torch.linalg.svd


def signed_svd(matrix, full_matrices=True):
    """
    Singular vectors have no sign, and moments that outlive a refresh depend on it: here the entry of largest magnitude of each
    is positive, as the library has it. One side is used alone. They are taken in float64, since those of float32 are others on
    another processor.
    """
    u, values, vh = svd(matrix.double(), full_matrices=full_matrices)
    largest = lambda rows: rows.gather(1, rows.abs().argmax(dim=1, keepdim=True)).sign()
    return u * largest(u.T).T, values, vh * largest(vh)


torch.linalg.svd = signed_svd


def official(optimizer_class, config, projected, projections=None, parameters=PARAMETERS):
    """
    Kernels are handed over as torch has them, `[out, in]`. `projected`: settings of the group of those that are projected, which
    are all kernels that a rank among the settings fits into. `projections(optimizer, tensors, step)` is called after every step.
    """

    def make(values):
        tensors = {name: torch.nn.Parameter(value.T.clone() if value.dim() == 2 else value.clone()) for name, value in values.items()}
        rank = projected.get("rank", 0)
        low = [name for name, (role, shape) in parameters.items() if role == "kernel" and min(shape) > rank]
        groups = [
            {"params": [tensors[name] for name in low], **projected},
            {"params": [tensors[name] for name in tensors if name not in low]},
        ]
        optimizer = optimizer_class(
            groups, lr=0.1, betas=(config["beta1"], config["beta2"]), eps=config["epsilon"], no_deprecation_warning=True
        )
        clock = [0]

        def advance(gradients, learning_rate):
            clock[0] += 1
            for group in optimizer.param_groups:
                group["lr"] = learning_rate
            for name, tensor in tensors.items():
                tensor.grad = (gradients[name].T if tensor.dim() == 2 else gradients[name]).clone()
            optimizer.step()
            for name, tensor in tensors.items():
                values[name].copy_(tensor.detach().T if tensor.dim() == 2 else tensor.detach())
            if projections:
                projections(optimizer, {name: tensors[name] for name in low}, clock[0])

        return advance

    return make


def run(seed, config, steps, make, parameters=PARAMETERS):
    return trajectory(seed, config, 0.1, steps, make, parameters)
