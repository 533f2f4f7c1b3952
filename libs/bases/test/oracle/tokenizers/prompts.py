"""Tokens of prompts with their completions, as Python encodes both in one text.

Writes ../../vectors/prompts.json: by each tokenizer of kept/, for each pair `ids` of the whole text behind the special tokens before every
text, which stand there once, and `learned`: how many of them, at the end, are behind those that the prompt has by itself.
"""
import importlib.metadata
import json
from os.path import commonprefix
from pathlib import Path

from tokenizers import Tokenizer

PAIRS = [
    ("Below is a law.\n\n### Response:\n", "Yes, the people"),
    ("Question: who shall judge?\nAnswer:", " people"),
    ("Question: who shall judge?\nAnswer:", "people"),
    ("Call me ", "Ishmael."),
    ("that a nation that is free owes its free", "dom to many hands"),
    ("<s>[INST] judge [/INST]", " just"),
    ("<|begin_of_text|>judge the law\n\n", "It is just."),
    ("[CLS] judge", "the law"),
    ("学而时习之，", "不亦说乎？"),
]


def encode(path: Path):
    tokenizer = Tokenizer.from_file(str(path))
    plain = lambda text: tokenizer.encode(text, add_special_tokens=False).ids
    framed = tokenizer.encode("law").ids
    before = framed[: next(at for at in range(len(framed)) if framed[at:][: len(plain("law"))] == plain("law"))]
    cases = []
    for prompt, completion in PAIRS:
        alone, whole = plain(prompt), plain(prompt + completion)
        learned = len(whole) - len(commonprefix([alone, whole]))
        ids = whole if whole[: len(before)] == before else before + whole
        cases.append({"prompt": prompt, "completion": completion, "ids": ids, "learned": learned})
    return cases


def main():
    kept = Path(__file__).parent / "kept"
    source = f"tokenizers {importlib.metadata.version('tokenizers')}"
    lines = ",\n".join(f'"{path.stem}": {json.dumps(encode(path))}' for path in sorted(kept.glob("*.json")))
    (Path(__file__).parents[2] / "vectors" / "prompts.json").write_text(f'{{"source": "{source}",\n"cases": {{\n{lines}\n}}}}\n')


if __name__ == "__main__":
    main()
