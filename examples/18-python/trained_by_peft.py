"""A training that Rankforge knows nothing of: torch, transformers and peft."""

from __future__ import annotations

import random
from typing import List, Sequence, Tuple

import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoTokenizer, BertForSequenceClassification

STEPS, BATCH, RATE = 60, 16, 2e-3


def train(model: str, examples: Sequence[Tuple[str, str]], labels: List[str], folder: str) -> str:
    """Train LoRA and a head on a BERT, and save both as peft does."""
    torch.manual_seed(0)
    draw = random.Random(0)
    tokenizer = AutoTokenizer.from_pretrained(model)
    base = BertForSequenceClassification.from_pretrained(model, num_labels=len(labels))
    config = LoraConfig(
        r=8, lora_alpha=16, target_modules=["query", "value"], modules_to_save=["classifier"], task_type="SEQ_CLS"
    )
    adapted = get_peft_model(base, config)
    optimizer = torch.optim.AdamW([each for each in adapted.parameters() if each.requires_grad], lr=RATE)
    for step in range(STEPS):
        batch = draw.sample(list(examples), BATCH)
        read = tokenizer([text for text, _ in batch], padding=True, truncation=True, max_length=32, return_tensors="pt")
        loss = adapted(**read, labels=torch.tensor([labels.index(label) for _, label in batch])).loss
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    print(f"trained by peft, {STEPS} steps: the last loss is {loss.item():.3f}")
    adapted.save_pretrained(folder)
    return folder
