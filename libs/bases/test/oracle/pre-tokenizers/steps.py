"""The pieces that Python's `tokenizers` cuts texts into, for steps that other libraries read otherwise.

Writes ../../vectors/pre-tokenizers/steps.json: `texts`, and for each step its part of a tokenizer.json (`pre_tokenizer`) with
the pieces of each text.
"""
import importlib.metadata
import json
from pathlib import Path

from tokenizers import Tokenizer

TEXTS = [
    "",
    "  two  spaces   three\tand a tab\n\nnew\r\nlines ",
    "Hello, world! It's we're -- 'quoted' don't... stop",
    "na\u00efve caf\u00e9 x\u00b2 \u00bd \u2167 stra\u00dfe",
    "\u0412\u0441\u0451 \u043f\u0440\u043e\u0448\u043b\u043e, \u043a\u0430\u043a \u0434\u044b\u043c; \u4e2d\u6587English\u3002\u6df7",
    "\u0939\u092e \u0938\u092c \u0967\u0968\u0969 \u0664\u0665\u0666",
    "zero\u200bwidth join\u200cer\u200d no\u00a0break next\u0085line bom\ufeff end",
    "_under_scores_ and-hyphens/and\\slashes {braces} [brackets] <tags>& $5 + 3 = 8",
    "\u2581 is a letter here \u2581\u2581 too",
    "\U0001d518\U0001d52b beyond \U00010348 \U0001f44d\U0001f3fd",
    "12345678 a1b22c333",
    "a  b",
    "!!",
]

BEHAVIORS = ["Isolated", "Removed", "Contiguous", "MergedWithPrevious", "MergedWithNext"]


def split(pattern, behavior, invert=False):
    return {"type": "Split", "pattern": pattern, "behavior": behavior, "invert": invert}


STEPS = [
    {"type": "Whitespace"},
    {"type": "WhitespaceSplit"},
    {"type": "Digits", "individual_digits": True},
    {"type": "Digits", "individual_digits": False},
    *[{"type": "Punctuation", "behavior": behavior} for behavior in BEHAVIORS],
    *[split({"String": " "}, behavior) for behavior in BEHAVIORS],
    *[split({"Regex": r"\s+"}, behavior) for behavior in BEHAVIORS],
    *[split({"Regex": r"\d{1,3}|an?"}, behavior) for behavior in BEHAVIORS],
    *[split({"Regex": r"\p{L}+"}, behavior, invert=True) for behavior in BEHAVIORS[:3]],
    *[
        {"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": scheme, "split": cut}
        for scheme in ["always", "never", "first"]
        for cut in [True, False]
    ],
    {"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": "never", "add_prefix_space": False},
    {
        "type": "Sequence",
        "pretokenizers": [{"type": "WhitespaceSplit"}, {"type": "Punctuation", "behavior": "MergedWithPrevious"}],
    },
]


def pieces(step):
    # A step is read only as a part of a whole file.
    model = {"type": "BPE", "vocab": {}, "merges": []}
    file = {"version": "1.0", "model": model, "pre_tokenizer": step, "added_tokens": []}
    cutter = Tokenizer.from_str(json.dumps(file)).pre_tokenizer
    return [[piece for piece, _ in cutter.pre_tokenize_str(text)] for text in TEXTS]


def main():
    source = f"tokenizers {importlib.metadata.version('tokenizers')}"
    steps = ",\n".join(json.dumps({"pre_tokenizer": step, "pieces": pieces(step)}) for step in STEPS)
    file = Path(__file__).parents[2] / "vectors" / "pre-tokenizers" / "steps.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f'{{"source": "{source}",\n"texts": {json.dumps(TEXTS)},\n"steps": [\n{steps}\n]}}\n')


if __name__ == "__main__":
    main()
