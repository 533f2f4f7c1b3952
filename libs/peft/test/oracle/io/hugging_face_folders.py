"""Folders that transformers writes of small random models, and the hidden states that it computes from them."""
import base64
import importlib.metadata
import json
import logging
import tempfile
from pathlib import Path

import torch
from transformers import (
    AutoModel, BertConfig, BertForMaskedLM, BertModel, GPT2Config, GPT2LMHeadModel, GPT2Model, LlamaConfig, LlamaForCausalLM,
    RobertaConfig, RobertaForSequenceClassification,
)

logging.disable(logging.WARNING)
torch.manual_seed(4)
config = GPT2Config(vocab_size=13, n_positions=16, n_embd=8, n_layer=2, n_head=2, bos_token_id=0, eos_token_id=0)
sizes = {"vocab_size": 13, "hidden_size": 8, "intermediate_size": 12, "num_hidden_layers": 2, "num_attention_heads": 2}
llama = LlamaConfig(**sizes, num_key_value_heads=1, max_position_embeddings=16, bos_token_id=0, eos_token_id=0)
bert = BertConfig(**sizes, max_position_embeddings=16)
roberta = RobertaConfig(**sizes, max_position_embeddings=18, pad_token_id=1, type_vocab_size=1)
# Without 1, the padding token of RoBERTa: it has no position of its own.
tokens = torch.tensor([[8, 12, 3, 0, 5], [2, 2, 7, 11, 4]])


def case(name, model, dtype, **how):
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    with tempfile.TemporaryDirectory() as folder:
        model.to(dtype).save_pretrained(folder, **how)
        files = {path.name: base64.b64encode(path.read_bytes()).decode() for path in sorted(Path(folder).iterdir())}
        hidden = AutoModel.from_pretrained(folder, dtype=torch.float32).double().eval()(tokens).last_hidden_state
    return {"name": name, "files": files, "hidden": hidden.flatten().tolist()}


vector = {
    "source": f"transformers {importlib.metadata.version('transformers')}",
    "tokens": tokens.flatten().tolist(),
    "sequence": tokens.shape[1],
    "cases": [
        case("float32, with a head", GPT2LMHeadModel(config), torch.float32),
        case("float16, without a head", GPT2Model(config), torch.float16),
        case("bfloat16, in several files", GPT2LMHeadModel(config), torch.bfloat16, max_shard_size="2KB"),
        case("Llama, bfloat16, in several files", LlamaForCausalLM(llama), torch.bfloat16, max_shard_size="1KB"),
        case("BERT with a pooler", BertModel(bert), torch.float32),
        case("BERT under a head, float16", BertForMaskedLM(bert), torch.float16),
        case("RoBERTa under a head", RobertaForSequenceClassification(roberta), torch.float32),
    ],
}
path = Path(__file__).parents[2] / "vectors" / "io" / "hugging_face_folders.json"
path.write_text(json.dumps(vector) + "\n")
