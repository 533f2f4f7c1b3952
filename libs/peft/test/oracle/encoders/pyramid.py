"""
transformers' BERT with random weights, in float64, over rows of a query and a text whose first blocks get a block-diagonal mask: a
token of either sees those of its own part alone (arXiv 2105.11108, as its abstract and figures are told; its equations are unread).
Where titles are with the query, a text begins behind its title: query and title are one part, the rest of the text is the other. Rows are cut and padded by part as `place` says. The loss is the cross-entropy of scores to shares of grades, all rows of one query.
"""
import sys
from pathlib import Path

import torch

sys.path.append(str(Path(__file__).parent.parent))
from model_vector import files, randomize  # noqa: E402
from transformers import BertConfig, BertForSequenceClassification  # noqa: E402
from vector import array, save, source  # noqa: E402

SEQUENCE, PLACES, AFTER, BLOCKS = 7, 3, 1, 3
# Tokens of each row, how many of them are the query's, and the query's and the title's: filled, padded, with a query and with a text that
# are too long; with titles these are one that is cut, one that fits, none, and one that is lost but for a token.
ROWS = [(7, 3, 5), (4, 2, 3), (6, 4, 4), (7, 2, 5)]
GRADES = torch.tensor([2.0, 0.0, 1.0, 0.0])

config = BertConfig(
    vocab_size=11,
    hidden_size=6,
    num_hidden_layers=BLOCKS,
    num_attention_heads=2,
    intermediate_size=10,
    max_position_embeddings=9,
    num_labels=1,
    attn_implementation="eager",
)


def place(tokens, split):
    """Ids by place, and which places hold a token."""
    query, text = tokens[:split][:PLACES], tokens[split:]
    room = SEQUENCE - PLACES
    if len(text) > room:
        text = text[: room - AFTER] + text[-AFTER:]
    pad = lambda part, width: (part + [0] * (width - len(part)), [True] * len(part) + [False] * (width - len(part)))
    (q, has_q), (t, has_t) = pad(query, PLACES), pad(text, room)
    return q + t, has_q + has_t


generator = torch.Generator().manual_seed(5)
packed = [torch.randint(2, 11, (length,), generator=generator).tolist() for length, _, _ in ROWS]
of_query = torch.arange(SEQUENCE) < PLACES
same_part = of_query[:, None] == of_query[None, :]


def mask(real, apart):
    """`[rows, 1, queries, keys]` to be added to scores."""
    seen = real[:, None, None, :] & (same_part if apart else torch.ones_like(same_part))[None, None]
    return torch.zeros(seen.shape).masked_fill(~seen, torch.finfo(torch.float64).min)


def run(model, apart_blocks, titles):
    placed = [place(tokens, titled if titles else query) for tokens, (_, query, titled) in zip(packed, ROWS)]
    ids = torch.tensor([tokens for tokens, _ in placed])
    real = torch.tensor([has for _, has in placed])
    hidden = model.bert.embeddings(input_ids=ids)
    for index, layer in enumerate(model.bert.encoder.layer):
        made = layer(hidden, mask(real, index < apart_blocks))
        hidden = made[0] if isinstance(made, tuple) else made
    return hidden, model.classifier(model.bert.pooler(hidden))[:, 0]


model = BertForSequenceClassification(config).double().eval()
randomize(model, 11, 0.4)
written, tensors = files(model)
parameters = dict(model.named_parameters())
shares = GRADES / GRADES.sum()


def case(apart_blocks, titles=False):
    model.zero_grad()
    hidden, scores = run(model, apart_blocks, titles)
    loss = -(shares * torch.log_softmax(scores, 0)).sum()
    loss.backward()
    zero = lambda p: torch.zeros_like(p) if p.grad is None else p.grad
    return {
        "apartBlocks": apart_blocks,
        **({"titleWithQuery": True} if titles else {}),
        "hidden": array(hidden.detach()),
        "scores": array(scores.detach()),
        "loss": loss.item(),
        "gradients": {name: array(zero(parameters[name])) for name in tensors},
    }


save(__file__, {
    "source": source("transformers"),
    "config": written,
    "tensors": {name: array(tensor) for name, tensor in tensors.items()},
    "queryTokens": PLACES,
    "after": AFTER,
    "sequence": SEQUENCE,
    "rows": [{"tokens": tokens, "query": query, "titled": titled} for tokens, (_, query, titled) in zip(packed, ROWS)],
    "grades": array(GRADES),
    "cases": [*(case(blocks) for blocks in range(BLOCKS)), case(BLOCKS - 1, titles=True)],
})
