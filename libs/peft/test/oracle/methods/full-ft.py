"""Full fine-tuning: torch.nn.Linear with everything trained."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from vector import OneLayer, problem, run, same, save, source, transposed

p = problem(11)
model = OneLayer(p.kernel, p.bias)
trained = {"kernel": (model.layer.weight, transposed), "bias": (model.layer.bias, same)}
effective = lambda: (model.layer.weight.T, model.layer.bias)
save(__file__, {"source": source("torch"), "cases": [run(p, model, trained, {}, effective, {})]})
