"""Values and gradients of each operation of a model, by torch in float64. `dy` weighs the result into a scalar."""
import sys
from pathlib import Path

import torch
import torch.nn.functional as F

sys.path.append(str(Path(__file__).parent.parent))
from vector import Draw, array, save, source  # noqa: E402

draw = Draw(3)
BATCH, SEQUENCE, HEADS, WIDTH, VOCABULARY = 2, 5, 2, 6, 9
ROWS = BATCH * SEQUENCE


def case(compute, frozen={}, **inputs):
    """Result and gradients of `compute(**inputs, **frozen)` for a random `dy` of the result's shape."""
    leaves = {name: value.clone().requires_grad_(True) for name, value in inputs.items()}
    result = compute(**leaves, **frozen)
    dy = draw(*result.shape)
    (result * dy).sum().backward()
    return {
        "inputs": {name: array(value) for name, value in inputs.items()},
        **({"frozen": {name: array(value) for name, value in frozen.items()}} if frozen else {}),
        "dy": array(dy),
        "value": array(result.detach()),
        "gradients": {name: array(leaf.grad) for name, leaf in leaves.items()},
    }


def heads(x, count=HEADS):
    return x.reshape(BATCH, -1, count, x.shape[1] // count).transpose(1, 2)


def joined(x):
    return x.transpose(1, 2).reshape(ROWS, -1)


def attention(query, key, value):
    return joined(F.scaled_dot_product_attention(heads(query), heads(key), heads(value), is_causal=True))


def grouped_attention(query, key, value):
    """Four heads share two of keys and values, which are repeated as transformers' `repeat_kv` does."""
    repeated = lambda x: heads(x, 2).repeat_interleave(2, 1)
    return joined(F.scaled_dot_product_attention(heads(query, 4), repeated(key), repeated(value), is_causal=True))


def capped_attention(query, key, value):
    """Scores by a scale of their own and with a soft cap; every query sees three keys at most."""
    scores = CAP * torch.tanh(SCALE * heads(query) @ heads(key).transpose(2, 3) / CAP)
    seen = torch.ones(SEQUENCE, SEQUENCE).tril().triu(1 - WINDOW).bool()
    return joined(torch.softmax(scores.masked_fill(~seen, -torch.inf), -1) @ heads(value))


def padded_attention(query, key, value):
    seen = mask.bool()[:, None, None, :]
    return joined(F.scaled_dot_product_attention(heads(query), heads(key), heads(value), attn_mask=seen))


def prefixed_attention(query, key, value):
    """Two rows of keys and values come before the sequence."""
    seen = torch.ones(SEQUENCE, SEQUENCE + 2).tril(2).bool()
    return joined(F.scaled_dot_product_attention(heads(query), heads(key), heads(value), attn_mask=seen))


def rotary(x):
    """The pair `(i, i + d/2)` as a complex number, times `exp(i · angle)`."""
    by_head = x.reshape(BATCH, SEQUENCE, HEADS, -1)
    left, right = by_head.chunk(2, -1)
    angles = (FIRST + torch.arange(SEQUENCE))[:, None, None] * FREQUENCIES
    turned = torch.complex(left, right) * torch.polar(torch.ones_like(angles), angles)
    return torch.cat([turned.real, turned.imag], -1).reshape(ROWS, -1)


CAP, SCALE, WINDOW = 1.5, 0.7, 3
FIRST, FREQUENCIES = 3, torch.tensor([1.0, 0.25, 0.03125])
tokens = torch.tensor([3, 1, 3, 0, 8, 2, 2, 3, 7, 1])
targets = torch.tensor([1, 3, -1, 8, 2, 2, 3, 7, -1, -1])
lengths = torch.tensor([5, 3])
labels = torch.tensor([2, 0])
events = torch.tensor([1, 0, 0, 1, 1])
mask = (torch.arange(SEQUENCE)[None, :] < lengths[:, None]).double()

# A convolution whose kernels pick one unit each: its outputs are the patches.
HEIGHT, WIDE, CHANNELS, SIDE = 4, 6, 3, 2
pixels = torch.rand(2, HEIGHT, WIDE, CHANNELS, generator=torch.Generator().manual_seed(2)).float().double()
UNITS = CHANNELS * SIDE * SIDE
picks = torch.eye(UNITS).reshape(UNITS, CHANNELS, SIDE, SIDE)
patches = F.conv2d((pixels.permute(0, 3, 1, 2) - 0.5) / 0.5, picks, stride=SIDE).flatten(2).transpose(1, 2)

save(
    __file__,
    {
        "source": source("torch"),
        "shape": {"batch": BATCH, "sequence": SEQUENCE, "heads": HEADS},
        "tokens": tokens.tolist(),
        "targets": targets.tolist(),
        "lengths": lengths.tolist(),
        "labels": labels.tolist(),
        "events": events.tolist(),
        "rotary": {"first": FIRST, "frequencies": FREQUENCIES.tolist()},
        "patches": {
            "size": 2,
            "height": HEIGHT,
            "width": WIDE,
            "channels": CHANNELS,
            "side": SIDE,
            "pixels": array(pixels.reshape(-1)),
            "rows": array(patches),
        },
        "cases": {
            "matMul": case(lambda a, b: a @ b, a=draw(4, 3), b=draw(3, 5)),
            "linear": case(lambda x, kernel, bias: x @ kernel + bias, x=draw(4, 3), kernel=draw(3, 5), bias=draw(5)),
            "layerNorm": case(
                lambda x, gain, bias: F.layer_norm(x, (WIDTH,), gain, bias, 1e-5),
                x=draw(ROWS, WIDTH), gain=draw(WIDTH), bias=draw(WIDTH),
            ),
            "geluTanh": case(lambda x: F.gelu(x, approximate="tanh"), x=draw(ROWS, WIDTH, scale=2.0)),
            "attention": case(attention, query=draw(ROWS, WIDTH), key=draw(ROWS, WIDTH), value=draw(ROWS, WIDTH)),
            "embed": case(
                lambda table, positions: table[tokens] + positions[:SEQUENCE].repeat(BATCH, 1),
                table=draw(VOCABULARY, WIDTH), positions=draw(SEQUENCE + 2, WIDTH),
            ),
            "meanPool": case(
                lambda x: (x.reshape(BATCH, SEQUENCE, WIDTH) * mask[:, :, None]).sum(1) / lengths[:, None],
                x=draw(ROWS, WIDTH),
            ),
            "tiedCrossEntropy": case(
                lambda x, table: F.cross_entropy(x @ table.T, targets, ignore_index=-1),
                x=draw(ROWS, WIDTH), table=draw(VOCABULARY, WIDTH),
            ),
            "crossEntropy": case(lambda logits: F.cross_entropy(logits, labels), logits=draw(BATCH, 3, scale=3.0)),
            "rmsNorm": case(
                lambda x, gain: F.rms_norm(x, (WIDTH,), gain, 1e-5), x=draw(ROWS, WIDTH), gain=draw(WIDTH)
            ),
            "gelu": case(F.gelu, x=draw(ROWS, WIDTH, scale=2.0)),
            "tanh": case(torch.tanh, x=draw(ROWS, WIDTH)),
            "siluGated": case(
                lambda gate, up: F.silu(gate) * up, gate=draw(ROWS, WIDTH, scale=2.0), up=draw(ROWS, WIDTH)
            ),
            "rotary": case(rotary, x=draw(ROWS, 2 * HEADS * len(FREQUENCIES))),
            "groupedAttention": case(
                grouped_attention, query=draw(ROWS, 12), key=draw(ROWS, WIDTH), value=draw(ROWS, WIDTH)
            ),
            "paddedAttention": case(
                padded_attention, query=draw(ROWS, WIDTH), key=draw(ROWS, WIDTH), value=draw(ROWS, WIDTH)
            ),
            "prefixedAttention": case(
                prefixed_attention,
                query=draw(ROWS, WIDTH), key=draw(ROWS + 2 * BATCH, WIDTH), value=draw(ROWS + 2 * BATCH, WIDTH),
            ),
            "classToken": case(
                lambda x, token, positions: (
                    torch.cat([token.expand(BATCH, 1, WIDTH), x.reshape(BATCH, SEQUENCE, WIDTH)], 1) + positions
                ).reshape(-1, WIDTH),
                x=draw(ROWS, WIDTH), token=draw(1, WIDTH), positions=draw(SEQUENCE + 1, WIDTH),
            ),
            "firstRows": case(lambda x: x.reshape(BATCH, SEQUENCE, WIDTH)[:, 0], x=draw(ROWS, WIDTH)),
            "embedWithoutPositions": case(lambda table: table[tokens], table=draw(VOCABULARY, WIDTH)),
            "embedWithTypes": case(
                lambda table, positions, types: table[tokens] + positions[2 : 2 + SEQUENCE].repeat(BATCH, 1) + types[0],
                table=draw(VOCABULARY, WIDTH), positions=draw(SEQUENCE + 3, WIDTH), types=draw(2, WIDTH),
            ),
            "relu": case(lambda x: F.relu(x), x=draw(ROWS, WIDTH)),
            "lookup": case(lambda table: table[tokens], table=draw(VOCABULARY, WIDTH)),
            "sideBySide": case(lambda a, b, c: torch.cat([a, b, c], 1), a=draw(4, 3), b=draw(4, 1), c=draw(4, 2)),
            "binaryCrossEntropy": case(
                lambda logits: F.binary_cross_entropy_with_logits(logits[:, 0], events.double()), logits=draw(5, 1, scale=8.0)
            ),
            "throughFactors": case(
                lambda x, bias, a, b: x @ (a @ b) + bias,
                frozen={"a": draw(WIDTH, 2), "b": draw(2, 5)}, x=draw(ROWS, WIDTH), bias=draw(5),
            ),
            "squaredDistance": case(
                lambda x, others: F.mse_loss(x[mask.reshape(-1) > 0], others[mask.reshape(-1) > 0]),
                frozen={"others": draw(ROWS, WIDTH)}, x=draw(ROWS, WIDTH),
            ),
            "rmsNormOfHeads": case(
                lambda x, gain: F.rms_norm(x.reshape(ROWS, HEADS, -1), (WIDTH // HEADS,), gain, 1e-5).reshape(ROWS, WIDTH),
                x=draw(ROWS, WIDTH), gain=draw(WIDTH // HEADS),
            ),
            "geluTanhGated": case(
                lambda gate, up: F.gelu(gate, approximate="tanh") * up, gate=draw(ROWS, WIDTH, scale=2.0), up=draw(ROWS, WIDTH)
            ),
            "cappedAttention": case(
                capped_attention, query=draw(ROWS, WIDTH), key=draw(ROWS, WIDTH), value=draw(ROWS, WIDTH)
            ),
            "scaledEmbedding": case(lambda table: 2.5 * table[tokens], table=draw(VOCABULARY, WIDTH)),
            "cappedCrossEntropy": case(
                lambda x, table: F.cross_entropy(CAP * torch.tanh(x @ table.T / CAP), targets, ignore_index=-1),
                x=draw(ROWS, WIDTH), table=draw(VOCABULARY, WIDTH),
            ),
            "cappedLogits": case(
                lambda x, table: CAP * torch.tanh(x[[0, 3, 3, 7]] @ table.T / CAP),
                x=draw(ROWS, WIDTH), table=draw(VOCABULARY, WIDTH),
            ),
        },
    },
)
