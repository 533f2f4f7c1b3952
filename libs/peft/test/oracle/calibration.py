"""Moments of what flows into layers, as a calibration gathers them, and inputs whose directions are apart."""
import torch

from tiny_gpt2 import model_config, next_token_loss, tiny_gpt2, token_batch, weights, write_batch
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


def linear_modules(model):
    """Modules of linear layers in order, and the paths of the layers whose kernels stand side by side in each."""
    for index, block in enumerate(model.transformer.h):
        for module, names in (
            (block.attn.c_attn, ("attention.query", "attention.key", "attention.value")),
            (block.attn.c_proj, ("attention.output",)), (block.mlp.c_fc, ("mlp.fc_in",)), (block.mlp.c_proj, ("mlp.fc_out",)),
        ):
            yield module, [f"blocks.{index}.{name}" for name in names]


def model_moments(seed, config=None, compress=None):
    """
    Of what flows into every linear layer of a GPT-2.

    compress(kernel, rows) -> kernel: takes the place of each as soon as its inputs are known, before the next ones are
    """
    base = tiny_gpt2(seed)
    batches = [token_batch(seed), token_batch(seed + 1)]
    written = weights(base.model)
    layers = {}
    for module, paths in linear_modules(base.model):
        rows = inputs_of(module, base.model, batches)
        layers.update({path: {"inputs": moments(rows)} for path in paths})
        if compress:
            kernels = module.weight.chunk(len(paths), dim=1)
            module.weight.copy_(torch.cat([compress(kernel, rows) for kernel in kernels], dim=1))
    return {
        "model": model_config(base.model), "weights": written, **({"config": config} if config else {}),
        "targets": ["query", "key", "value", "output", "fc_in", "fc_out"],
        "batches": [write_batch(b) for b in batches],
        "layers": layers,
    }


def model_losses(seed, config, ranks, replace):
    """
    As `model_moments`, and the mean loss of the batches where one layer alone is replaced.

    ranks(kernel) -> ranks that a layer is tried at; replace(kernel, rows, rank) -> kernel
    """
    base = tiny_gpt2(seed)
    batches = [token_batch(seed), token_batch(seed + 1)]
    written = model_moments(seed, config)
    for module, paths in linear_modules(base.model):
        rows = inputs_of(module, base.model, batches)
        kernels = [kernel.clone() for kernel in module.weight.chunk(len(paths), dim=1)]
        for index, path in enumerate(paths):
            losses = {}
            for rank in ranks(kernels[index]):
                own = [replace(kernel, rows, rank) if k == index else kernel for k, kernel in enumerate(kernels)]
                module.weight.copy_(torch.cat(own, dim=1))
                each = [next_token_loss(base.model(batch.inputs).logits, batch.targets).item() for batch in batches]
                losses[rank] = sum(each) / len(each)
            module.weight.copy_(torch.cat(kernels, dim=1))
            written["layers"][path]["losses"] = losses
    return written
