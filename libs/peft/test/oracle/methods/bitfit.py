"""BitFit: torch.nn.Linear with only the bias trained."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from vector import OneLayer, problem, run, same, save, source

p = problem(12)
model = OneLayer(p.kernel, p.bias)
model.layer.weight.requires_grad_(False)
trained = {"bias": (model.layer.bias, same)}
effective = lambda: (model.layer.weight.T, model.layer.bias)
save(__file__, {"source": source("torch"), "cases": [run(p, model, trained, {}, effective, {})]})
