"""Numbers that pre-training a LLaMA model holds: weights, gradients and optimizer state, from shapes written out here."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from vector import save

VOCABULARY = 32_000
# hidden, intermediate, layers, heads, rank
MODELS = {
    "60M": (512, 1376, 8, 8, 128),
    "130M": (768, 2048, 12, 12, 256),
    "350M": (1024, 2736, 24, 16, 256),
    "1B": (2048, 5461, 24, 32, 512),
    "7B": (4096, 11008, 32, 32, 1024),
}


def kernels(hidden, intermediate, layers):
    attention = 4 * [(hidden, hidden)]
    mlp = [(hidden, intermediate), (hidden, intermediate), (intermediate, hidden)]
    return layers * (attention + mlp)


def rest(hidden, layers):
    """Token table, head, and the gains of two norms a block and the last."""
    return 2 * [VOCABULARY * hidden] + (2 * layers + 1) * [hidden]


def projected(shape, rank):
    """Moments on the longer side, times the rank; and the basis of the shorter."""
    return 2 * max(shape) * rank, min(shape) * rank


def case(name, hidden, intermediate, layers, heads, rank):
    matrices, others = kernels(hidden, intermediate, layers), rest(hidden, layers)
    dense = sum(a * b for a, b in matrices) + sum(others)
    moments, bases = (sum(part) for part in zip(*(projected(shape, rank) for shape in matrices)))
    adapters = sum(rank * (a + b) for a, b in matrices)
    beside = adapters + sum(others)
    # A share of .03 of the entries of each kernel, and where they are.
    entries = sum(a * b * 3 // 100 for a, b in matrices)
    # What the kernels and two gains of one block of the model hold; LISA trains one block and all outside them at a time,
    # BAdam one block alone.
    block = sum(a * b for a, b in kernels(hidden, intermediate, 1)) + 2 * hidden
    outside = sum(others) - 2 * layers * hidden
    largest = VOCABULARY * hidden
    mini = sum(2 * max(shape) + 1 for shape in matrices)
    factored = sum(a + b for a, b in matrices) + 2 * (VOCABULARY + hidden) + sum(others[2:])
    full = {"weights": dense, "adapters": 0, "gradients": dense, "largestGradient": largest}
    sltrain = {
        # The places are an index, which is counted in bytes of its own.
        "weights": sum(others), "adapters": adapters + entries, "indices": entries, "gradients": beside + entries,
        "largestGradient": largest, "optimizer": 2 * (beside + entries),
    }
    return {
        "model": {
            "model_type": "llama", "hidden_act": "silu", "vocab_size": VOCABULARY, "hidden_size": hidden,
            "intermediate_size": intermediate, "num_hidden_layers": layers, "num_attention_heads": heads,
        },
        "name": name,
        "rank": rank,
        "held": {
            "full-ft adamw": {**full, "optimizer": 2 * dense},
            "full-ft lion": {**full, "optimizer": dense},
            "full-ft adafactor": {**full, "optimizer": factored},
            "full-ft galore": {**full, "optimizer": moments + bases + 2 * sum(others)},
            # The norm of each residual or update besides, and a projection that is drawn anew, not kept.
            "full-ft fira": {**full, "optimizer": moments + bases + len(matrices) + 2 * sum(others)},
            "full-ft apollo": {**full, "optimizer": moments + len(matrices) + 2 * sum(others)},
            "full-ft apollo-mini": {**full, "optimizer": mini + 2 * sum(others)},
            "lora-pretrain adamw": {
                "weights": dense, "adapters": adapters, "gradients": beside, "largestGradient": largest,
                "optimizer": 2 * beside,
            },
            "lowrank-pretrain adamw": {
                "weights": sum(others), "adapters": adapters, "gradients": beside, "largestGradient": largest,
                "optimizer": 2 * beside,
            },
            "sltrain adamw": sltrain,
            "full-ft lisa": {
                **full, "gradients": block + outside, "optimizer": 2 * (block + outside),
            },
            "full-ft badam": {
                **full, "gradients": block, "largestGradient": hidden * intermediate, "optimizer": 2 * block,
            },
        },
    }


save(__file__, {
    "source": "the shapes of jiaweizzhao/GaLore, configs/, counted tensor by tensor",
    "cases": [case(name, *shape) for name, shape in MODELS.items()],
})
