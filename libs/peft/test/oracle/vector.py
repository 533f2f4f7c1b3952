"""What every oracle shares: inputs that are exact in float32, a model with one layer, training in float64, and the file.

`npm run oracles` runs every script in a fresh environment and compares; a single one runs from any folder:

    python3 -m venv venv && venv/bin/pip install -r requirements.txt
    venv/bin/python methods/lora.py

Arrays are written in the layout of the library: kernels `[in, out]`, low-rank factors `A [in, r]`, `B [r, out]`.
"""
import ast
import importlib.metadata
import json
import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import torch

torch.set_default_dtype(torch.float64)
HERE = Path(__file__).parent
STEPS = 3
LEARNING_RATE = 0.05
ADAMW = {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "weightDecay": 0.01}


def source(package):
    return f"{package} {importlib.metadata.version(package)}, float64"


class Draw:
    """Normal numbers that float32 holds exactly, so that both sides start from the same values."""

    def __init__(self, seed):
        self.generator = np.random.default_rng(seed)

    def __call__(self, *shape, scale=1.0):
        values = self.generator.standard_normal(shape) * scale
        return torch.tensor(values.astype(np.float32).astype(np.float64))


class OneLayer(torch.nn.Module):
    """`layer` and a mean squared error; the output carries `loss` as a transformers model's does."""

    def __init__(self, kernel, bias):
        super().__init__()
        self.layer = torch.nn.Linear(kernel.shape[0], kernel.shape[1])
        with torch.no_grad():
            self.layer.weight.copy_(kernel.T)
            self.layer.bias.copy_(bias)

    def forward(self, x, target):
        output = self.layer(x)
        return SimpleNamespace(output=output, loss=((output - target) ** 2).mean())


def problem(seed, inputs=5, outputs=7, rows=6):
    # First values that peft draws are part of some cases: the same script gives the same file.
    torch.manual_seed(seed)
    draw = Draw(seed)
    return SimpleNamespace(
        draw=draw,
        kernel=draw(inputs, outputs, scale=0.5),
        bias=draw(outputs, scale=0.3),
        x=draw(rows, inputs),
        target=draw(rows, outputs),
    )


def adamw(parameters):
    """Decay on what has rank 2 in the library's layout."""
    groups = [
        {"params": [p for p, decays in parameters if decays], "weight_decay": ADAMW["weightDecay"]},
        {"params": [p for p, decays in parameters if not decays], "weight_decay": 0.0},
    ]
    betas = (ADAMW["beta1"], ADAMW["beta2"])
    return torch.optim.AdamW([g for g in groups if g["params"]], lr=LEARNING_RATE, betas=betas, eps=ADAMW["epsilon"])


def run(problem, forward, trained, frozen, effective, config, role=None, initial=None, kernel=None):
    """
    One case of a method's vector.

    forward(x, target) -> output with `output` and `loss` (the loss with the penalty, where there is one)
    trained, frozen: name -> (torch parameter, its map to the library's layout)
    effective() -> (kernel [in, out], bias [out]); None where no kernel computes what forward does
    initial: first values that do not depend on chance; kernel: the frozen kernel where the method replaces it
    """
    write = lambda tensors: {name: array(to(p.detach())) for name, (p, to) in tensors.items()}
    before = {**write(trained), **write(frozen)}
    counts = {
        "trained": sum(p.numel() for p, _ in trained.values()),
        "frozen": sum(p.numel() for p, _ in frozen.values()),
    }
    x = problem.x.clone().requires_grad_(True)
    result = forward(x, problem.target)
    result.loss.backward()
    gradients = {name: array(to(p.grad)) for name, (p, to) in trained.items()}
    effective_kernel, effective_bias = (array(t.detach()) for t in effective()) if effective else (None, None)
    mse = ((result.output - problem.target) ** 2).mean().item()
    case = {
        "layer": {"in": problem.kernel.shape[0], "out": problem.kernel.shape[1], "bias": True, **({"role": role} if role else {})},
        "config": config,
        "base": {"kernel": array(problem.kernel), "bias": array(problem.bias)},
        "frozenKernel": array(problem.kernel if kernel is None else kernel),
        "counts": counts,
        "initial": {name: array(t) for name, t in (initial or {}).items()},
        "tensors": before,
        "inputs": array(problem.x),
        "targets": array(problem.target),
        "output": array(result.output.detach()),
        **({"kernel": effective_kernel, "bias": effective_bias} if effective else {}),
        "loss": mse,
        "penalty": result.loss.item() - mse,
        "gradients": gradients,
        "inputGradient": array(x.grad),
    }
    optimizer = adamw([(p, len(to(p.detach()).shape) == 2) for p, to in trained.values()]) if trained else None
    for _ in range(STEPS if optimizer else 0):
        optimizer.zero_grad()
        forward(problem.x, problem.target).loss.backward()
        optimizer.step()
    case["afterSteps"] = {
        "optimizer": {"name": "adamw", "config": ADAMW, "learningRate": LEARNING_RATE, "steps": STEPS},
        "tensors": write(trained),
        "output": array(forward(problem.x, problem.target).output.detach()),
    }
    return case


def training(problem, forward, trained, draws):
    """
    What a forward pass of training gives, where it differs from one of evaluation.

    draws: what every stream gives: an `integer`, or `normals` in the order of drawing
    """
    return {"draws": draws, **one_pass(problem, forward, trained)}


def one_pass(problem, forward, trained):
    """Output and gradients of a forward pass, as a case writes them; leaves no gradient behind."""
    for p, _ in trained.values():
        p.grad = None
    x = problem.x.clone().requires_grad_(True)
    result = forward(x, problem.target)
    result.loss.backward()
    gradients = {name: array(to(p.grad)) for name, (p, to) in trained.items()}
    for p, _ in trained.values():
        p.grad = None
    return {"output": array(result.output.detach()), "gradients": gradients, "inputGradient": array(x.grad)}


def array(tensor):
    """Ten significant digits: float32 inputs survive exactly."""
    if tensor.dim():
        return [array(t) for t in tensor]
    return float(f"{tensor.item():.10g}")


# What of an oracle's docstring says where its formulas come from: a paper, the authors' code, or a library.
ORIGIN = re.compile(r"arXiv \d{4}\.\d{5}|github\.(com|io)|authors' code|\bpeft\b|\btorch\.\w+|transformers'")


def follows(script):
    """
    The docstring of an oracle in one line: the equations, the code or the library that its numbers follow, which of them
    where they differ, and what they leave open.
    """
    said = " ".join((ast.get_docstring(ast.parse(script.read_text())) or "").split())
    if not ORIGIN.search(said):
        raise SystemExit(f"{script.name}: its docstring must name the paper, the code or the library that it follows")
    return said


def save(script, vector):
    """Writes vectors/<kind>/<name>.json for oracle/<kind>/<name>.py; those of methods and optimizers say what they follow."""
    script = Path(script)
    if script.parent.name in ("methods", "optimizers"):
        vector = {"source": vector["source"], "follows": follows(script), **vector}
    path = HERE.parent / "vectors" / script.parent.name / f"{script.stem}.json"
    path.write_text(json.dumps(vector, indent=None, separators=(",", ":")) + "\n")
    print(f"{path.relative_to(HERE.parent)}: {path.stat().st_size} bytes")


same = lambda t: t
transposed = lambda t: t.T
flat = lambda t: t.reshape(-1)
