"""Ids that Python gives for many texts, by small tokenizers of the kinds that published models use.

Writes ../../vectors/tokenizers/NAME.json: `tokenizer` (the content of a tokenizer.json), and for each text its ids without
special tokens, with them, and with them cut to 8 tokens, and the text that the first decode to. Ids come from `transformers`, which runs `tokenizers`.

The tokenizers are those in kept/. `kinds.py --train` makes new ones there first: ties are broken by chance, so they differ
each time.
"""
import importlib.metadata
import json
import sys
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

TRAINING = """
The people shall judge whether the law is just. We hold that a nation that is free owes its freedom to many hands.
Call me Ishmael. Some years ago, never mind how long precisely, I thought I would sail about and see the watery part.
Die Würde des Menschen ist unantastbar. Über den Fluß führt eine schmale Brücke; größere Straßen gibt es nicht.
L'État n'est pas au-dessus des lois: où l'on naît, où l'on vit, ça ne change rien. Un élève très âgé reçoit un prix.
Всё прошло, как с белых яблонь дым. Мы вышли из дома рано утром и пошли к реке, где было тихо и холодно.
Η αρχή είναι το ήμισυ του παντός. Ο άνθρωπος έχει φύσει την επιθυμία της γνώσης.
学而时习之，不亦说乎？有朋自远方来，不亦乐乎？人不知而不愠，不亦君子乎？
吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。
모든 국민은 법 앞에 평등하다. 누구든지 성별에 의하여 차별을 받지 아니한다.
العلم نور والجهل ظلام. في البدء كان الكلام، وكان الكلام عند أهل البلد.
सत्य की हमेशा जीत होती है। हम सब भारत के लोग एक साथ रहते हैं।
ทุกคนเกิดมามีอิสระและเสมอภาคกันในศักดิ์ศรีและสิทธิ
def add(first, second):\n    return first + second  # 1234567890
Offer!!! Save $99.95 today, 50% off at www.example.com or mail someone@example.com before 31/12/2002.
""".strip().split("\n")

TEXTS = TRAINING + [
    "",
    " ",
    "  two  spaces   three\tand a tab\n\nnew\r\nlines ",
    "Hello, world! It's we're I'll they'd 'quoted' don't",
    "naïve café Ångström ﬁnancial ½ x² Ⅷ",
    "e\u0301 versus \u00e9, a\u0308 versus \u00e4; \u1e9b\u0323",
    "İstanbul ISPARTA straße ΣΊΣΥΦΟΣ",
    "emoji 👍🏽 family 👨‍👩‍👧‍👦 flag 🇩🇪 heart ❤️",
    "mixed 中文English混ざった한국어русский",
    "zero\u200bwidth, no\u00a0break, soft\u00adhyphen, bom\ufeff end",
    "control \u0001\u0007 characters \u007f and \ufffd",
    "1234567890 3.14159 1,000,000 0x1F 2002-12-31T23:59:59Z",
    "supercalifragilisticexpialidocious" * 4,
    "[CLS] and [MASK] and <s> and </s> and <|endoftext|> written in a text",
    "a<s>b [SEP]c<|begin_of_text|> d",
    "_under_scores_ and-hyphens/and\\slashes {braces} [brackets] <tags>&amp;",
    "▁ is a letter here ▁▁ and Ġ too",
    "ALL CAPS, camelCase, snake_case, kebab-case",
    "१२३ ٤٥٦ 一二三",
    "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𐍈 beyond the first plane",
    "trailing newline\n",
    "\n\n\n",
    "....!!!???,,,;;;",
    "unknown ჯართული հայերեն script",
]

GPT4_SPLIT = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"


def gpt2() -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    tokenizer.train_from_iterator(
        TRAINING, trainers.BpeTrainer(vocab_size=500, special_tokens=["<|endoftext|>"], initial_alphabet=alphabet, show_progress=False)
    )
    return tokenizer


def roberta() -> Tokenizer:
    tokenizer = gpt2()
    state = json.loads(tokenizer.to_str())
    specials = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    shift = len(specials) - 1
    words = [token for token in sorted(state["model"]["vocab"], key=state["model"]["vocab"].get) if token != "<|endoftext|>"]
    state["model"]["vocab"] = {token: i for i, token in enumerate(specials[:4] + words + specials[4:])}
    assert state["model"]["vocab"][words[0]] == shift
    state["added_tokens"] = []
    tokenizer = Tokenizer.from_str(json.dumps(state))
    tokenizer.add_special_tokens([AddedToken(token, lstrip=token == "<mask>") for token in specials])
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), add_prefix_space=False)
    return tokenizer


