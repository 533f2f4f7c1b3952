"""
Scores of Chinese as the code of CRUD-RAG has them (arXiv 2401.17043, github.com/IAAR-Shanghai/CRUD_RAG, src/metric): tokens of PyPI jieba
0.42.1 go into ROUGE-L of PyPI rouge-score 0.1.2, and into BLEU of one to four tokens without smoothing, whose penalty for brevity is
divided out, here by PyPI sacrebleu 2.6.0; F1 of tokens and RAGQuestEval follow quest_eval.py. PyPI rouge-chinese 1.0.3 must give the same
ROUGE-L. And BM25 of PyPI bm25s over the words of jieba's search mode.
"""
import importlib.metadata
import sys
from collections import Counter
from pathlib import Path

import bm25s
import jieba
from rouge_chinese import Rouge
from rouge_score.rouge_scorer import RougeScorer
from sacrebleu.metrics import BLEU

sys.path.append(str(Path(__file__).parent.parent))
from vector import save  # noqa: E402

CASES = [
    ("北京大学位于海淀区。", "北京大学在海淀区。"),
    ("渡轮每天上午九点开往东岛，船票三十元。", "渡轮每天上午九点从西港开往东岛，船票为三十元，儿童半价。"),
    ("2024年全市新增光伏发电容量1060万千瓦，同比增长两成。", "2024年，全市新增并网光伏发电容量1060万千瓦，约占全国的四分之一。"),
    ("灯塔", "灯塔修好了"),
    ("完全不同的内容", "今天下雨"),
    ("GPT 模型 在 Rankforge 上运行", "GPT模型在Rankforge上运行"),
    ("港口港口港口港口港口", "港口的起重机停了"),
    ("", "什么都没有"),
    ("图书馆周末开放，读者可以借十本书，并在三十天内归还。", "图书馆周末开放，读者可以借十本书，并在三十天内归还。"),
]
QUESTS = [
    [("三十元", "30元"), ("东岛", "东岛"), (None, "九点"), ("上午九点", None)],
    [(None, "东岛")],
    [("东岛", None), ("三十元", None)],
    [("儿童半价优惠", "儿童半价"), ("四分之一", "约四分之一")],
    [],
]
DOCUMENTS = [
    "渡轮每天上午九点从西港开往东岛，船票为三十元。",
    "东岛的灯塔在去年修好，由市政府出资。",
    "图书馆周末开放，读者可以借十本书。",
    "市政府发放体育消费券，总额五百万元。",
    "Rankforge 在东岛的图书馆演示。",
]
QUERIES = ["东岛的渡轮", "图书馆几点开放", "体育消费券", "rankforge", "没有的词语", ""]

cut = lambda text: list(jieba.cut(text))


class Tokenizer:
    def tokenize(self, text):
        return cut(text)


scorer = RougeScorer(["rougeL"], tokenizer=Tokenizer())
smoothed = BLEU(tokenize="none", effective_order=True)
plain = BLEU(tokenize="none", smooth_method="none", effective_order=False)
SPACE = "▁"
joined = lambda text: " ".join(token.replace(" ", SPACE) for token in cut(text))


def token_f1(gold, said):
    a, b = cut(gold), cut(said)
    if not a or not b:
        return float(a == b)
    same = sum((Counter(a) & Counter(b)).values())
    return 2 * (same / len(b)) * (same / len(a)) / (same / len(b) + same / len(a)) if same else 0.0


def case(written, right):
    rouge = scorer.score_multi([right], written)["rougeL"].fmeasure
    if cut(written):
        other = Rouge(metrics=["rouge-l"]).get_scores(joined(written), joined(right))[0]["rouge-l"]["f"]
        assert abs(rouge - other) < 1e-6, (written, rouge, other)
    own = plain.sentence_score(joined(written), [joined(right)])
    return {
        "written": written,
        "right": right,
        "tokens": {"written": cut(written), "right": cut(right)},
        "tokenF1": f"{token_f1(right, written):.10f}",
        "rougeL": f"{rouge:.10f}",
        "bleu": f"{smoothed.sentence_score(joined(written), [joined(right)]).score:.10f}",
        "plainBleu": f"{own.score / own.bp if own.bp else 0:.10f}",
    }


def quest(pairs):
    known = [(right, said) for right, said in pairs if right is not None]
    both = [(right, said) for right, said in known if said is not None]
    scores = [token_f1(right, said) for right, said in both]
    return {
        "asked": [{"right": right, "said": said} for right, said in pairs],
        "f1": f"{sum(scores) / len(scores) if scores else 0:.10f}",
        "recall": f"{len(both) / len(known) if scores else 0:.10f}",
    }


def letters(tokens):
    return [token for token in tokens if any(char.isalnum() for char in token)]


terms = lambda text: letters(jieba.cut_for_search(text.lower()))
index = bm25s.BM25(method="lucene", k1=1.2, b=0.75, dtype="float64")
index.index([terms(text) for text in DOCUMENTS], show_progress=False)
scores = [index.get_scores(terms(query)) if terms(query) else [0.0] * len(DOCUMENTS) for query in QUERIES]
save(
    __file__,
    {
        "source": ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ["jieba", "rouge_score", "sacrebleu", "bm25s"]),
        "cases": [case(written, right) for written, right in CASES],
        "tokens": {text: cut(text) for pairs in QUESTS for pair in pairs for text in pair if text is not None},
        "quests": [quest(pairs) for pairs in QUESTS],
        "documents": DOCUMENTS,
        "queries": QUERIES,
        "terms": {text: terms(text) for text in [*DOCUMENTS, *QUERIES]},
        "bm25": [[float(f"{score:.10g}") for score in row] for row in scores],
    },
)
