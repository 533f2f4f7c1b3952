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


def case(name, model, loss_of, hidden_of, batch, lora_modules, head=None, seed=11, scale=0.4):
    """
    loss_of(model) -> scalar; hidden_of(model) -> last hidden states [batch, sequence, width]
    batch: what the library's batch holds
    lora_modules: names of modules, or their ends, that carry a LoRA in the second part
    head: path of a layer in the library's head -> name of the linear module; these are no tensors of the base
    """
    head = head or {}
    model = model.double().eval()
    randomize(model, seed, scale)
    config, tensors = files(model)
    with torch.no_grad():
        hidden = hidden_of(model)
    loss = loss_of(model)
    loss.backward()
    parameters = dict(model.named_parameters())
    transposed = lambda t: t.T if t.dim() == 2 else t
    theirs = lambda of: {
        f"{path}.{ours}": array(transposed(of(parameters[f"{module}.{name}"])))
        for path, module in head.items()
        for ours, name in (("kernel", "weight"), ("bias", "bias"))
    }
    tensors = {n: t for n, t in tensors.items() if not any(n.startswith(f"{module}.") for module in head.values())}
    # A file may have other names than the model in memory: a parameter is told by its values.
    of_file = {n: next(p for p in parameters.values() if torch.equal(p, t)) for n, t in tensors.items()}
    gradients = {n: array(torch.zeros_like(p) if p.grad is None else p.grad) for n, p in of_file.items()}
    return {
        "name": name,
        "config": config,
        "tensors": {n: array(t) for n, t in tensors.items()},
        "batch": batch,
        **({"head": theirs(lambda p: p.detach())} if head else {}),
        "hidden": array(hidden),
        "loss": loss.item(),
        "gradients": gradients,
        **({"headGradients": theirs(lambda p: p.grad)} if head else {}),
        "lora": lora(model, loss_of, lora_modules, tensors, Draw(seed + 1)),
    }


def lora(model, loss_of, modules, tensors, draw, rank=2, alpha=3):
    """Loss and gradients of a step with LoRA on some modules, by their names in the file. `A [in, r]`, `B [r, out]`."""
    model.zero_grad()
    wrapped = get_peft_model(model, LoraConfig(r=rank, lora_alpha=alpha, target_modules=modules)).double()
    adapted = [m for m in wrapped.modules() if hasattr(m, "lora_A")]
    name_of = lambda m: next(n for n, t in tensors.items() if torch.equal(t, m.base_layer.weight))
    layers = {name_of(m).removesuffix(".weight"): m for m in adapted}
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


def classification_case(name, model, lora_modules, head, **options):
    """Classes of texts of different lengths."""
    tokens = tokens_for(model.config.vocab_size)
    labels = torch.tensor([2, 0, 1])
    inputs = {"input_ids": tokens, "attention_mask": REAL.long()}
    batch = {
        "objective": "classification",
        "size": BATCH,
        "sequence": SEQUENCE,
        "inputs": tokens.reshape(-1).tolist(),
        "targets": labels.tolist(),
        "lengths": LENGTHS.tolist(),
    }
    hidden_of = lambda model: model(**inputs, output_hidden_states=True).hidden_states[-1]
    return case(name, model, lambda m: m(**inputs, labels=labels).loss, hidden_of, batch, lora_modules, head, **options)


def image_case(name, model, lora_modules, head, **options):
    """Classes of images. The library's pixels are in 0 … 1, and the model's around 0."""
    size, channels = model.config.image_size, model.config.num_channels
    pixels = torch.tensor(torch.rand(2, size, size, channels, generator=torch.Generator().manual_seed(7)).numpy().tolist())
    pixels = pixels.float().double()
    labels = torch.tensor([1, 2])
    values = (pixels.permute(0, 3, 1, 2) - 0.5) / 0.5
    batch = {
        "objective": "image-classification",
        "size": 2,
        "sequence": 0,
        "inputs": [],
        "pixels": array(pixels.reshape(-1)),
        "targets": labels.tolist(),
        "lengths": [0, 0],
    }
    hidden_of = lambda model: model.vit(values).last_hidden_state
    loss_of = lambda m: torch.nn.functional.cross_entropy(m(pixel_values=values).logits, labels)
    return case(name, model, loss_of, hidden_of, batch, lora_modules, head, **options)
