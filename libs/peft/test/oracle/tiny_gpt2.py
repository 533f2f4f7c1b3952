"""A tiny GPT-2 of transformers with random weights, in float64, for what a method does to a whole model."""
from types import SimpleNamespace

import torch
from transformers import GPT2Config, GPT2LMHeadModel

from vector import ADAMW, LEARNING_RATE, STEPS, Draw, adamw, array

VOCABULARY, CONTEXT, WIDTH, LAYERS, HEADS, MLP = 11, 8, 6, 2, 2, 10


def tiny_gpt2(seed, scale=0.4):
    config = GPT2Config(
        vocab_size=VOCABULARY, n_positions=CONTEXT, n_embd=WIDTH, n_layer=LAYERS, n_head=HEADS, n_inner=MLP,
        activation_function="gelu_new", resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0, attn_implementation="eager",
        bos_token_id=0, eos_token_id=0,
    )
    model = GPT2LMHeadModel(config).double().eval()
    draw = Draw(seed)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(draw(*parameter.shape, scale=scale))
            if name.endswith(("ln_1.weight", "ln_2.weight", "ln_f.weight")):
                parameter.add_(1.0).copy_(parameter.float().double())
    model.requires_grad_(False)
    return SimpleNamespace(model=model, draw=draw)


def model_config(model):
    return {
        "architecture": "gpt2", "vocabularySize": VOCABULARY, "contextLength": CONTEXT, "width": WIDTH,
        "layers": LAYERS, "heads": HEADS, "mlpWidth": MLP, "normEpsilon": model.config.layer_norm_epsilon,
    }


def named(model, of):
    """`of(parameter)` of every parameter under the library's path; the fused projection is cut in three."""
    tensors = {"embedding.tokens": of(model.transformer.wte.weight), "embedding.positions": of(model.transformer.wpe.weight)}
    for index, block in enumerate(model.transformer.h):
        path = f"blocks.{index}"
        kernels, biases = of(block.attn.c_attn.weight).split(WIDTH, 1), of(block.attn.c_attn.bias).split(WIDTH, 0)
        for name, kernel, bias in zip(("query", "key", "value"), kernels, biases):
            tensors[f"{path}.attention.{name}.kernel"], tensors[f"{path}.attention.{name}.bias"] = kernel, bias
        layers = {
            "attention.output": block.attn.c_proj, "mlp.fc_in": block.mlp.c_fc, "mlp.fc_out": block.mlp.c_proj,
        }
        for name, layer in layers.items():
            tensors[f"{path}.{name}.kernel"], tensors[f"{path}.{name}.bias"] = of(layer.weight), of(layer.bias)
        for name, norm in (("norm_1", block.ln_1), ("norm_2", block.ln_2)):
            tensors[f"{path}.{name}.gain"], tensors[f"{path}.{name}.bias"] = of(norm.weight), of(norm.bias)
    tensors["norm_final.gain"], tensors["norm_final.bias"] = of(model.transformer.ln_f.weight), of(model.transformer.ln_f.bias)
    return tensors


def weights(model):
    return {path: array(t) for path, t in named(model, lambda p: p.detach()).items()}


def token_batch(seed, examples=3, sequence=6, classes=None, uncounted=True):
    """Tokens with targets: next tokens, of which some do not count, or classes. Examples are of different length."""
    generator = torch.Generator().manual_seed(seed)
    inputs = torch.randint(VOCABULARY, (examples, sequence), generator=generator)
    lengths = torch.full((examples,), sequence)
    if classes:
        targets = torch.randint(classes, (examples,), generator=generator)
        lengths[-1] = sequence - 2
    else:
        targets = torch.randint(VOCABULARY, (examples, sequence), generator=generator)
        if uncounted:
            targets[1, -2:] = -1
    return SimpleNamespace(inputs=inputs, targets=targets, lengths=lengths)


def next_token_loss(logits, targets):
    return torch.nn.functional.cross_entropy(logits.reshape(-1, VOCABULARY), targets.reshape(-1), ignore_index=-1)


def write_batch(batch):
    return {
        "inputs": batch.inputs.reshape(-1).tolist(), "targets": batch.targets.reshape(-1).tolist(),
        "sequence": batch.inputs.shape[1], "lengths": batch.lengths.tolist(),
    }


DESCRIBED = (model_config, weights)


def model_case(model, batch, loss, trained, config, frozen=None, targets=("query", "value"), described=DESCRIBED, **more):
    """
    One whole-model case. loss() -> scalar with gradients; trained, frozen: path of the trial -> (parameter, to our layout);
    described: the configuration and the weights of the model.
    """
    frozen = frozen or {}
    write = lambda tensors: {path: array(to(p.detach())) for path, (p, to) in tensors.items()}
    config_of, weights_of = described
    case = {
        "model": config_of(model), "weights": weights_of(model), "config": config, "targets": list(targets),
        "batch": write_batch(batch), "tensors": {**write(trained), **write(frozen)}, **more,
    }
    value = loss()
    value.backward()
    case["loss"] = value.item()
    case["gradients"] = {path: array(to(p.grad)) for path, (p, to) in trained.items()}
    # Several tensors of ours may be parts of one of theirs.
    parameters = {id(p): (p, len(to(p.detach()).shape) == 2) for p, to in trained.values()}
    optimizer = adamw(list(parameters.values()))
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
    case["afterSteps"] = {
        "optimizer": {"name": "adamw", "config": ADAMW, "learningRate": LEARNING_RATE, "steps": STEPS},
        "tensors": write(trained), "loss": loss().item(),
    }
    return case
