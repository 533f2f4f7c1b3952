"""LN tuning through peft (LN_TUNING) on transformers' GPT-2."""
import sys
from pathlib import Path

from peft import LNTuningConfig, get_peft_model

sys.path.insert(0, str(Path(__file__).parents[1]))
from tiny_gpt2 import LAYERS, model_case, named, next_token_loss, tiny_gpt2, token_batch
from vector import OneLayer, problem, run, same, save, source


def on_a_model(seed):
    """peft trains a copy of every norm; all else is frozen."""
    base = tiny_gpt2(seed)
    batch = token_batch(seed)
    before = named(base.model, lambda parameter: parameter.detach().clone())
    plain = tiny_gpt2(seed).model
    model = get_peft_model(base.model, LNTuningConfig(target_modules=["ln_1", "ln_2", "ln_f"])).double().eval()
    transformer = model.base_model.model.transformer
    norms = {"norm_final": transformer.ln_f}
    for index in range(LAYERS):
        norms[f"blocks.{index}.norm_1"] = transformer.h[index].ln_1
        norms[f"blocks.{index}.norm_2"] = transformer.h[index].ln_2
    trained = {}
    for path, norm in norms.items():
        copy = norm.ln_tuning_layers["default"]
        trained[f"{path}.gain"], trained[f"{path}.bias"] = (copy.weight, same), (copy.bias, same)
        assert copy.weight.equal(before[f"{path}.gain"])
    loss = lambda: next_token_loss(model(input_ids=batch.inputs).logits, batch.targets)
    return model_case(plain, batch, loss, trained, {})


p = problem(351)
layer = OneLayer(p.kernel, p.bias).requires_grad_(False)
unchanged = lambda: (layer.layer.weight.T, layer.layer.bias)
save(__file__, {
    "source": source("peft"),
    # There is no norm in a single layer, so that nothing is trained.
    "cases": [run(p, layer, {}, {}, unchanged, {})],
    "models": [on_a_model(352)],
})
