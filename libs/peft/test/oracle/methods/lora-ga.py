"""
LoRA-GA: the variant of Python peft through peft.tuners.lora with init_lora_weights="lora_ga", the authors' from their
code (github.com/Outsider565/LoRA-GA, reinit_lora_modules) in float64. On a whole model, the gradients peft estimates.
"""
import sys
from pathlib import Path
from types import SimpleNamespace

import torch
from peft import LoraConfig
from peft.tuners.lora.config import LoraGAConfig
from peft.tuners.lora.loraga import preprocess_loraga

sys.path.insert(0, str(Path(__file__).parents[1]))
from peft_lora import lora_case
from tiny_gpt2 import model_config, named, next_token_loss, tiny_gpt2, token_batch, weights, write_batch
from vector import array, problem, run, same, save, source

# Names of peft's scales and, where they differ, ours.
PEFT_SCALES = {"stable": "stable", "gd": "gd_scale", "unit": "unit", "weight-svd": "weight_svd"}


def positive(vectors):
    """Signs that make the largest entry of every column positive."""
    return torch.sign(vectors[vectors.abs().argmax(0), torch.arange(vectors.shape[1])])


def halves(direction, rank):
    first, second = list(range(rank)), list(range(rank, 2 * rank))
    pairs = {"ArB2r": (first, second), "A2rBr": (second, first)}
    return pairs.get(direction) or (list(range(1, 2 * rank, 2)), list(range(0, 2 * rank, 2)))


def peft_case(seed, config):
    """Rank 2 of 5 inputs: peft's randomized decomposition looks for 4 · rank vectors and so finds all there are."""
    rank, scale = config["rank"], config["alpha"] / config["rank"]

    def prepare(p, layer):
        p.gradient = p.draw(*p.kernel.shape, scale=0.01)
        layer._peft_loraga_grad = p.gradient.T.float()
        return {"calibration": {"gradient": array(p.gradient)}}

    def settle(p, layer):
        """peft leaves the sign of every singular vector to chance: here the input side's largest entry is positive."""
        a, b = layer.lora_A["default"].weight, layer.lora_B["default"].weight
        u, _, vt = torch.linalg.svd(p.gradient, full_matrices=False)
        outputs = vt.T * positive(u)
        columns = halves(config["direction"], rank)[1]
        with torch.no_grad():
            a.mul_(positive(a.T)[:, None])
            b.mul_(torch.sign((b * outputs[:, columns]).sum(0)))
            layer.base_layer.weight.copy_(p.kernel.T - scale * b @ a)

    ga = LoraGAConfig(direction=config["direction"], scale=PEFT_SCALES[config["scale"]], stable_gamma=config["gamma"])
    return lora_case(
        seed, {**config, "variant": "peft"}, deterministic=["lora_A", "lora_B"], prepare=prepare, settle=settle,
        init_lora_weights="lora_ga", lora_ga_config=ga,
    )


def official_case(seed, config):
    p = problem(seed)
    gradient = p.draw(*p.kernel.shape, scale=0.01)
    rank, scale = config["rank"], config["alpha"] / config["rank"]
    # In torch's layout: grads [out, in] = U·S·Vᵀ.
    u, _, vt = torch.linalg.svd(gradient.T, full_matrices=False)
    signs = positive(vt.T)
    u, vt = u * signs, vt * signs[:, None]
    columns_a, columns_b = halves(config["direction"], rank)
    a, b = vt[columns_a], u[:, columns_b]
    if config["scale"] == "gd":
        a, b = a / scale, b / scale
    elif config["scale"] == "stable":
        m = gradient.shape[1]
        a, b = a * m**0.25 / config["gamma"] ** 0.5, b * m**0.25 / config["gamma"] ** 0.5
    elif config["scale"] == "weight-svd":
        average = torch.sqrt(torch.linalg.svdvals(p.kernel)[:rank] / scale).mean()
        a, b = a * average, b * average
    residual = p.kernel - scale * (b @ a).T
    initial = {"lora_A": a.T.clone(), "lora_B": b.T.clone()}
    a = (a.T + p.draw(*a.T.shape, scale=0.2)).float().double().requires_grad_(True)
    b = (b.T + p.draw(*b.T.shape, scale=0.2)).float().double().requires_grad_(True)

    def forward(x, target):
        output = x @ residual + p.bias + scale * (x @ a) @ b
        return SimpleNamespace(output=output, loss=((output - target) ** 2).mean())

    return {"calibration": {"gradient": array(gradient)}} | run(
        p, forward, {"lora_A": (a, same), "lora_B": (b, same)}, {}, lambda: (residual + scale * a @ b, p.bias), config,
        initial=initial, kernel=residual,
    )


def estimated_gradients(seed):
    """What peft.tuners.lora.loraga.preprocess_loraga estimates of a GPT-2 over two batches."""
    base = tiny_gpt2(seed)
    batches = [token_batch(seed, uncounted=False), token_batch(seed + 1)]

    def train_step():
        for batch in batches:
            next_token_loss(base.model(batch.inputs).logits, batch.targets).backward()

    config = LoraConfig(
        target_modules=["c_attn", "c_fc", "mlp.c_proj"], init_lora_weights="lora_ga", lora_ga_config=LoraGAConfig(),
        fan_in_fan_out=True,
    )
    preprocess_loraga(base.model, config, train_step)
    modules = dict(base.model.named_modules())
    estimated = {p: getattr(m, "_peft_loraga_grad", None) for n, m in modules.items() for p in [getattr(m, "weight", None)] if p is not None}
    zeros = lambda p: torch.zeros_like(p)
    gradients = named(base.model, lambda p: estimated.get(p) if estimated.get(p) is not None else zeros(p))
    wanted = [path for path in gradients if path.endswith((".kernel",)) and "attention.output" not in path]
    return {
        "model": model_config(base.model), "weights": weights(base.model),
        "targets": ["query", "key", "value", "fc_in", "fc_out"], "batches": [write_batch(b) for b in batches],
        "layers": {path.removesuffix(".kernel"): {"gradient": array(gradients[path])} for path in wanted},
    }


save(__file__, {
    "source": f"{source('peft')}; the authors' code in {source('torch')}",
    "cases": [
        official_case(171, {"rank": 2, "alpha": 4.0, "direction": "ArB2r", "scale": "stable", "gamma": 16}),
        official_case(172, {"rank": 2, "alpha": 3.0, "direction": "A2rBr", "scale": "weight-svd", "gamma": 16}),
        official_case(173, {"rank": 2, "alpha": 1.0, "direction": "ArBr", "scale": "gd", "gamma": 16}),
        peft_case(174, {"rank": 2, "alpha": 4.0, "direction": "ArB2r", "scale": "stable", "gamma": 64}),
        peft_case(175, {"rank": 2, "alpha": 3.0, "direction": "A2rBr", "scale": "weight-svd", "gamma": 16}),
        peft_case(176, {"rank": 2, "alpha": 1.0, "direction": "ArBr", "scale": "gd", "gamma": 16}),
        peft_case(177, {"rank": 2, "alpha": 2.0, "direction": "ArB2r", "scale": "unit", "gamma": 16}),
    ],
    "calibrations": [estimated_gradients(178)],
})
