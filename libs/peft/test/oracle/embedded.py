"""
What oracles of losses over embeddings share: rows of queries and documents whose cosines are compared, and gradients by torch's autograd in
float64. Documents of a batch follow their queries; fixed ones lie beside them.
"""
import numpy as np
import torch
from vector import array, source

WIDTH = 5


def exact(values):
    """Numbers that float32 holds, as float64."""
    return np.asarray(values, np.float32).astype(float)


def unit(x):
    return x / torch.sqrt((x * x).sum(-1, keepdim=True) + 1e-12)


def case(name, config, loss, outputs, **batch):
    """`loss(units, **batch, **config)` of rows at length 1."""
    rows = torch.tensor(exact(outputs), requires_grad=True)
    value = loss(unit(rows), **batch, **config)
    value.backward()
    return {
        "name": name,
        "config": {camel(key): number for key, number in config.items()},
        "outputs": array(rows.detach().reshape(-1)),
        **{key: of.tolist() if isinstance(of, np.ndarray) else of for key, of in batch.items()},
        "loss": value.item(),
        "gradient": array(rows.grad.reshape(-1)),
    }


def camel(name):
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def batches(loss, *configs):
    """Batches of queries with a document and one or two negatives each, one of which is relevant to another query too."""
    rng = np.random.default_rng(31)
    made = []
    for config in configs:
        for negatives in (1, 2):
            queries = 4
            documents = queries * (1 + negatives)
            targets = np.arange(queries) * (1 + negatives)
            excluded = np.zeros((queries, documents), int)
            # The first document of the second query is relevant to the first as well, and a negative of the third to the last.
            excluded[0, targets[1]] = 1
            excluded[3, targets[2] + 1] = 1
            made.append(
                case(
                    f"{negatives} negatives",
                    config,
                    loss,
                    rng.normal(0, 1, (queries + documents, WIDTH)),
                    groups=[2 + negatives] * queries,
                    targets=targets,
                    excluded=excluded,
                )
            )
    return {"source": source("torch"), "embedded": made}


def sides(units, groups):
    """Rows of queries, and of the documents that follow each."""
    starts = np.cumsum([0, *groups[:-1]])
    documents = [row for start, size in zip(starts, groups) for row in range(start + 1, start + size)]
    return units[torch.tensor(starts)], units[documents]


def owners(groups):
    """By document of a batch, the query that it follows."""
    return [query for query, size in enumerate(groups) for _ in range(size - 1)]


def pair_losses(units, groups, targets, excluded, temperature, own):
    """`log(1 + exp(other − found))` of each pair, in a loop over all queries and documents."""
    queries, documents = sides(units, groups)
    scores = queries @ documents.T / temperature
    owner = owners(groups)
    pairs = [
        torch.nn.functional.softplus(scores[query, other] - scores[query, targets[query]])
        for query in range(len(groups))
        for other in range(len(documents))
        if other != targets[query] and not excluded[query][other] and (not own or owner[other] == query)
    ]
    return torch.stack(pairs).mean()


def fixed(loss, readings, *configs):
    """Queries in one or several readings, beside thirty documents; one query has two relevant ones and one has none."""
    rng = np.random.default_rng(37)
    made = []
    for config in configs:
        for scale, name in ((1, "documents in all directions"), (0.05, "documents that are nearly alike")):
            base = rng.normal(0, 1, WIDTH)
            documents = exact(unit(torch.tensor(base * (1 - scale) + scale * rng.normal(0, 1, (30, WIDTH)))).numpy())
            relevant = [[3], [7, 20], [], [29]]
            made.append(
                case(
                    name,
                    config,
                    loss,
                    rng.normal(0, 1, (4 * readings, WIDTH)),
                    groups=[readings] * 4,
                    documents=documents,
                    relevant=relevant,
                )
            )
    return {"source": source("torch"), "embedded": made}
