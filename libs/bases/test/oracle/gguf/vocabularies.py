"""Ids that Python gives for many texts, and the same tokenizers as llama.cpp writes them into a GGUF file.

Writes ../../vectors/gguf/vocabularies.json: each file (metadata alone) in base64, and the ids of each text. Ids of byte-level BPE are
those of `tokenizers`, with the pre-tokenizers that the models were published with; ids of SentencePiece those of `sentencepiece`.
`vocabularies.py --train` makes the models in kept/ anew.
"""
import base64
import importlib.metadata
import json
import sys
import tempfile
from pathlib import Path

sys.path.append(str(Path(__file__).parent.parent))
sys.path.append(str(Path(__file__).parent.parent / "tokenizers"))
import sentencepiece  # noqa: E402
from gguf import GGUFWriter  # noqa: E402
from kinds import GPT4_SPLIT, TEXTS, TRAINING  # noqa: E402
from tokenizers import Regex, Tokenizer, normalizers, pre_tokenizers  # noqa: E402
from vocabulary import KEPT, put_sentencepiece, put_tokenizer, sentencepiece_file  # noqa: E402

BYTES = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
GPT2 = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
split = lambda pattern: pre_tokenizers.Split(Regex(pattern), "isolated")
# By the value of tokenizer.ggml.pre: the vocabulary, and how the model's tokenizer.json cuts texts.
KINDS = {
    "gpt-2": ("gpt2", None, GPT2),
    "smollm": ("gpt2", None, pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), GPT2])),
    "llama-bpe": ("llama3", None, pre_tokenizers.Sequence([split(GPT4_SPLIT), BYTES])),
    "qwen2": ("gpt2", normalizers.NFC(), pre_tokenizers.Sequence([split(GPT4_SPLIT.replace("{1,3}", "")), BYTES])),
}


def file_of(put):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tiny.gguf"
        writer = GGUFWriter(path, "llama")
        made = put(writer)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.close()
        return base64.b64encode(path.read_bytes()).decode(), made


def byte_pairs(pre, kept, normalizer, cut):
    tokenizer = Tokenizer.from_file(str(KEPT / "tokenizers" / "kept" / f"{kept}.json"))
    tokenizer.pre_tokenizer = cut
    if normalizer:
        tokenizer.normalizer = normalizer
    content, _ = file_of(lambda writer: put_tokenizer(writer, kept, pre))
    special = lambda text: tokenizer.encode(text).ids if pre == "llama-bpe" else ids(text)
    ids = lambda text: tokenizer.encode(text, add_special_tokens=False).ids
    return {"name": pre, "file": content, "cases": [{"text": t, "ids": ids(t), "special": special(t)} for t in TEXTS]}


def sentence_piece(name, prefix):
    content, model = file_of(lambda writer: put_sentencepiece(writer, prefix))
    # Special tokens that are written in a text are letters for `sentencepiece` and themselves for `tokenizers`.
    texts = [text for text in TEXTS if "<s>" not in text]
    ids = lambda text: model.encode(text)
    return {
        "name": name,
        "file": content,
        "cases": [{"text": t, "ids": ids(t), "special": [model.bos_id(), *ids(t)]} for t in texts],
    }


if "--train" in sys.argv:
    (KEPT / "gguf" / "kept").mkdir(exist_ok=True)
    for prefix in (True, False):
        with open(sentencepiece_file(prefix), "wb") as file:
            # As Llama's: nothing is normalized, and letters that no token has become bytes.
            sentencepiece.SentencePieceTrainer.train(
                sentence_iterator=iter(TRAINING), model_writer=file, model_type="bpe", vocab_size=700, byte_fallback=True,
                normalization_rule_name="identity", remove_extra_whitespaces=False, split_digits=True,
                character_coverage=0.98, add_dummy_prefix=prefix,
            )
vector = {
    "source": ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("gguf", "sentencepiece", "tokenizers")),
    "kinds": [*(byte_pairs(pre, *kind) for pre, kind in KINDS.items()), sentence_piece("sentencepiece", True), sentence_piece("sentencepiece without a space before", False)],
}
folder = Path(__file__).parents[2] / "vectors" / "gguf"
folder.mkdir(parents=True, exist_ok=True)
(folder / "vocabularies.json").write_text(json.dumps(vector) + "\n")
print(len(json.dumps(vector)))
