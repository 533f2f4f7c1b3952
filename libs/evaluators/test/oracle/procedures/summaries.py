"""
Clauses, content plans and scores of summaries. ROUGE-1 and ROUGE-2 are those of PyPI rouge-score 0.1.2 without a stemmer; diversity is the
mean of 1 - sentence_bleu of nltk against the other candidates, as eval/diversity.py of github.com/griff4692/edu-sum has it (arXiv
2305.17779), over the words that ROUGE reads in the place of nltk's tokens, and with no longer runs of words than the candidate has. Clauses and the worth of a plan are rules of this library, written
here a second time: every set of clauses is tried, and not a beam of them.
"""
import itertools
import math
import re
import sys
import warnings
from pathlib import Path

from nltk.translate.bleu_score import sentence_bleu
from rouge_score.rouge_scorer import RougeScorer

sys.path.append(str(Path(__file__).parent.parent))
from vector import save  # noqa: E402

warnings.filterwarnings("ignore")
scorer = RougeScorer(["rouge1", "rouge2"], use_stemmer=False)

JOINING = """after although and as because before but for if nor once or since so than that though unless until when where whereas
which while who whom whose yet""".split()
STOP = """a an and are as at be but by for if in into is it no not of on or such that the their then there these they this to was will
with""".split()
CLOSING = "\"'”’)]"
OPENING = "\"'“‘(["

DOCUMENTS = [
    "The harbour was closed on Monday, because a storm had torn two cranes from the quay; nobody was hurt. "
    "Ships waited outside, and the first of them came in on Thursday. "
    "The harbour master said that cranes would be repaired within a month: until then the smaller quay is used.",
    "Mr. Grey wrote to the town. He asked for a bridge - a small one - which costs little, though the river is wide. Yes.",
    "One clause alone",
    "Short, and so is this. 12 men came (\"all of them late.\") But they stayed, who had come for an hour; a day later they left.",
    "no stop and no capital, but a comma which joins nothing, and then an end that is far away from the first word of it all",
]
REFERENCES = [
    "A storm closed the harbour, and repairs of its cranes take a month.",
    "A letter asks the town for a small bridge.",
    "One clause",
    "12 men stayed for a day.",
    "a comma joins nothing",
]


def sentences(words):
    out, current = [], []
    for at, word in enumerate(words):
        current.append(at)
        ends = word.rstrip(CLOSING)[-1:] in (".", "!", "?")
        following = words[at + 1].lstrip(OPENING)[:1] if at + 1 < len(words) else None
        if following is None or (ends and following and (following.isupper() or following.isnumeric())):
            out.append(current)
            current = []
    return out


def clauses(words):
    out = []
    for sentence in sentences(words):
        pieces, current = [], []
        for at in sentence:
            current.append(at)
            if at == sentence[-1]:
                break
            word, after = words[at], words[at + 1].lower()
            cut = word.rstrip(CLOSING)[-1:] in (";", ":", "—") or set(word) <= set("-–—")
            cut = cut or (word.endswith(",") and after in JOINING)
            if cut and len(current) >= 4:
                pieces.append(current)
                current = []
        if len(current) >= 4 or not pieces:
            pieces.append(current)
        else:
            pieces[-1] += current
        out += [(piece[0], piece[-1] + 1) for piece in pieces]
    return out


def content(text):
    return [word for word in re.findall(r"\w{2,}", text.lower()) if word not in STOP]


def covered(document, text):
    counts = content(document)
    if not text.split() or not counts:
        return 0.0
    return sum(word in set(content(text)) for word in counts) / len(counts) / math.sqrt(len(text.split()))


def rouge(text, right):
    scores = scorer.score(right, text)
    return scores["rouge1"].fmeasure, scores["rouge2"].fmeasure


def plans(document, right, size, planner):
    words = document.split()
    runs = clauses(words)
    if len(runs) <= size:
        return [list(range(len(runs)))]
    extract = lambda plan: " ".join(" ".join(words[slice(*runs[at])]) for at in plan)
    early = lambda plan: sum(len(runs) - at for at in plan) / (len(runs) * size)
    rule = lambda plan: covered(document, extract(plan)) * (1 + early(plan))
    worth = rule if planner == "rule" else lambda plan: sum(rouge(extract(plan), right)) / 2
    every = sorted(itertools.combinations(range(len(runs)), size), key=lambda plan: (-worth(plan), plan))
    return [list(plan) for plan in every]


words_of = lambda text: re.findall(r"[a-z0-9]+", text.lower())


def diversity(texts):
    if len(texts) < 2:
        return 0.0
    words = [words_of(text) for text in texts]
    orders = [max(1, min(4, len(own))) for own in words]
    weights = [[1 / order] * order for order in orders]
    shares = [1 - sentence_bleu(words[:at] + words[at + 1 :], own, weights[at]) for at, own in enumerate(words)]
    return sum(shares) / len(shares)


CANDIDATES = [
    ["the harbour was closed by a storm on monday", "the harbour was closed by a storm on thursday", "two cranes fell"],
    ["same words in the same order here", "same words in the same order here"],
    ["one", "two three"],
    ["", "a summary that has words", "a summary that has other words"],
    ["alone"],
    ["three words only", "three words only", "three words more"],
]

ten = lambda value: float(f"{value:.10g}")
save(__file__, {
    "documents": [
        {
            "document": document,
            "right": right,
            "clauses": [list(run) for run in clauses(document.split())],
            "plans": {f"{planner} {size}": plans(document, right, size, planner) for planner in ("rule", "gold") for size in (1, 2, 3)},
            "rouge": [[ten(f) for f in rouge(document, right)], [ten(f) for f in rouge(right, document)]],
        }
        for document, right in zip(DOCUMENTS, REFERENCES, strict=True)
    ],
    "candidates": [{"texts": texts, "diversity": ten(diversity(texts))} for texts in CANDIDATES],
})
