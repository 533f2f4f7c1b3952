"""Hidden states, losses and gradients of every parameter of transformers' GPT-2 with random weights, in float64."""
import sys
from pathlib import Path

import torch

sys.path.append(str(Path(__file__).parent.parent))
from transformers import GPT2Config, GPT2LMHeadModel  # noqa: E402
from vector import Draw, array, save, source  # noqa: E402

VOCABULARY, CONTEXT, WIDTH, LAYERS, HEADS = 11, 8, 6, 2, 2
BATCH, SEQUENCE = 3, 7

config = GPT2Config(
    vocab_size=VOCABULARY,
    n_positions=CONTEXT,
    n_embd=WIDTH,
    n_layer=LAYERS,
    n_head=HEADS,
    activation_function="gelu_new",
    resid_pdrop=0.0,
    embd_pdrop=0.0,
    attn_pdrop=0.0,
    attn_implementation="eager",
)
model = GPT2LMHeadModel(config).double().eval()
draw = Draw(11)
with torch.no_grad():
    for name, parameter in model.named_parameters():
        parameter.copy_(draw(*parameter.shape, scale=0.4))
        if name.endswith(("ln_1.weight", "ln_2.weight", "ln_f.weight")):
            parameter.add_(1.0).copy_(parameter.float().double())


def named(of):
    """`of(parameter)` of every parameter under the library's path; the fused projection is cut in three."""
    tensors = {"embedding.tokens": of(model.transformer.wte.weight), "embedding.positions": of(model.transformer.wpe.weight)}
    for index, block in enumerate(model.transformer.h):
        path = f"blocks.{index}"
        tensors[f"{path}.norm_1.gain"], tensors[f"{path}.norm_1.bias"] = of(block.ln_1.weight), of(block.ln_1.bias)
        kernels, biases = of(block.attn.c_attn.weight).split(WIDTH, 1), of(block.attn.c_attn.bias).split(WIDTH, 0)
        for name, kernel, bias in zip(("query", "key", "value"), kernels, biases):
            tensors[f"{path}.attention.{name}.kernel"], tensors[f"{path}.attention.{name}.bias"] = kernel, bias
        for name, layer in (("attention.output", block.attn.c_proj), ("mlp.fc_in", block.mlp.c_fc), ("mlp.fc_out", block.mlp.c_proj)):
            tensors[f"{path}.{name}.kernel"], tensors[f"{path}.{name}.bias"] = of(layer.weight), of(layer.bias)
        tensors[f"{path}.norm_2.gain"], tensors[f"{path}.norm_2.bias"] = of(block.ln_2.weight), of(block.ln_2.bias)
    tensors["norm_final.gain"], tensors["norm_final.bias"] = of(model.transformer.ln_f.weight), of(model.transformer.ln_f.bias)
    return {path: array(tensor) for path, tensor in tensors.items()}


generator = torch.Generator().manual_seed(5)
tokens = torch.randint(VOCABULARY, (BATCH, SEQUENCE), generator=generator)
targets = torch.randint(VOCABULARY, (BATCH, SEQUENCE), generator=generator)
targets[1, -2:] = -1

weights = named(lambda p: p.detach())
hidden = model.transformer(tokens).last_hidden_state
logits = model.lm_head(hidden)
losses = torch.nn.functional.cross_entropy(logits.reshape(-1, VOCABULARY), targets.reshape(-1), ignore_index=-1, reduction="none")
loss = losses.sum() / (targets >= 0).sum()
loss.backward()

save(
    __file__,
    {
        "source": source("transformers"),
        "config": {
            "architecture": "gpt2",
            "vocabularySize": VOCABULARY,
            "contextLength": CONTEXT,
            "width": WIDTH,
            "layers": LAYERS,
            "heads": HEADS,
            "mlpWidth": 4 * WIDTH,
            "normEpsilon": config.layer_norm_epsilon,
        },
        "weights": weights,
        "tokens": tokens.reshape(-1).tolist(),
        "targets": targets.reshape(-1).tolist(),
        "sequence": SEQUENCE,
        "hidden": array(hidden.detach()),
        "losses": array(losses.detach()),
        "loss": loss.item(),
        "gradients": named(lambda p: p.grad),
    },
)
