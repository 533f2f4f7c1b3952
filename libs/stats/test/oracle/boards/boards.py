"""Expected numbers for the statistics, from numpy, scipy and statsmodels.

Writes ../../vectors/*.json. Mean squares come from the analysis of variance of statsmodels' least squares fit, t quantiles
and one-sample tests from scipy, Holm from statsmodels.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import statsmodels.formula.api as smf
from scipy import stats
from scipy.optimize import brentq, minimize_scalar
from scipy.special import expit, logit
from statsmodels.stats.anova import anova_lm
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint, proportions_ztest
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

vectors = Path(__file__).parents[2] / "vectors"
rng = np.random.default_rng(7)


def table(seeds, examples, seed_sd, example_sd, residual_sd, mean=2.0):
    """Rounded to six decimals, so that the file says exactly what was analysed."""
    y = (
        mean
        + rng.normal(size=(seeds, 1)) * seed_sd
        + rng.normal(size=(1, examples)) * example_sd
        + rng.normal(size=(seeds, examples)) * residual_sd
    )
    return np.round(y, 6)


def crossed(y, between_seeds=None):
    """Mean and parts (variance, ν) of a crossed table; a given (A, ν) replaces its own."""
    seeds, examples = y.shape
    if seeds == 1:
        return y.mean(), [(stats.sem(y[0]) ** 2, examples - 1)]
    long = pd.DataFrame(
        {
            "score": y.ravel(),
            "seed": np.repeat(np.arange(seeds), examples),
            "example": np.tile(np.arange(examples), seeds),
        }
    )
    anova = anova_lm(smf.ols("score ~ C(seed) + C(example)", data=long).fit())
    a, b, e = (anova.loc[row, "mean_sq"] for row in ("C(seed)", "C(example)", "Residual"))
    dof_a, dof_b = (anova.loc[row, "df"] for row in ("C(seed)", "C(example)"))
    assert (dof_a, dof_b) == (seeds - 1, examples - 1)
    if between_seeds is not None:
        a, dof_a = between_seeds
    if a + max(b - e, 0.0) <= 1e-9 * e:
        # Sums of few values agree by chance: what is left is a mean of as many independent residuals as there are cells.
        return y.mean(), [(e / y.size, anova.loc["Residual", "df"])]
    return y.mean(), [(a / (seeds * examples), dof_a), (max((b - e) / seeds, 0.0) / examples, dof_b)]


def critical(parts, tail):
    """t of each part, weighted by its variance to the power of 1.4 (docs/statistics.md)."""
    variances, dofs = np.array(parts).T
    return np.average(stats.t.isf(tail, dofs), weights=variances**1.4)


def interval(mean, parts, confidence):
    error = np.sqrt(sum(variance for variance, _ in parts))
    margin = critical(parts, (1 - confidence) / 2) * error
    return {"estimate": mean, "standardError": error, "low": mean - margin, "high": mean + margin}


def p_value(mean, parts):
    """The level at which the interval just reaches 0."""
    t = abs(mean) / np.sqrt(sum(variance for variance, _ in parts))
    if len(parts) == 1:
        return 2 * stats.t.sf(t, parts[0][1])
    log_tail = brentq(lambda x: critical(parts, np.exp(x)) - t, np.log(1e-40), np.log(0.5), xtol=1e-14, rtol=1e-14)
    return 2 * np.exp(log_tail)


def tail_cases():
    """Estimates many standard errors from 0, where the tail of the part with many degrees of freedom has no digits left."""
    for parts in ([(0.5, 1), (0.5, 999)], [(0.05, 1), (0.95, 4999)], [(0.9, 2), (0.1, 1999)], [(0.2, 1), (0.5, 9), (0.3, 199)]):
        for estimate in (3.0, 10.0, 32.0, 60.0, 200.0):
            yield {
                "estimate": estimate,
                "parts": [{"variance": variance, "degreesOfFreedom": dof} for variance, dof in parts],
                "p": p_value(estimate, parts),
            }


def crossed_cases():
    mixes = [
        (1, 12, 0.0, 1.0, 0.0),
        (2, 8, 0.3, 1.0, 0.5),
        (3, 20, 0.0, 1.0, 0.3),
        (3, 20, 1.0, 0.2, 0.3),
        (3, 10, 0.0, 0.0, 1.0),
        (5, 15, 0.3, 1.0, 0.5),
        (4, 3, 0.5, 0.5, 0.5),
    ]
    for confidence in (0.95, 0.8):
        for mix in mixes:
            y = table(*mix)
            yield {"scores": y.tolist(), "confidence": confidence, **interval(*crossed(y), confidence)}
    y = right_at(12, (0, 1, 2, 3, 4), (5, 6, 7, 8, 9))
    yield {"scores": y.tolist(), "confidence": 0.95, **interval(*crossed(y), 0.95)}


def right_at(examples, *seeds):
    """1 at the places of each seed, 0 elsewhere."""
    return np.array([[float(example in places) for example in range(examples)] for places in seeds])


def bounded_cases():
    """Tables whose interval stays in a range: scipy's logit, a cut at a single end, Wilson's at an end by solving for it."""
    own = np.random.default_rng(13)

    def shares(seeds, examples, chance):
        return (own.uniform(size=(seeds, examples)) < chance + 0.05 * own.normal(size=(1, examples))).astype(float)

    tables = [
        ((0.0, 1.0), shares(3, 29, 0.9)),
        ((0.0, 1.0), shares(5, 20, 0.5)),
        ((0.0, 1.0), shares(1, 12, 0.3)),
        ((-1.0, 1.0), np.round(0.9 + own.normal(size=(3, 15)) * 0.1, 6)),
        ((0.0, None), np.round(own.exponential(size=(3, 10)), 6)),
        ((None, 2.0), np.round(2 - own.exponential(size=(2, 10)), 6)),
        ((None, None), np.round(own.normal(size=(3, 10)), 6)),
        ((0.0, 1.0), np.ones((3, 29))),
        ((0.0, 1.0), np.zeros((2, 8))),
    ]
    for (lowest, highest), y in tables:
        seeds, examples = y.shape
        if np.ptp(y) == 0:
            t = stats.t.isf(0.025, examples - 1)
            share, away = y[0, 0], 1 - 2 * y[0, 0]
            # Wilson's end: the chance whose own standard error puts the share t of them away.
            end = brentq(lambda x: abs(x - share) - t * np.sqrt(x * (1 - x) / examples), share + 1e-9 * away, 0.5, xtol=1e-15)
            low, high = sorted((share, end))
        else:
            mean, parts = crossed(y)
            margin = critical(parts, 0.025) * np.sqrt(sum(variance for variance, _ in parts))
            if lowest is not None and highest is not None:
                width = highest - lowest
                place = (mean - lowest) / width
                reach = margin / width / (place * (1 - place))
                low, high = lowest + width * expit(logit(place) + np.array([-reach, reach]))
            else:
                low, high = np.clip([mean - margin, mean + margin], lowest, highest)
        yield {"scores": y.tolist(), "range": [lowest, highest], "confidence": 0.95, "estimate": y.mean(), "low": low, "high": high}


def opposite_cases():
    """All of n right against none of m: Newcombe's ends of the difference from Wilson's, each solved for, and the alpha at which one is 0."""

    def end(share, n, alpha):
        t = stats.t.isf(alpha / 2, n - 1)
        away = 1 - 2 * share
        return brentq(lambda x: abs(x - share) - t * np.sqrt(x * (1 - x) / n), share + 1e-12 * away, 1 - share, xtol=1e-15)

    def low(n, m, alpha):
        return 1 - np.sqrt((1 - end(1, n, alpha)) ** 2 + end(0, m, alpha) ** 2)

    for n, m in ((2, 2), (3, 3), (4, 4), (5, 5), (12, 12), (100, 100), (3, 9)):
        log_p = brentq(lambda log_alpha: low(n, m, np.exp(log_alpha)), np.log(1e-80), np.log(0.9), xtol=1e-13)
        yield {"examples": [n, m], "confidence": 0.95, "low": low(n, m, 0.05), "p": np.exp(log_p)}


def of_two(first, second):
    """Variance of a seed's difference of two methods' means: each varies by itself where the seeds seem to move them in opposite ways."""
    first, second = np.asarray(first), np.asarray(second)
    return min(np.var(first - second, ddof=1), np.var(first, ddof=1) + np.var(second, ddof=1))


def paired_cases():
    for seeds, shift in ((1, 0.4), (3, 0.0), (3, 0.5), (5, 0.2)):
        shared = table(seeds, 15, 0.2, 1.0, 0.0)
        first = np.round(shared + table(seeds, 15, 0.1, 0.1, 0.4, 0.0) + shift, 6)
        second = np.round(shared + table(seeds, 15, 0.1, 0.1, 0.4, 0.0), 6)
        between = (15 * of_two(first.mean(1), second.mean(1)), seeds - 1) if seeds > 1 else None
        mean, parts = crossed(first - second, between)
        p = p_value(mean, parts)
        if seeds == 1:
            assert np.isclose(p, stats.ttest_rel(first[0], second[0]).pvalue)
        yield {
            "first": first.tolist(),
            "second": second.tolist(),
            "confidence": 0.95,
            **interval(mean, parts, 0.95),
            "p": p,
        }
    # Right or wrong: for every seed the first is right as often as the second, or twice more, on other examples each time.
    alike = right_at(60, (0, 1, 2), (3, 4, 5)), right_at(60, (6, 7, 8), (9, 10, 11))
    ahead = right_at(29, (0, 1, 2), (3, 4, 5)), right_at(29, (6,), (7,))
    for first, second in (alike, ahead):
        mean, parts = crossed(first - second)
        assert len(parts) == 1
        mean = 0.0 if abs(mean) < 1e-15 else mean
        yield {
            "first": first.tolist(),
            "second": second.tolist(),
            "confidence": 0.95,
            **interval(mean, parts, 0.95),
            "p": p_value(mean, parts),
        }


def prior_of(v, d):
    """d0 whose inverse is the posterior mean over a grid, half of the weight on one variance for all; the likeliest s0² at it; that weight then."""

    def scale_at(d0):
        gap = lambda log_s: np.sum((d + d0) * d * v / (d0 * np.exp(log_s) + d * v)) - d.sum()
        low, high = np.log(v.min()) - 1e-9, np.log(v.max()) + 1e-9
        return np.exp(brentq(gap, low, high, xtol=1e-13)) if gap(low) * gap(high) < 0 else v.mean()

    grid = np.array([0.25, 0.5, 1, 2, 4, 8, 16, 64])
    log_f = [np.sum(stats.f.logpdf(v / scale_at(d0), d, d0) - np.log(scale_at(d0))) for d0 in grid]
    common = np.average(v, weights=d)
    log_chi = np.sum(stats.chi2.logpdf(d * v / common, d) + np.log(d / common))
    heights = np.array([*log_f, log_chi])
    weights = np.exp(heights - heights.max()) * np.array([1.0] * 8 + [8.0])
    d0 = min(1e9, weights.sum() / np.sum(weights[:-1] / grid))
    return d0, scale_at(d0), weights[-1] / weights.sum()


def two_way(cells, weights):
    """Weighted least squares by its design matrix, over cells {(method, seed): value} whose seed two methods or more have."""
    keys = sorted(cells)
    methods, seeds = sorted({m for m, _ in keys}), sorted({s for _, s in keys})
    x = np.array([[m == one for one in methods] + [s == one for one in seeds] for m, s in keys], dtype=float)
    y = np.array([cells[key] for key in keys])
    w = np.array([min(weights[m], sum(weights[o] for o, t in keys if t == s and o != m)) for m, s in keys])
    root = np.sqrt(w)[:, None] * x
    kept = np.eye(len(keys)) - root @ np.linalg.pinv(root.T @ root) @ root.T
    residual = y - x @ np.linalg.pinv(root.T @ root) @ (x.T @ (w * y))
    effects = np.linalg.pinv(root.T @ root) @ (x.T @ (w * y))
    ofs = {m: [i for i, (one, _) in enumerate(keys) if one == m] for m in methods}
    return residual, kept, ofs, (keys, w, effects[len(methods) :], seeds)


def shared_square(fit, of_rest):
    """τ² by moments: Q of the effects of seeds around what methods explain; and the share by which pooling lowers the rest of two methods where τ² would be negative."""
    keys, w, effects, seeds = fit
    a = np.zeros((len(seeds), len(seeds)))
    for m in {m for m, _ in keys}:
        own = np.array([sum(wi for (o, t), wi in zip(keys, w) if o == m and t == s) for s in seeds])
        a += np.diag(own) - np.outer(own, own) / own.sum()
    rank = np.linalg.matrix_rank(a, tol=1e-9 * np.trace(a))
    q = effects @ a @ effects
    pooled = min(1.0, (q + of_rest) / (rank + of_rest)) if len({m for m, _ in keys}) == 2 else 1.0
    return max(0.0, (q - rank) / np.trace(a)), rank, pooled


def seed_variances(methods):
    """Moderated variances between seeds of methods {seed: mean}, their degrees of freedom, d0, and τ² with its own."""
    cells = {(m, s): value for m, of in enumerate(methods) for s, value in of.items()}
    joined = {key for key in cells if sum(s == key[1] for _, s in cells) > 1}
    joined = {(m, s) for m, s in joined if sum(o == m for o, _ in joined) > 1}
    assert all(sum(t == s for _, t in joined) > 1 for _, s in joined), "the cases leave no seed to one method after that"
    alone = [[value for (o, s), value in cells.items() if o == m and (o, s) not in joined] for m in range(len(methods))]
    held = [[value for (o, s), value in cells.items() if o == m and (o, s) in joined] for m in range(len(methods))]

    def squares(weights, known):
        residual, kept, of, _ = two_way({key: cells[key] for key in joined}, weights)
        v, d, total = np.zeros(len(methods)), np.zeros(len(methods)), 0.0
        for m, values in enumerate(alone):
            block = kept[np.ix_(of[m], of[m])] if m in of else np.zeros((1, 1))
            squared = np.sum(residual[of[m]] ** 2) if m in of else 0.0
            extra, beside = 0, 0.0
            if values:
                # All of the method around its mean, less what the seeds that it shares vary by among themselves.
                around = lambda x: np.sum((np.array(x) - np.mean(x)) ** 2) if len(x) else 0.0
                extra = len(values) - (0 if held[m] else 1)
                beside = around(values + held[m]) - around(held[m])
                if held[m]:
                    beside = max(0.0, beside - extra * known)
            left = np.trace(block)
            v[m] = (squared + beside) / (left + extra)
            d[m] = (left**2 / np.sum(block**2) if left else 0.0) + extra
            total += left + extra
        d0, s0, alike = prior_of(v, d)
        shrunk = (d0 * s0 + d * v) / (d0 + d)
        return v, d, total, d0, shrunk, np.maximum(shrunk, (1 + 1.6 / d) * (1 - alike**2) * v * (total > d))

    weights = np.ones(len(methods))
    for _ in range(7):
        weights = squares(weights, 0.0)[4] ** -0.5
    _, _, rest, _, _, precise = squares(weights, 0.0)
    *tau, pooled = shared_square(two_way({key: cells[key] for key in joined}, 1 / precise)[3], rest)
    _, d, total, d0, _, found = squares(weights, tau[0])
    return found * pooled, np.minimum(d0 + d, total), d0, tau


def adjusted(tables, own, tau, first, second):
    """Generalized least squares over every cell, by its whole covariance: the difference, its variance, and how that grows with τ²."""
    keys = [(m, s) for m, of in enumerate(tables) for s in of]
    x = np.array([[m == one for one in range(len(tables))] for m, _ in keys], dtype=float)
    alike = np.array([[s == t for _, t in keys] for _, s in keys], dtype=float)
    inverse = np.linalg.inv(np.diag([own[m] for m, _ in keys]) + tau * alike)
    covariance = np.linalg.inv(x.T @ inverse @ x)
    by = inverse @ x @ (covariance[first] - covariance[second])
    y = np.array([tables[m][s].mean() for m, s in keys])
    variance = covariance[first, first] + covariance[second, second] - 2 * covariance[first, second]
    return by @ y, variance, tau * by @ alike @ by


def pair_parts(tables, variances, first, second):
    """Estimate and parts of two methods {seed: scores by example} on the same examples."""
    own, dof, _, (tau, tau_dof) = variances
    one, other = tables[first], tables[second]
    n, m = len(one), len(other)
    common = sorted(one.keys() & other.keys())
    y, z = np.stack(list(one.values())), np.stack(list(other.values()))
    estimate, seeds, of_shared = adjusted(tables, own, tau, first, second)
    sides = np.array([own[first] / n, own[second] / m])
    degrees = sides.sum() / np.sum(sides / np.array([dof[first], dof[second]]))
    if of_shared > 1e-12 * seeds:
        degrees = seeds**2 / ((seeds - of_shared) ** 2 / degrees + of_shared**2 / tau_dof)
    if y.shape[1] == 1:
        return estimate, [(seeds, degrees)]
    left = [t - t.mean(0) - t.mean(1, keepdims=True) + t.mean() for t in (y, z)]
    examples = y.shape[1]
    noise = sum(np.sum(r**2) / ((len(r) - 1) * (examples - 1) * len(r)) for r in left)
    if common:
        rows = [[list(t).index(s) for s in common] for t in (one, other)]
        product = np.sum(left[0][rows[0]] * left[1][rows[1]])
        share = len(common) * (1 - 1 / n - 1 / m + len(common) / (n * m))
        noise -= 2 * len(common) / (n * m) * product / (share * (examples - 1))
    spread = np.var(y.mean(0) - z.mean(0), ddof=1)
    return estimate, [(seeds, degrees), (max(spread - max(noise, 0.0), 0.0) / examples, examples - 1)]


def moderated_cases():
    """Several methods that vary alike, one that varies much more, many that differ; and some with other seeds than the rest."""
    prior = []
    for seeds, examples, deviations, missing in (
        (3, 12, [0.3] * 3, {}),
        (2, 10, [0.3] * 4, {}),
        (4, 6, [0.1, 0.1, 0.1, 0.1, 0.8], {}),
        (3, 5, list(np.geomspace(0.05, 1, 9)), {}),
        (5, 4, [0.02, 0.3, 0.3, 0.05, 0.6, 0.1], {}),
        # The leader and what is tied with it have further seeds; one row lost a seed; one has a seed of its own.
        (8, 6, [0.3] * 5, {2: range(3, 8), 3: range(3, 8), 4: range(2, 8)}),
        (4, 9, [0.1, 0.2, 0.3, 0.1], {0: [3], 1: [2], 2: [3], 3: [3]}),
    ):
        y = np.stack([table(seeds, examples, deviation, 0.2, 0.02) for deviation in deviations])
        y = np.round(y + rng.normal(size=(1, 1, examples)) + rng.normal(size=(1, seeds, 1)), 6)
        tables = [{s: y[m, s] for s in range(seeds) if s not in missing.get(m, ())} for m in range(len(y))]
        variances = seed_variances([{s: scores.mean() for s, scores in of.items()} for of in tables])
        prior.append(variances[2])
        pairs = []
        for first in range(len(y)):
            for second in range(first + 1, len(y)):
                mean, parts = pair_parts(tables, variances, first, second)
                if not missing:
                    assert np.isclose(parts[1][0], crossed(y[first] - y[second])[1][-1][0])
                p = p_value(mean, parts)
                pairs.append({"first": first, "second": second, **interval(mean, parts, 0.95), "p": p})
        methods = [[{"seed": s, "examples": scores.tolist()} for s, scores in of.items()] for of in tables]
        yield {"methods": methods, "confidence": 0.95, "pairs": pairs}
    assert max(prior) > 8 and min(prior) < 3, prior


def unpaired_cases():
    """Examples that differ in number: each side has a part of its own. With one part a side it is close to Welch's test, on the wide side."""
    for seeds, sizes, shift in ((1, (12, 9), 0.0), (1, (7, 30), 1.0), (3, (12, 9), 0.5)):
        first = table(seeds, sizes[0], 0.1, 1.0, 0.2, 2.0 + shift)
        second = table(seeds, sizes[1], 0.1, 2.0, 0.2)
        (one, ours), (other, theirs) = crossed(first), crossed(second)
        parts = ours + theirs
        if seeds > 1:
            parts = [(of_two(first.mean(1), second.mean(1)) / seeds, seeds - 1), ours[1], theirs[1]]
        result = interval(one - other, parts, 0.95)
        if seeds == 1:
            low, high = CompareMeans(DescrStatsW(first[0]), DescrStatsW(second[0])).tconfint_diff(usevar="unequal")
            assert 1 <= (result["high"] - result["low"]) / (high - low) < 1.1
        yield {
            "first": first.tolist(),
            "second": second.tolist(),
            "confidence": 0.95,
            **result,
            "p": p_value(one - other, parts),
        }


