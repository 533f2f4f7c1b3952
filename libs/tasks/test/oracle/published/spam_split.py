"""
Rows and splits as chapter 6 of github.com/rasbt/LLMs-from-scratch takes them from a file of labelled messages: pandas reads it, balances
the labels, shuffles twice and cuts at 70 and 80 per cent.
"""
import io
import json
from pathlib import Path

import numpy as np
import pandas as pd

SEED = 123
QUOTED = (
    'ham\tplain "quoted" inside\nspam\t"starts with ""one"" quote\nand goes on\there" to the tab\nham\t"" empty\nham\tlast'
)


def rows_of(text):
    return pd.read_csv(io.StringIO(text), sep="\t", header=None, names=["Label", "Text"])


def split_of(rows):
    spam = rows[rows.Label == "spam"]
    ham = rows[rows.Label == "ham"].sample(len(spam), random_state=SEED)
    balanced = pd.concat([ham, spam])
    for _ in range(2):
        balanced = balanced.sample(frac=1, random_state=SEED).reset_index(drop=True)
    train = int(len(balanced) * 0.7)
    validation = train + int(len(balanced) * 0.1)
    parts = {"train": balanced[:train], "validation": balanced[train:validation], "test": balanced[validation:]}
    return {name: part.Text.tolist() for name, part in parts.items()}


messages = "".join(f"{'ham' if index % 3 else 'spam'}\tm{index}\n" for index in range(30))
vector = {
    "quoted": {"text": QUOTED, "rows": rows_of(QUOTED).values.tolist()},
    "messages": {"text": messages, "splits": split_of(rows_of(messages))},
    "permutations": [
        {"size": size, "seed": seed, "first": np.random.RandomState(seed).permutation(size)[:12].tolist()}
        for size, seed in [(12, 123), (1500, 7), (1, 0)]
    ],
}
path = Path(__file__).parents[2] / "vectors/published/spam-split.json"
path.write_text(json.dumps(vector, separators=(",", ":")) + "\n")
print(f"{path.name}: {path.stat().st_size} bytes")
