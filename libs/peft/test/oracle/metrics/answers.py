"""
Scores of written answers as SQuAD's evaluation script (version 2.0) has them, written anew from what it does: lower case, no ASCII
punctuation, no English article, single spaces; then whether both are equal, and the harmonic mean of precision and recall over the
bag of words. The best over the right answers counts.
"""
import re
import string
import sys
from collections import Counter
from pathlib import Path

sys.path.append(str(Path(__file__).parent.parent))
from vector import save  # noqa: E402

PUNCTUATION = str.maketrans("", "", string.punctuation)


def words(answer):
    return re.sub(r"\b(a|an|the)\b", " ", answer.lower().translate(PUNCTUATION)).split()


def f1(written, right):
    if not written or not right:
        return float(written == right)
    same = sum((Counter(written) & Counter(right)).values())
    return 2 * same / (len(written) + len(right))


CASES = [
    ("Paris", ["Paris"]),
    ("  the City of Paris. ", ["Paris", "city of Paris"]),
    ("an apple a day", ["apple day", "day"]),
    ("Barack Obama", ["Obama", "Barack H. Obama", "B. Obama"]),
    ("to be or not to be", ["not to be", "or"]),
    ("be be be", ["to be or not to be"]),
    ("1,000", ["1000"]),
    ("3.5", ["35", "3 5"]),
    ("rock-and-roll", ["rock and roll", "rockandroll"]),
    ("the", ["The", "a"]),
    ("The The", ["the band"]),
    ("", ["anything"]),
    ("?!", ["the"]),
    ("theatre anthem", ["the atre an them"]),
    ("14 December 1972 UTC", ["14 December 1972", "December 1972"]),
    ("Café à la crème", ["café la creme", "a café"]),
    ("the éa", ["éa", "é"]),
    ("ÉCOLE\u00a0NORMALE", ["école normale"]),
    ("“a” quoted", ["quoted", "“ ” quoted"]),
    ("a_b the_c", ["ab thec", "b"]),
    ("tab\tand\nline\u2003em\u3000file\u0085next", ["tab and line em file next"]),
    ("東京", ["東京", "東 京"]),
    ("a2 a", ["a2", "2"]),
    ("wrong", ["right", "correct"]),
]
save(__file__, {
    "cases": [
        {
            "written": written,
            "right": right,
            "exactMatch": max(float(words(written) == words(one)) for one in right),
            "tokenF1": max(f1(words(written), words(one)) for one in right),
        }
        for written, right in CASES
    ],
})
