"""
Numbers of parameters of published models, as transformers makes them of the shapes that libs/contracts/src/published-models.ts has.

    node -e "import('./libs/contracts/dist/published-models.js').then(m => console.log(JSON.stringify(
      Object.fromEntries(m.publishedModels.map(id => [id, m.publishedConfig(id)])))))" |
      python libs/peft/test/oracle/memory/published_models.py > libs/peft/test/vectors/memory/published_models.json
"""
import json
import sys

import torch
from transformers import AutoConfig, AutoModelForCausalLM


def count(config: dict) -> int:
    # JSON of JavaScript has no way to write a whole number as a float, which transformers asks for here.
    caps = {field: float(value) for field, value in config.items() if field.endswith("_softcapping")}
    read = AutoConfig.for_model(**{**config, **caps})
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(read)
    model.tie_weights()
    return sum(parameter.numel() for parameter in model.parameters())


if __name__ == "__main__":
    print(json.dumps({name: count(config) for name, config in json.load(sys.stdin).items()}, indent=2))
