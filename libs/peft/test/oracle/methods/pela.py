"""
PELA from the authors' code (guoyang9/PELA): the SVD of a kernel, the penalty on its perturbation, and the distance of what the
blocks of a whole model put out from what those of the original put out, in torch float64. Theirs is over all tokens of images
of one size; here, where examples differ in length, over the real ones.
"""
import sys
from copy import deepcopy
from pathlib import Path

import torch
from torch.func import functional_call

sys.path.insert(0, str(Path(__file__).parents[1]))
from compression import factor_case, plain, rank_of
from tiny_gpt2 import WIDTH, model_case, named, next_token_loss, tiny_gpt2, token_batch
from vector import array, same, save, source


def deviation(a, b, kernel, config):
    return ((a @ b - kernel).abs().max() - config.get("epsilon", 1e-3)) ** 2


def case(seed, config, **size):
    def penalty(a, b, kernel):
        return config.get("penalty", 1.0) * deviation(a, b, kernel, config)

    return factor_case(
        seed, config, lambda p, r, _: plain(p.kernel, r), penalty=penalty, frozen=lambda p: {"pela_kernel": p.kernel}, **size
    )


def blocks_of(model, weights, tokens):
    """Logits, and what every block puts out, with other values of some parameters."""
    outputs = []
    hook = lambda _, __, output: outputs.append(output[0] if isinstance(output, tuple) else output)
    handles = [block.register_forward_hook(hook) for block in model.transformer.h]
    logits = functional_call(model, weights, (tokens,)).logits
    for handle in handles:
        handle.remove()
    return logits, outputs


def features_case(seed, config, lengths, targets=("query", "key", "value", "output", "fc_in", "fc_out")):
    """A step of a model of two blocks whose kernels are A·B, held near to the one of whole kernels."""
    tiny = tiny_gpt2(seed)
    original = deepcopy(tiny.model)
    batch = token_batch(seed, uncounted=False)
    batch.lengths = torch.tensor(lengths)
    real = torch.arange(batch.inputs.shape[1])[None, :] < batch.lengths[:, None]
    batch.targets = torch.where(real, batch.targets, -1)
    kernels = {
        path.removesuffix(".kernel"): kernel
        for path, kernel in named(original, lambda p: p.detach()).items()
        if path.endswith(".kernel") and path.split(".")[-2] in targets
    }
    factors = {}
    for path, kernel in kernels.items():
        rank = rank_of(kernel, config["ratio"])
        draw = lambda *shape: tiny.draw(*shape, scale=0.6).requires_grad_(True)
        factors[path] = (draw(kernel.shape[0], rank), draw(rank, kernel.shape[1]))

    def weights():
        """The library's layers in the model's own parameters."""
        made = {}
        for index, block in enumerate(tiny.model.transformer.h):
            path, name = f"blocks.{index}", f"transformer.h.{index}"
            kernel = lambda layer, whole: torch.matmul(*factors[layer]) if layer in factors else whole
            fused = block.attn.c_attn.weight.split(WIDTH, 1)
            attention = [kernel(f"{path}.attention.{n}", w) for n, w in zip(("query", "key", "value"), fused)]
            made[f"{name}.attn.c_attn.weight"] = torch.cat(attention, 1)
            made[f"{name}.attn.c_proj.weight"] = kernel(f"{path}.attention.output", block.attn.c_proj.weight)
            made[f"{name}.mlp.c_fc.weight"] = kernel(f"{path}.mlp.fc_in", block.mlp.c_fc.weight)
            made[f"{name}.mlp.c_proj.weight"] = kernel(f"{path}.mlp.fc_out", block.mlp.c_proj.weight)
        return made

    with torch.no_grad():
        _, originals = blocks_of(original, {}, batch.inputs)

    def parts():
        logits, outputs = blocks_of(tiny.model, weights(), batch.inputs)
        distances = [torch.nn.functional.mse_loss(s[real], t[real]) for s, t in zip(outputs, originals, strict=True)]
        deviations = [deviation(*factors[path], kernel, config) for path, kernel in kernels.items()]
        return (
            next_token_loss(logits, batch.targets),
            config["distillation"] * sum(distances) / len(distances),
            config.get("penalty", 1.0) * sum(deviations) / len(deviations),
        )

    _, distance, _ = parts()
    distance.backward()
    trained = {
        f"{path}.factor_{name}": (factor, same)
        for path, pair in factors.items()
        for name, factor in zip("AB", pair)
    }
    slope = {path: array(factor.grad) for path, (factor, _) in trained.items()}
    for factor, _ in trained.values():
        factor.grad = None
    frozen = {f"{path}.pela_kernel": (kernel, same) for path, kernel in kernels.items()}
    return model_case(
        tiny.model, batch, lambda: sum(parts()), trained, config, frozen, targets,
        features={"value": distance.item(), "gradients": slope},
    )


save(__file__, {
    "source": source("torch") + "; " + source("transformers"),
    "cases": [case(341, {"ratio": 0.7}), case(342, {"ratio": 0.8, "penalty": 0.5, "epsilon": 0.1}, inputs=7, outputs=4)],
    "featurePenalties": [
        features_case(343, {"ratio": 0.7, "distillation": 1.0}, [6, 4, 5]),
        features_case(344, {"ratio": 0.7, "distillation": 2.5, "penalty": 0.5, "epsilon": 0.1}, [6, 6, 2], ("query", "fc_out")),
    ],
})
