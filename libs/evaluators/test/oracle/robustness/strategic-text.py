"""
The gradient that greedy coordinate gradient reads (arXiv 2404.07981, github.com/aounon/llm-rank-optimizer): what the mean cross-entropy of an
answer after a prompt would change by, to first order, for each token at each place of an inserted text. A GPT-2 of one block is written
in numpy, in float64; the gradient is taken by central differences of what the block reads, and no program differentiates. Places of names
in answers are counted a second time.
"""
import math
import sys
from pathlib import Path

import numpy as np

sys.path.append(str(Path(__file__).parent.parent))
from vector import save  # noqa: E402

WIDTH, HEADS, MLP, VOCABULARY, CONTEXT, EPSILON = 8, 2, 12, 13, 16, 1e-5
generator = np.random.default_rng(7)
draw = lambda *shape, scale=0.5: (generator.standard_normal(shape) * scale).astype(np.float32).astype(np.float64)
weights = {
    "embedding.tokens": draw(VOCABULARY, WIDTH),
    "embedding.positions": draw(CONTEXT, WIDTH, scale=0.1),
    "blocks.0.norm_1.gain": 1 + draw(WIDTH, scale=0.1),
    "blocks.0.norm_1.bias": draw(WIDTH, scale=0.1),
    **{f"blocks.0.attention.{name}.kernel": draw(WIDTH, WIDTH) for name in ("query", "key", "value", "output")},
    **{f"blocks.0.attention.{name}.bias": draw(WIDTH, scale=0.1) for name in ("query", "key", "value", "output")},
    "blocks.0.norm_2.gain": 1 + draw(WIDTH, scale=0.1),
    "blocks.0.norm_2.bias": draw(WIDTH, scale=0.1),
    "blocks.0.mlp.fc_in.kernel": draw(WIDTH, MLP),
    "blocks.0.mlp.fc_in.bias": draw(MLP, scale=0.1),
    "blocks.0.mlp.fc_out.kernel": draw(MLP, WIDTH),
    "blocks.0.mlp.fc_out.bias": draw(WIDTH, scale=0.1),
    "norm_final.gain": 1 + draw(WIDTH, scale=0.1),
    "norm_final.bias": draw(WIDTH, scale=0.1),
}


def norm(x, name):
    centred = x - x.mean(1, keepdims=True)
    scaled = centred / np.sqrt((centred**2).mean(1, keepdims=True) + EPSILON)
    return scaled * weights[f"{name}.gain"] + weights[f"{name}.bias"]


layer = lambda x, name: x @ weights[f"blocks.0.{name}.kernel"] + weights[f"blocks.0.{name}.bias"]
gelu = lambda x: 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def loss_of(read, targets):
    """read: what the block reads [tokens, width]; targets: place -> token that follows"""
    length, size = len(read), WIDTH // HEADS
    x = norm(read, "blocks.0.norm_1")
    split = lambda name: layer(x, f"attention.{name}").reshape(length, HEADS, size).transpose(1, 0, 2)
    scores = split("query") @ split("key").transpose(0, 2, 1) / math.sqrt(size)
    scores = np.where(np.tril(np.ones((length, length))) > 0, scores, -np.inf)
    mixed = (softmax(scores) @ split("value")).transpose(1, 0, 2).reshape(length, WIDTH)
    h = read + layer(mixed, "attention.output")
    h = h + layer(gelu(layer(norm(h, "blocks.0.norm_2"), "mlp.fc_in")), "mlp.fc_out")
    logits = norm(h, "norm_final") @ weights["embedding.tokens"].T
    return -np.mean([np.log(softmax(logits[place])[token]) for place, token in targets.items()])


BEFORE, TEXT, AFTER, ANSWER = [1, 4, 2], [7, 7, 9], [3, 5], [8, 6]
tokens = BEFORE + TEXT + AFTER + ANSWER[:-1]
targets = {len(BEFORE + TEXT + AFTER) - 1 + at: token for at, token in enumerate(ANSWER)}
embedded = lambda ids: weights["embedding.tokens"][ids] + weights["embedding.positions"][: len(ids)]
read = embedded(tokens)
gains = []
for place in range(len(BEFORE), len(BEFORE) + len(TEXT)):
    slope = np.zeros(WIDTH)
    for column in range(WIDTH):
        moved = [read.copy(), read.copy()]
        moved[0][place, column] += 1e-5
        moved[1][place, column] -= 1e-5
        slope[column] = (loss_of(moved[0], targets) - loss_of(moved[1], targets)) / 2e-5
    gains.append(weights["embedding.tokens"] @ slope)

rounded = lambda array: [float(f"{x:.8g}") for x in np.asarray(array).flat]


def exchanged(place, token):
    ids = list(tokens)
    ids[len(BEFORE) + place] = token
    return loss_of(embedded(ids), targets)


def places(answer, names):
    """Longest names first: what they cover is no mention of a shorter one."""
    covered, first = [False] * len(answer), {}
    for name in sorted(names, key=len, reverse=True):
        starts = [at for at in range(len(answer) - len(name) + 1) if answer[at : at + len(name)] == name]
        starts = [at for at in starts if not any(covered[at : at + len(name)])]
        for at in starts:
            covered[at : at + len(name)] = [True] * len(name)
        if starts:
            first[name] = starts[0]
    order = sorted(first, key=first.get)
    return [order.index(name) + 1 if name in first else len(names) + 1 for name in names]


ANSWERS = [
    ("1. Tarn 2. Bram 3. Vale", ["Vale", "Tarn", "Bram"]),
    ("Bram is the best. Bram again, then Tarn.", ["Tarn", "Bram", "Vale"]),
    ("Tarn Mini, and Tarn after it", ["Tarn", "Tarn Mini"]),
    ("Tarn Mini alone", ["Tarn", "Tarn Mini"]),
    ("nothing of these", ["Tarn", "Bram"]),
    ("", ["Tarn", "Bram"]),
]
save(__file__, {
    "config": {"width": WIDTH, "heads": HEADS, "mlpWidth": MLP, "vocabularySize": VOCABULARY, "contextLength": CONTEXT, "normEpsilon": EPSILON},
    "weights": {name: rounded(values) for name, values in weights.items()},
    "before": BEFORE,
    "text": TEXT,
    "after": AFTER,
    "answer": ANSWER,
    "loss": float(f"{loss_of(read, targets):.8g}"),
    "gains": [rounded(own) for own in gains],
    "exchanged": [[float(f"{exchanged(place, token):.8g}") for token in range(VOCABULARY)] for place in range(len(TEXT))],
    "places": [{"answer": answer, "names": names, "places": places(answer, names)} for answer, names in ANSWERS],
})
