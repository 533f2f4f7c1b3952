"""The training of step.ts by torch and peft: `step_torch.py JSON` takes a StepOrder (order.ts) and prints StepTimes."""

import json
import sys
import time

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
model = kind.from_pretrained(order["folder"], dtype=torch.float32)
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

optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=1e-3)
times = {"wallMs": [], "cpuMs": [], "losses": []}
for _ in range(order["steps"]):
    wall, cpu = time.perf_counter(), time.process_time()
    optimizer.zero_grad(set_to_none=True)
    logits = model(input_ids=inputs, **({} if classifies else {"use_cache": False})).logits
    loss = torch.nn.functional.cross_entropy(logits.view(len(targets), -1), targets)
    loss.backward()
    optimizer.step()
    times["losses"].append(loss.item())
    times["wallMs"].append((time.perf_counter() - wall) * 1e3)
    times["cpuMs"].append((time.process_time() - cpu) * 1e3)
print(json.dumps(times))
