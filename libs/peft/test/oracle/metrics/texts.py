"""
Scores of a written text against right ones: ROUGE-L as PyPI rouge-score 0.1.2 prints it without a stemmer, and BLEU of a sentence as
PyPI sacrebleu 2.6.0 prints it (tokens 13a, exponential smoothing, effective order). Against several right texts the best counts for
ROUGE-L, and all of them together for BLEU.
"""
import sys
from pathlib import Path

from rouge_score.rouge_scorer import RougeScorer
from sacrebleu import sentence_bleu

sys.path.append(str(Path(__file__).parent.parent))
from vector import save  # noqa: E402

CASES = [
    ("Paris", ["Paris"]),
    ("the City of Paris.", ["Paris", "city of Paris"]),
    ("the cat sat on the mat", ["the cat is on the mat", "there is a cat on the mat"]),
    ("police killed the gunman", ["the gunman killed police", "the gunman police killed"]),
    ("a b c d e f g", ["a b c x d e f g", "g f e d c b a"]),
    ("the the the the the the the", ["the cat is on the mat"]),
    ("It costs $1,000.50 - or 3.5% more, says Ahab's mate.", ["It cost $1,000.50, or 3.5 % more, said Ahab's mate!"]),
    ("one two-three 4-5 (six) [seven]", ["one two three 4-5 (six) seven"]),
    ("&quot;Call me Ishmael&quot; &amp; go", ['"Call me Ishmael" & go']),
    ("ends with a dash-\nand goes on\nhere", ["ends with a dashand goes on here"]),
    ("a sentence of exactly as many words", ["a sentence with exactly as many words as this one has"]),
    ("much longer than what is right, by far and without a need", ["much longer"]),
    ("short", ["a right text that is long", "short text"]),
    ("Café crème", ["Café à la crème"]),
    ("ÉCOLE NORMALE", ["école normale"]),
    ("nothing in common", ["entirely other words"]),
    ("", ["anything"]),
    ("?!", ["?!"]),
    ("x", ["x y", "y x z"]),
    ("a b", ["b a", "a b c d"]),
    ("U.S. ships sail.Then 1.2.3, end.", ["U.S. ships sail. Then 1.2.3, end."]),
    ("<skipped> what stays", ["what stays"]),
    ("tab\tand  blanks ", ["tab and blanks"]),
    ("_under_ #hash @at ~tilde", ["under hash at tilde", "_under_ #hash @at ~tilde"]),
]
scorer = RougeScorer(["rougeL"], use_stemmer=False)
save(__file__, {
    "cases": [
        {
            "written": written,
            "right": right,
            "rougeL": f"{scorer.score_multi(right, written)['rougeL'].fmeasure:.10f}",
            "bleu": f"{sentence_bleu(written, right).score:.10f}",
        }
        for written, right in CASES
    ],
})
