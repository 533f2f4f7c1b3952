"""The training of step.ts by torch and peft: `step_torch.py JSON` takes a StepOrder (order.ts) and prints StepTimes."""

import contextlib
import importlib.util
import json
import sys
import time
import types

order = json.loads(sys.argv[1])

import torch  # noqa: E402
import transformers  # noqa: E402
from peft import LoraConfig, get_peft_model  # noqa: E402

torch.set_num_threads(order["threads"])
torch.manual_seed(0)
transformers.logging.set_verbosity_error()

batch, sequence = order["batch"], order["sequence"]
classifies = order["objective"] == "classification"
kind = transformers.AutoModelForSequenceClassification if classifies else transformers.AutoModelForCausalLM
options = order.get("options") or {}
model = kind.from_pretrained(order["folder"], dtype=getattr(torch, options.get("baseDtype", "float32")))
backbone = model.base_model
vocabulary = model.config.vocab_size
if order["method"] != "full-ft":
    names = ["query", "value"] if model.config.model_type == "bert" else ["q_proj", "v_proj"]
    config = LoraConfig(
        r=order["rank"],
        lora_alpha=order["rank"],
        use_dora=order["method"] == "dora",
        target_modules=names,
        task_type="SEQ_CLS" if classifies else "CAUSAL_LM",
    )
    model = get_peft_model(model, config)
for parameter in model.parameters():
    if parameter.requires_grad:
        parameter.data = parameter.data.float()
model.train()
for module in model.modules():
    if isinstance(module, torch.nn.Dropout):
        module.p = 0.0

state = 12345
tokens = []
for _ in range(batch * (sequence + 1)):
    state = (state * 1103515245 + 12345) & 0x7FFFFFFF
    tokens.append((state >> 8) % vocabulary)
rows = torch.tensor(tokens).view(batch, sequence + 1)
inputs = rows[:, :-1].contiguous()
targets = torch.arange(batch) % 2 if classifies else rows[:, 1:].reshape(-1)

trained = [parameter for parameter in model.parameters() if parameter.requires_grad]


def galore():
    """AdamW of galore-torch, which is found without the imports of its package: these need bitsandbytes."""
    found = importlib.util.find_spec("galore_torch")
    package = types.ModuleType("galore_torch")
    package.__path__ = list(found.submodule_search_locations)
    sys.modules["galore_torch"] = package
    adamw = importlib.import_module("galore_torch.adamw").AdamW
    # Kernels larger than the rank on both sides, as here; embeddings, heads, norms and biases are not projected.
    kernels = [module.weight for module in backbone.modules() if isinstance(module, torch.nn.Linear)]
    projected = [kernel for kernel in kernels if min(kernel.shape) > order["rank"]]
    names = {id(kernel) for kernel in projected}
    projection = order["projection"]
    group = {"rank": order["rank"], "update_proj_gap": projection["gap"], "scale": projection["scale"], "proj_type": "std"}
    groups = [{"params": [p for p in trained if id(p) not in names]}, {"params": projected, **group}]
    return adamw(groups, lr=1e-3, eps=1e-8, no_deprecation_warning=True)


optimizer = galore() if order["optimizer"] == "galore" else torch.optim.AdamW(trained, lr=1e-3)
compute = options.get("computeDtype")


def products():
    """Entered anew in each step: what autocast has cast is kept until it is left."""
    return torch.autocast("cpu", dtype=getattr(torch, compute)) if compute else contextlib.nullcontext()


times = {"wallMs": [], "cpuMs": [], "losses": []}
for _ in range(order["steps"]):
    wall, cpu = time.perf_counter(), time.process_time()
    optimizer.zero_grad(set_to_none=True)
    with products():
        logits = model(input_ids=inputs, **({} if classifies else {"use_cache": False})).logits
    loss = torch.nn.functional.cross_entropy(logits.view(len(targets), -1).float(), targets)
    loss.backward()
    optimizer.step()
    times["losses"].append(loss.item())
    times["wallMs"].append((time.perf_counter() - wall) * 1e3)
    times["cpuMs"].append((time.process_time() - cpu) * 1e3)
print(json.dumps(times))