def partitions(methods):
    """Sizes of groups that methods may fall into."""
    if methods == 0:
        yield ()
    for size in range(1, methods + 1):
        for rest in partitions(methods - size):
            yield (size, *rest)


def pairwise(p, methods):
    """Shaffer's first procedure: every step counts the most pairs that may still be equal, over all partitions of the methods."""
    equal = {sum(size * (size - 1) // 2 for size in sizes) for sizes in partitions(methods)}
    pairs, adjusted, floor = methods * (methods - 1) // 2, [0.0] * len(p), 0.0
    for step, index in enumerate(np.argsort(p, kind="stable")):
        most = min(len(p) - step, max(count for count in equal if count <= pairs - step))
        floor = max(floor, min(1.0, most * p[index]))
        adjusted[index] = floor
    return adjusted


def pairwise_cases():
    own = np.random.default_rng(19)
    for methods in (2, 3, 4, 5, 7):
        count = methods * (methods - 1) // 2
        for tested in {count, max(1, count - 2)}:
            p = np.round(own.uniform(size=tested) ** 3, 6).tolist()
            yield {"p": p, "methods": methods, "adjusted": pairwise(p, methods)}


def equivalence_cases():
    """Two one-sided tests by scipy's one-sample t tests of differences against either margin."""
    own = np.random.default_rng(23)
    for count, mean, margin in ((5, 0.1, 1.0), (12, 0.2, 0.5), (12, -0.4, 0.3), (30, 0.0, 0.2)):
        x = np.round(mean + own.normal(size=count), 6)
        above = stats.ttest_1samp(x, -margin, alternative="greater").pvalue
        below = stats.ttest_1samp(x, margin, alternative="less").pvalue
        part = {"variance": stats.sem(x) ** 2, "degreesOfFreedom": count - 1, "seeds": count}
        yield {"estimate": x.mean(), "parts": [part], "margin": margin, "p": max(above, below)}


def by_seed_cases():
    """Scores of two contenders by equal seeds: the interval and the p of scipy's paired t test."""
    own = np.random.default_rng(29)
    for count, shift in ((2, 0.0), (3, 0.01), (8, -0.2)):
        first = np.round(own.normal(size=count), 6)
        second = np.round(first + shift + 0.05 * own.normal(size=count), 6)
        test = stats.ttest_rel(first, second)
        interval = test.confidence_interval(0.95)
        yield {
            "first": first.tolist(),
            "second": second.tolist(),
            "estimate": (first - second).mean(),
            "halfWidth": (interval.high - interval.low) / 2,
            "p": test.pvalue,
        }


def holm_cases():
    for p in ([0.01, 0.04, 0.03], [0.5], [], [0.2, 0.9, 0.0001, 0.03, 0.03, 0.7], rng.uniform(size=20).tolist()):
        adjusted = multipletests(p, method="holm")[1].tolist() if p else []
        yield {"p": p, "adjusted": adjusted}


def quartile_cases():
    for values in ([3.0], [1.0, 2.0], [4.0, 1.0, 3.0, 2.0], np.round(rng.normal(size=11), 6).tolist()):
        lower, median, upper = np.quantile(values, [0.25, 0.5, 0.75])
        yield {"values": values, "lower": lower, "median": median, "upper": upper}


def proportion_cases():
    """Counts of right answers, at the ends of the scale too, where the test is not defined and p is 1."""
    for first, second in (((631, 1319), (492, 1319)), ((0, 1319), (75, 1319)), ((3, 7), (40, 61)), ((5, 5), (9, 9))):
        low, high = confint_proportions_2indep(*first, *second, method="newcomb", compare="diff", alpha=0.05)
        same_end = sum(first) == 2 * first[0] and sum(second) == 2 * second[0]
        p = 1.0 if same_end else proportions_ztest([first[0], second[0]], [first[1], second[1]])[1]
        yield {
            "first": first,
            "second": second,
            "confidence": 0.95,
            "wilson": [proportion_confint(k, n, alpha=0.05, method="wilson") for k, n in (first, second)],
            "difference": [first[0] / first[1] - second[0] / second[1], low, high],
            "p": p,
        }


def mean_proportion_cases():
    """
    Means of shares of several sets: ends by Zou and Donner from statsmodels' Wilson intervals, the difference as one such combination of
    twice as many shares, p by a score test with the shares of each set pooled. With one set they are those of `proportion_cases`.
    """
    mmlu = (3153, 3077, 4705)
    medical = (500, 4183, 1273, 5621)
    tables = [
        ([(2085, mmlu[0]), (2485, mmlu[1]), (2864, mmlu[2])], [(2088, mmlu[0]), (2479, mmlu[1]), (2861, mmlu[2])]),
        ([(374, medical[0]), (2317, medical[1]), (755, medical[2]), (3642, medical[3])], [(352, medical[0]), (2549, medical[1]), (838, medical[2]), (3112, medical[3])]),
        ([(0, 20), (20, 20)], [(1, 20), (18, 20)]),
        ([(631, 1319)], [(492, 1319)]),
    ]

    def combined(shares, signs):
        weights = np.array(signs) / (len(shares) if min(signs) > 0 else len(shares) / 2)
        rates = np.array([k / n for k, n in shares])
        ends = np.array([proportion_confint(k, n, alpha=0.05, method="wilson") for k, n in shares])
        low, high = ends[:, 0], ends[:, 1]
        estimate = weights @ rates
        below = np.where(weights > 0, rates - low, high - rates)
        above = np.where(weights > 0, high - rates, rates - low)
        return [estimate, estimate - np.sqrt(np.sum((weights * below) ** 2)), estimate + np.sqrt(np.sum((weights * above) ** 2))]

    for first, second in tables:
        sets = len(first)
        difference = combined(first + second, [1] * sets + [-1] * sets)
        pooled = [(k + l) / (n + m) for (k, n), (l, m) in zip(first, second)]
        error = np.sqrt(sum(q * (1 - q) * (1 / n + 1 / m) for q, (_, n), (_, m) in zip(pooled, first, second))) / sets
        yield {
            "first": first,
            "second": second,
            "confidence": 0.95,
            "means": [combined(shares, [1] * sets) for shares in (first, second)],
            "difference": difference,
            "p": 2 * stats.norm.sf(abs(difference[0]) / error),
        }


def aggregate_cases():
    """Scores [contender, task], with ties: Friedman from scipy, F of it by Iman and Davenport, Nemenyi by hand from scipy's q."""
    own = np.random.default_rng(11)
    tables = [
        np.round(own.normal(size=(4, 6)) + np.array([[0], [0.5], [1], [2.5]]), 3),
        np.round(own.normal(size=(3, 5)), 1),
        np.array([[1, 2, 2, 5], [1, 3, 2, 4], [2, 3, 2, 4], [0, 1, 0, 0], [3, 9, 2, 6]], dtype=float),
        np.round(own.normal(size=(12, 4)) + np.arange(12)[:, None], 3),
    ]
    for scores in tables:
        k, n = scores.shape
        ranks = stats.rankdata(-scores, axis=0)
        chi = stats.friedmanchisquare(*scores).statistic
        f = (n - 1) * chi / (n * (k - 1) - chi)
        yield {
            "scores": scores.tolist(),
            "alpha": 0.05,
            "meanRanks": ranks.mean(axis=1).tolist(),
            "chiSquared": chi,
            "f": f,
            "p": stats.f.sf(f, k - 1, (k - 1) * (n - 1)),
            "criticalDifference": stats.studentized_range.ppf(0.95, k, np.inf) / np.sqrt(2) * np.sqrt(k * (k + 1) / (6 * n)),
        }


def rounding(scores, board):
    """Variance of a uniform error of half a unit: the last decimal that any of the scores has, or the smallest step on the board if larger."""
    decimals = max(len(repr(score).partition(".")[2]) if score % 1 else 0 for score in scores)
    step = min(np.diff(np.unique(np.round(np.concatenate(board), 12))), default=0.0)
    return stats.uniform(scale=max(10.0**-decimals, step)).var()


def score_alone_cases():
    """
    Boards of scores without their examples, as {seed: score} by method: scipy's one-sample t interval on the logit by the delta method,
    scipy's paired t test for two methods, moderated variances for more, Holm from statsmodels. Where seeds agree in every digit their
    variance is what rounding makes.
    """
    three = np.round(0.5 + np.random.default_rng(17).normal(size=(3, 4)) * 0.02 + [[0.0], [0.03], [0.15]], 4)
    boards = [
        [[0.612, 0.598, 0.621], [0.581, 0.577, 0.59]],
        [[0.61, 0.61], [0.62, 0.62]],
        [[0.5, 0.52, 0.47], [0.7, 0.72, 0.67]],
        # Right answers of 229 examples: every seed of the first has one more.
        [[131 / 229, 133 / 229], [130 / 229, 132 / 229]],
        three.tolist(),
    ]
    for methods in boards:
        y = np.array(methods)
        k, seeds = y.shape
        entries = []
        for scores in methods:
            mean, floor = np.mean(scores), rounding(scores, methods)
            error = np.sqrt(max(np.var(scores, ddof=1), floor) / seeds)
            if np.var(scores, ddof=1) > floor:
                assert np.isclose(error, stats.sem(scores))
            reach = stats.t.isf(0.025, seeds - 1) * error / (mean * (1 - mean))
            low, high = expit(logit(mean) + np.array([-reach, reach]))
            entries.append({"estimate": mean, "low": low, "high": high})
        shared = seed_variances([dict(enumerate(of)) for of in y]) if k > 2 else None
        pairs, dof = [], seeds - 1
        for first in range(k):
            for second in range(first + 1, k):
                apart = y[first] - y[second]
                floor = rounding(methods[first], methods) + rounding(methods[second], methods)
                square = of_two(y[first], y[second])
                if shared is not None:
                    square, dof = shared[0][first] + shared[0][second], shared[1][first]
                error = np.sqrt(max(square, floor) / seeds)
                p = 2 * stats.t.sf(abs(apart.mean()) / error, dof)
                if shared is None and square > floor and np.cov(y[first], y[second])[0, 1] > 0:
                    assert np.isclose(p, stats.ttest_rel(y[first], y[second]).pvalue)
                margin = stats.t.isf(0.025, dof) * error
                pairs.append(
                    {"first": first, "second": second, "estimate": apart.mean(), "low": apart.mean() - margin, "high": apart.mean() + margin, "p": p}
                )
        for pair, adjusted in zip(pairs, pairwise([pair["p"] for pair in pairs], k)):
            pair["adjusted"] = adjusted
        yield {"methods": methods, "confidence": 0.95, "range": [0, 1], "entries": entries, "pairs": pairs}


for name, cases in {
    "crossed": crossed_cases(),
    "paired": paired_cases(),
    "unpaired": unpaired_cases(),
    "holm": holm_cases(),
    "moderated": moderated_cases(),
    "pairwise": pairwise_cases(),
    "equivalence": equivalence_cases(),
    "by-seed": by_seed_cases(),
    "quartiles": quartile_cases(),
    "proportions": proportion_cases(),
    "mean-proportions": mean_proportion_cases(),
    "aggregate": aggregate_cases(),
    "bounded": bounded_cases(),
    "opposite": opposite_cases(),
    "tails": tail_cases(),
    "score-alone": score_alone_cases(),
}.items():
    (vectors / f"{name}.json").write_text(json.dumps(list(cases), indent=1) + "\n")
