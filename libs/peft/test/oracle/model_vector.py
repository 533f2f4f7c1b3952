"""Cases of transformers' models with random weights, in float64, under the names and in the layout of their own files."""
import json
import tempfile
from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file

from vector import Draw, array

BATCH, SEQUENCE = 3, 7
LENGTHS = torch.tensor([7, 4, 6])
REAL = torch.arange(SEQUENCE)[None, :] < LENGTHS[:, None]


def randomize(model, seed, scale):
    """Gains near 1, everything else normal; float32 holds all of it."""
    draw = Draw(seed)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(draw(*parameter.shape, scale=scale))
            if "norm" in name.lower() and name.endswith("weight") or ".ln_" in name and name.endswith("weight"):
                parameter.add_(1.0).copy_(parameter.float().double())


def files(model):
    """`config.json` and tensors, as `save_pretrained` writes them."""
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        config = json.loads((Path(folder) / "config.json").read_text())
        tensors = load_file(Path(folder) / "model.safetensors")
    return config, tensors


def case(name, model, loss_of, hidden_of, batch, lora_modules, seed=11, scale=0.4):
    """
    loss_of(model) -> scalar; hidden_of(model) -> last hidden states [batch, sequence, width]
    batch: what the library's batch holds
    lora_modules: names of modules, or their ends, that carry a LoRA in the second part
    """
    model = model.double().eval()
    randomize(model, seed, scale)
    config, tensors = files(model)
    with torch.no_grad():
        hidden = hidden_of(model)
    loss = loss_of(model)
    loss.backward()
    parameters = dict(model.named_parameters())
    gradients = {n: array(parameters[n].grad if parameters[n].grad is not None else torch.zeros_like(parameters[n])) for n in tensors}
    return {
        "name": name,
        "config": config,
        "tensors": {n: array(t) for n, t in tensors.items()},
        "batch": batch,
        "hidden": array(hidden),
        "loss": loss.item(),
        "gradients": gradients,
        "lora": lora(model, loss_of, lora_modules, Draw(seed + 1)),
    }


def lora(model, loss_of, modules, draw, rank=2, alpha=3):
    """Loss and gradients of a step with LoRA on some modules, by the modules' names. `A [in, r]`, `B [r, out]`."""
    model.zero_grad()
    wrapped = get_peft_model(model, LoraConfig(r=rank, lora_alpha=alpha, target_modules=modules)).double()
    layers = {n.removeprefix("base_model.model."): m for n, m in wrapped.named_modules() if hasattr(m, "lora_A")}
    with torch.no_grad():
        for layer in layers.values():
            for part in (layer.lora_A, layer.lora_B):
                part["default"].weight.copy_(draw(*part["default"].weight.shape, scale=0.3))
    loss = loss_of(wrapped)
    loss.backward()
    both = lambda of: {
        n: {"lora_A": array(of(m.lora_A["default"].weight).T), "lora_B": array(of(m.lora_B["default"].weight).T)}
        for n, m in layers.items()
    }
    return {
        "config": {"rank": rank, "alpha": alpha},
        "tensors": both(lambda p: p.detach()),
        "loss": loss.item(),
        "gradients": both(lambda p: p.grad),
    }


def tokens_for(vocabulary, seed=5):
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(2, vocabulary, (BATCH, SEQUENCE), generator=generator)


def language_model_case(name, model, lora_modules, **options):
    """Next-token loss over the real tokens of examples of different lengths."""
    vocabulary = model.config.vocab_size
    tokens = tokens_for(vocabulary)
    targets = torch.where(REAL, tokens_for(vocabulary, 6), -1)

    def loss_of(model):
        logits = model(input_ids=tokens).logits
        return torch.nn.functional.cross_entropy(logits.reshape(-1, vocabulary), targets.reshape(-1), ignore_index=-1)

    batch = {
        "objective": "language-modelling",
        "size": BATCH,
        "sequence": SEQUENCE,
        "inputs": tokens.reshape(-1).tolist(),
        "targets": targets.reshape(-1).tolist(),
        "lengths": LENGTHS.tolist(),
    }
    hidden_of = lambda model: model(input_ids=tokens, output_hidden_states=True).hidden_states[-1]
    return case(name, model, loss_of, hidden_of, batch, lora_modules, **options)
