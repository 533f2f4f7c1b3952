"""A comparison that torch and peft train, with the board of it by Rankforge. Cells (`# %%`) run one by one in editors that know them."""

# %% What is compared: three methods and the head alone, two learning rates each, three seeds.
import csv
import random
import sys
from pathlib import Path

import torch
from peft import IA3Config, LoraConfig, get_peft_model
from transformers import AutoTokenizer, BertForSequenceClassification

import rankforge

HERE = Path(__file__).parent
sys.path.append(str(HERE.parent / "18-python"))
from tickets import SAID, tickets  # noqa: E402

MODEL = sys.argv[1] if len(sys.argv) > 1 else "models/minilm-l6"
STEPS, BATCH, SEEDS = 20, 16, (0, 1, 2)
TARGETS = ["query", "value"]
COMMON = {"modules_to_save": ["classifier"], "task_type": "SEQ_CLS"}
METHODS = {
    "lora": (8, (1e-3, 3e-3), LoraConfig(r=8, lora_alpha=16, target_modules=TARGETS, **COMMON)),
    "dora": (8, (1e-3, 3e-3), LoraConfig(r=8, lora_alpha=16, use_dora=True, target_modules=TARGETS, **COMMON)),
    "ia3": (None, (1e-2, 3e-2), IA3Config(target_modules=TARGETS, feedforward_modules=[], **COMMON)),
    "linear-probe": (None, (1e-2, 3e-2), None),
}

# %% Data with a split of its own, the same for every run.
topics = list(SAID)
rows = tickets(1200, seed=2)
train, validation, test = rows[:800], rows[800:1000], rows[1000:]
tokenizer = AutoTokenizer.from_pretrained(MODEL)


def read(some):
    texts = tokenizer([row["note"] for row in some], padding=True, truncation=True, max_length=32, return_tensors="pt")
    return texts, torch.tensor([topics.index(row["topic"]) for row in some])


def right(model, some):
    """1 for each example that is answered rightly, 0 for the others."""
    model.eval()
    texts, labels = read(some)
    with torch.no_grad():
        return (model(**texts).logits.argmax(1) == labels).int()


def trained(config, rate, seed):
    torch.manual_seed(seed)
    draw = random.Random(seed)
    model = BertForSequenceClassification.from_pretrained(MODEL, num_labels=len(topics))
    if config is None:
        model.base_model.requires_grad_(False)
    else:
        model = get_peft_model(model, config)
    optimizer = torch.optim.AdamW([each for each in model.parameters() if each.requires_grad], lr=rate)
    model.train()
    for _ in range(STEPS):
        texts, labels = read(draw.sample(train, BATCH))
        model(**texts, labels=labels).loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    return model


# %% Train, and put each run on the board.
runs = rankforge.Client().runs("tickets", base="sentence-transformers/all-MiniLM-L6-v2", title="Tickets by torch and peft")
table = []
for method, (rank, rates, config) in METHODS.items():
    for rate in rates:
        for seed in SEEDS:
            model = trained(config, rate, seed)
            facts = {
                "method": method,
                "rank": rank,
                "learning_rate": rate,
                "seed": seed,
                "steps": STEPS,
                "validation": right(model, validation).double().mean().item(),
                "trainable_parameters": sum(each.numel() for each in model.parameters() if each.requires_grad),
            }
            examples = right(model, test)
            runs.record(**facts, examples=examples)
            table.append({**facts, "score": examples.double().mean().item()})
            print(method, rate, seed, f"{table[-1]['score']:.3f}", flush=True)

# %% The board: intervals, letters and the sentence that answers.
print(runs.board())

# %% The same as a table, as `rankforge import runs` reads it.
with (HERE / "runs.csv").open("w", newline="") as file:
    writer = csv.DictWriter(file, table[0])
    writer.writeheader()
    writer.writerows(table)
