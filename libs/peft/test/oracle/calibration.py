"""Moments of what flows into layers, as a calibration gathers them, and inputs whose directions are apart."""
import torch

from tiny_gpt2 import model_config, tiny_gpt2, token_batch, weights, write_batch
from vector import array


def moments(rows):
    mean = rows.mean(0)
    return {
        "rows": rows.shape[0], "mean": array(mean), "absoluteMean": array(rows.abs().mean(0)),
        "scatter": array((rows - mean).T @ (rows - mean)),
    }


def varied(draw, rows, inputs, decay=0.5):
    """Rows whose deviations along (turned) axes fall by `decay` from one to the next, so that components are apart."""
    turn, _ = torch.linalg.qr(draw(inputs, inputs))
    spread = draw(rows, inputs) * torch.tensor([4.0 * decay**k for k in range(inputs)]) @ turn.T
    return (spread + draw(inputs, scale=0.5)).float().double()


def inputs_of(module, model, batches):
    """Rows that flow into a module, of the tokens whose target counts."""
    seen = []
    hook = module.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0].reshape(-1, inputs[0].shape[-1])))
    for batch in batches:
        model(batch.inputs)
    hook.remove()
    return torch.cat([rows[batch.targets.reshape(-1) >= 0] for rows, batch in zip(seen, batches)])


def model_moments(seed, config=None, compress=None):
    """
    Of what flows into every linear layer of a GPT-2.

    compress(kernel, rows) -> kernel: takes the place of each as soon as its inputs are known, before the next ones are
    """
    base = tiny_gpt2(seed)
    batches = [token_batch(seed), token_batch(seed + 1)]
    written = weights(base.model)
    layers = {}
    for index, block in enumerate(base.model.transformer.h):
        for module, names in (
            (block.attn.c_attn, ("attention.query", "attention.key", "attention.value")),
            (block.attn.c_proj, ("attention.output",)), (block.mlp.c_fc, ("mlp.fc_in",)), (block.mlp.c_proj, ("mlp.fc_out",)),
        ):
            rows = inputs_of(module, base.model, batches)
            layers.update({f"blocks.{index}.{name}": {"inputs": moments(rows)} for name in names})
            if compress:
                kernels = module.weight.chunk(len(names), dim=1)
                module.weight.copy_(torch.cat([compress(kernel, rows) for kernel in kernels], dim=1))
    return {
        "model": model_config(base.model), "weights": written, **({"config": config} if config else {}),
        "targets": ["query", "key", "value", "output", "fc_in", "fc_out"],
        "batches": [write_batch(b) for b in batches],
        "layers": layers,
    }
