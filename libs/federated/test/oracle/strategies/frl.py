"""
FRL (arXiv 2110.04350, its authors' FRL_Vote): places of entries are summed over clients, and the sorted first scores are dealt in the order of
the sums. Scores are compared by their size; a head is averaged by examples. `local` is what a client sends of scores it has trained.
"""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
import numpy as np
from federation import EXAMPLES, INPUTS, OUTPUTS, Draw, listed, save, shares

SCORES, HEAD = "layer.mask_scores", "head.kernel"


def case(seed):
    draw = Draw(seed)
    tensors = {SCORES: draw(INPUTS, OUTPUTS), HEAD: draw(3, 2)}
    first = np.sort(np.abs(tensors[SCORES]).flatten())
    made = {"config": {}, "examples": EXAMPLES, "tensors": listed(tensors), "rounds": []}
    for _ in range(2):
        trained = [{SCORES: draw(INPUTS, OUTPUTS), HEAD: draw(3, 2)} for _ in EXAMPLES]
        # A ranking lists entries from the least to the largest; its inverse is the place of each.
        rankings = [np.argsort(np.abs(t[SCORES]).flatten(), kind="stable") for t in trained]
        places = [np.argsort(ranking, kind="stable") for ranking in rankings]
        order = np.argsort(np.sum(places, axis=0), kind="stable")
        scores = np.empty_like(first)
        scores[order] = first
        tensors = {
            SCORES: scores.reshape(INPUTS, OUTPUTS),
            HEAD: sum(weight * t[HEAD] for weight, t in zip(shares(EXAMPLES), trained)),
        }
        made["rounds"].append(listed({
            "messages": [{f"places:{SCORES}": p.reshape(INPUTS, OUTPUTS).astype(float), HEAD: t[HEAD]} for p, t in zip(places, trained)],
            "after": tensors,
            "kept": {f"first:{SCORES}": first},
        }))
    return made


save(__file__, of="supermask", method={}, cases=[case(51), case(52)])
