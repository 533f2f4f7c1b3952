"""AdamW on some blocks at a time, in torch float64, shared by the oracles of LISA and BAdam."""
from optimizer_vector import Adam, decays, trajectory

# Two tensors in each of three blocks, and what lies outside.
PARAMETERS = {
    "embedding": ("embedding", (6, 4)),
    **{
        f"blocks.{block}.{name}": (role, shape)
        for block in range(3)
        for name, role, shape in (("mlp.kernel", "kernel", (4, 5)), ("mlp.bias", "bias", (5,)))
    },
    "norm.gain": ("norm-gain", (4,)),
    "head.kernel": ("head", (4, 2)),
}


def block_of(name):
    return int(name.split(".")[1]) if name.startswith("blocks.") else None


def shuffled(size, count, rng, integers):
    """A partial Fisher-Yates shuffle, of which the numbers drawn are recorded."""
    pool = list(range(size))
    for index in range(count):
        integers.append(int(rng.integers(size - index)))
        other = index + integers[-1]
        pool[index], pool[other] = pool[other], pool[index]
    return pool[:count]


def case(seed, config, steps, blocks_of_epoch, always, renews, draws):
    """blocks_of_epoch(epoch): the active ones. `always(name, role)`: outside the blocks, trained at every step."""

    def make(values):
        adam, counts, now = Adam(config), {}, [0]

        def advance(gradients, learning_rate):
            epoch, since = divmod(now[0], config["gap"])
            now[0] += 1
            active = blocks_of_epoch(epoch)
            for name, (role, shape) in PARAMETERS.items():
                block = block_of(name)
                if block is None and not always(name, role):
                    continue
                if block is not None and block not in active:
                    adam.forget(name)
                    counts.pop(name, None)
                    continue
                if block is not None and renews and since == 0:
                    adam.forget(name)
                    counts.pop(name, None)
                counts[name] = counts.get(name, 0) + 1
                step = adam.direction(name, gradients[name], counts[name])
                if decays(shape):
                    values[name] *= 1 - learning_rate * config["weightDecay"]
                values[name] -= learning_rate * step

        return advance

    return {**trajectory(seed, config, 0.05, steps, make, PARAMETERS), "draws": draws}
