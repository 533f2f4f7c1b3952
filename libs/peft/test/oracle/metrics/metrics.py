"""
Metrics of a split by scipy, and the influence of every example on each by central differences of the weighted metric:
example e weighs 1 + h·n, all others 1. Weighted ranks come from a dense table of comparisons.
"""
import sys
from pathlib import Path

import numpy as np
from scipy import stats

sys.path.append(str(Path(__file__).parent.parent))
from vector import save  # noqa: E402

rng = np.random.default_rng(5)
H = 1e-6


def macro_f1(predictions, labels, weights):
    scores = []
    for label in np.union1d(predictions, labels):
        hit = weights[(predictions == label) & (labels == label)].sum()
        total = weights[predictions == label].sum() + weights[labels == label].sum()
        scores.append(2 * hit / total)
    return float(np.mean(scores))


def rmse(predictions, labels, weights):
    return float(np.sqrt(np.average((predictions - labels) ** 2, weights=weights)))


def pearson(predictions, labels, weights):
    table = np.cov(predictions, labels, aweights=weights, ddof=0)
    return float(table[0, 1] / np.sqrt(table[0, 0] * table[1, 1]))


def weighted_ranks(values, weights):
    below = (values[None, :] < values[:, None]) + 0.5 * (values[None, :] == values[:, None])
    return below @ weights


def spearman(predictions, labels, weights):
    return pearson(weighted_ranks(predictions, weights), weighted_ranks(labels, weights), weights)


def auc(predictions, labels, weights):
    """Pairs of a positive and a negative by a dense table of comparisons, each weighed by both examples."""
    positive, negative = labels == 1, labels == 0
    table = (predictions[positive][:, None] > predictions[negative][None, :]) + 0.5 * (
        predictions[positive][:, None] == predictions[negative][None, :]
    )
    pairs = weights[positive][:, None] * weights[negative][None, :]
    return float((table * pairs).sum() / pairs.sum())


def influences(metric, predictions, labels):
    n = len(labels)
    ones = np.ones(n)
    result = []
    for e in range(n):
        step = H * n * (np.arange(n) == e)
        result.append((metric(predictions, labels, ones + step) - metric(predictions, labels, ones - step)) / (2 * H))
    return result


def case(name, predictions, labels, metrics):
    predictions, labels = np.asarray(predictions, float), np.asarray(labels, float)
    ones = np.ones(len(labels))
    entries = {}
    for key, metric in metrics.items():
        value = metric(predictions, labels, ones)
        entries[key] = {"value": value, "influences": influences(metric, predictions, labels)}
    if "spearman" in entries:
        assert abs(entries["spearman"]["value"] - stats.spearmanr(predictions, labels).statistic) < 1e-12
        assert abs(entries["pearson"]["value"] - stats.pearsonr(predictions, labels).statistic) < 1e-12
    if "auc" in entries:
        positive, negative = predictions[labels == 1], predictions[labels == 0]
        u = stats.mannwhitneyu(positive, negative).statistic
        assert abs(entries["auc"]["value"] - u / (len(positive) * len(negative))) < 1e-12
    return {"name": name, "predictions": predictions.tolist(), "labels": labels.tolist(), "metrics": entries}


labels = rng.integers(0, 4, 40)
guesses = np.where(rng.random(40) < 0.6, labels, rng.integers(0, 5, 40))
truth = rng.normal(3, 10, 30)
of_events = np.random.default_rng(6)
happened = (of_events.random(50) < 0.3).astype(float)
logits = of_events.normal(-1, 1, 50) + 1.2 * happened
numbers = {"rmse": rmse, "pearson": pearson, "spearman": spearman}
save(
    __file__,
    {
        "source": f"scipy {__import__('scipy').__version__}",
        "cases": [
            case("classes, one of them only predicted", guesses, labels, {"macroF1": macro_f1}),
            case("numbers", truth + rng.normal(0, 4, 30), truth, numbers),
            case("events", logits, happened, {"auc": auc}),
            case("events with ties", np.round(logits), happened, {"auc": auc}),
            case("numbers with ties", np.round(truth / 5), np.round(truth / 9), numbers),
        ],
    },
)
