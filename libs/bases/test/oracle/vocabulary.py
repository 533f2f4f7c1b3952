"""Small vocabularies as llama.cpp writes them into a GGUF file."""
import json
from pathlib import Path

import sentencepiece

KEPT = Path(__file__).parent
NORMAL, UNKNOWN, CONTROL, USER_DEFINED, UNUSED, BYTE = 1, 2, 3, 4, 5, 6


def put_tokenizer(writer, kept, pre="gpt-2"):
    """BPE of bytes from tokenizers/kept/NAME.json. Returns how many tokens there are."""
    state = json.loads((KEPT / "tokenizers" / "kept" / f"{kept}.json").read_text())
    ids = dict(state["model"]["vocab"])
    special = {token["content"] for token in state["added_tokens"]}
    ids.update({token["content"]: token["id"] for token in state["added_tokens"]})
    tokens = sorted(ids, key=ids.get)
    assert [ids[token] for token in tokens] == list(range(len(tokens)))
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(pre)
    writer.add_token_list(tokens)
    writer.add_token_types([CONTROL if token in special else NORMAL for token in tokens])
    writer.add_token_merges([" ".join(pair) for pair in state["model"]["merges"]])
    begin = [id for token, id in ids.items() if "begin" in token]
    if begin:
        writer.add_bos_token_id(begin[0])
    return len(tokens)


def sentencepiece_file(prefix):
    return KEPT / "gguf" / "kept" / f"sentencepiece{'' if prefix else '-without-prefix'}.model"


def put_sentencepiece(writer, prefix):
    """One of the models in gguf/kept; without a prefix no space is put before a text, as Gemma does."""
    model = sentencepiece.SentencePieceProcessor(model_file=str(sentencepiece_file(prefix)))
    if not prefix:
        writer.add_add_space_prefix(False)
    kind = lambda id: (
        UNKNOWN if model.is_unknown(id) else CONTROL if model.is_control(id) else BYTE if model.is_byte(id) else NORMAL
    )
    ids = range(model.vocab_size())
    writer.add_tokenizer_model("llama")
    writer.add_tokenizer_pre("default")
    writer.add_token_list([model.id_to_piece(id) for id in ids])
    writer.add_token_scores([model.get_score(id) for id in ids])
    writer.add_token_types([kind(id) for id in ids])
    writer.add_bos_token_id(model.bos_id())
    writer.add_eos_token_id(model.eos_id())
    writer.add_unk_token_id(model.unk_id())
    return model
