"""
LightGBM's LambdaMART (pip install lightgbm==4.6.0 ir_measures==0.4.3) with its own settings on a folder of train.txt, vali.txt and test.txt in
the format of LETOR: `python examples/09-ranking/lambdamart.py FOLDER`. Trees are added until nDCG@10 of the validation split has not risen
for 20. Grades are their own gains, as in trec_eval. Scores of the test split are ir-measures'.
"""
import sys
from pathlib import Path

import lightgbm
import numpy as np
from ir_measures import AP, RR, R, calc_aggregate, nDCG


def read(path):
    """Rows of a file: features, grades, and the query of each."""
    grades, queries, rows = [], [], []
    for line in Path(path).read_text().splitlines():
        grade, query, *pairs = line.split("#")[0].split()
        grades.append(int(grade))
        queries.append(query.removeprefix("qid:"))
        rows.append([float(pair.split(":")[1]) for pair in pairs])
    return np.array(rows), np.array(grades), queries


def sizes(queries):
    return [queries.count(query) for query in dict.fromkeys(queries)]


folder = Path(sys.argv[1])
train, validation, test = (read(folder / f"{name}.txt") for name in ("train", "vali", "test"))
gains = list(range(max(train[1].max(), validation[1].max()) + 1))
dataset = lightgbm.Dataset(train[0], train[1], group=sizes(train[2]))
ranker = lightgbm.train(
    {"objective": "lambdarank", "label_gain": gains, "metric": "ndcg", "eval_at": [10], "num_threads": 1, "verbose": -1},
    dataset,
    num_boost_round=1000,
    valid_sets=[lightgbm.Dataset(validation[0], validation[1], group=sizes(validation[2]), reference=dataset)],
    callbacks=[lightgbm.early_stopping(20, verbose=False)],
)
rows, grades, queries = test
scores = ranker.predict(rows)
qrels, run = {}, {}
for at, (query, grade, score) in enumerate(zip(queries, grades, scores)):
    name = f"{9 - grade}-{at:05d}"
    qrels.setdefault(query, {})[name] = int(grade)
    run.setdefault(query, {})[name] = float(score)
found = calc_aggregate([nDCG @ 10, RR, AP, R @ 10], qrels, run)
print(f"lightgbm {lightgbm.__version__}, {ranker.best_iteration} trees")
print({str(measure): round(value, 4) for measure, value in found.items()})