def bert(lowercase: bool) -> Tokenizer:
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=lowercase)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokenizer.train_from_iterator(TRAINING, trainers.WordPieceTrainer(vocab_size=600, special_tokens=specials, show_progress=False))
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS]:0 $A:0 [SEP]:0", pair="[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return tokenizer


BYTES = [f"<0x{byte:02X}>" for byte in range(256)]


def llama2() -> Tokenizer:
    """As Llama 2 and TinyLlama: spaces become ▁, one is put before; letters that no token has become bytes."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    specials = ["<unk>", "<s>", "</s>", *BYTES]
    tokenizer.train_from_iterator(
        TRAINING, trainers.BpeTrainer(vocab_size=700, special_tokens=specials, limit_alphabet=120, show_progress=False)
    )
    state = json.loads(tokenizer.to_str())
    state["added_tokens"] = state["added_tokens"][:3]
    tokenizer = Tokenizer.from_str(json.dumps(state))
    tokenizer.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", pair="<s> $A <s> $B", special_tokens=[("<s>", 1)])
    return tokenizer


def llama3() -> Tokenizer:
    """As Llama 3: bytes, split by the expression of GPT-4, whole words looked up before merges."""
    tokenizer = Tokenizer(models.BPE(ignore_merges=True))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(GPT4_SPLIT), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    tokenizer.train_from_iterator(TRAINING, trainers.BpeTrainer(vocab_size=520, initial_alphabet=alphabet, show_progress=False))
    tokenizer.add_special_tokens(["<|begin_of_text|>", "<|end_of_text|>"])
    begin = tokenizer.token_to_id("<|begin_of_text|>")
    tokenizer.post_processor = processors.Sequence([
        processors.ByteLevel(trim_offsets=True),
        processors.TemplateProcessing(
            single="<|begin_of_text|> $A", pair="<|begin_of_text|> $A <|begin_of_text|> $B", special_tokens=[("<|begin_of_text|>", begin)]
        ),
    ])
    return tokenizer


def unigram() -> Tokenizer:
    """As the unigram models of SentencePiece (T5, ALBERT)."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.train_from_iterator(
        TRAINING,
        trainers.UnigramTrainer(vocab_size=400, special_tokens=["<pad>", "</s>", "<unk>"], unk_token="<unk>", show_progress=False),
    )
    tokenizer.post_processor = processors.TemplateProcessing(single="$A </s>", pair="$A </s> $B </s>", special_tokens=[("</s>", 1)])
    return tokenizer


KINDS = {
    "gpt2": gpt2,
    "roberta": roberta,
    "bert-uncased": lambda: bert(True),
    "bert-cased": lambda: bert(False),
    "llama2": llama2,
    "llama3": llama3,
    "unigram": unigram,
}


def encode(path: str):
    fast = PreTrainedTokenizerFast(tokenizer_file=path)
    cases = []
    for text in TEXTS:
        plain = fast(text, add_special_tokens=False)["input_ids"]
        special = fast(text)["input_ids"]
        cut = fast(text, truncation=True, max_length=8)["input_ids"]
        direct = Tokenizer.from_file(path)
        assert direct.encode(text).ids == special and direct.encode(text, add_special_tokens=False).ids == plain
        decoded = direct.decode(plain, skip_special_tokens=True)
        cases.append({"text": text, "ids": plain, "special": special, "cut": cut, "decoded": decoded})
    return cases


def main():
    folder = Path(__file__).parents[2] / "vectors" / "tokenizers"
    folder.mkdir(parents=True, exist_ok=True)
    source = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("transformers", "tokenizers"))
    for name, make in KINDS.items():
        kept = Path(__file__).parent / "kept" / f"{name}.json"
        if "--train" in sys.argv:
            make().save(str(kept), pretty=False)
        cases = encode(str(kept))
        tokenizer = json.loads(kept.read_text())
        cases_text = ",\n".join(json.dumps(case, ensure_ascii=True) for case in cases)
        tokenizer_text = json.dumps(tokenizer, ensure_ascii=True)
        (folder / f"{name}.json").write_text(f'{{"source": "{source}",\n"tokenizer": {tokenizer_text},\n"cases": [\n{cases_text}\n]}}\n')


if __name__ == "__main__":
    main()
