"""transformers' BERT with random weights, in float64."""
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent.parent))
from model_vector import classification_case  # noqa: E402
from transformers import BertConfig, BertForSequenceClassification  # noqa: E402
from vector import save, source  # noqa: E402

config = BertConfig(
    vocab_size=11,
    hidden_size=6,
    num_hidden_layers=2,
    num_attention_heads=2,
    intermediate_size=10,
    max_position_embeddings=9,
    num_labels=3,
    attn_implementation="eager",
)
LINEAR = ["query", "key", "value", "attention.output.dense", "intermediate.dense", "output.dense"]
save(__file__, {
    "source": source("transformers"),
    "cases": [
        classification_case("with its pooler", BertForSequenceClassification(config), LINEAR, {"head": "classifier"}),
    ],
})
