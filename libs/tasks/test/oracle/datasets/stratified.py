"""Expected sides of a stratified split, by Python alone: prints libs/tasks/test/vectors/datasets/stratified.json.

Classes in order of their names give their share to test and then to validation, rounded so that the shares of all classes so far are met. Within a
class examples are taken by sha256 of sha256 of the text, smallest first; with a seed the text is first replaced by sha256 of "seed/text". No
two texts are near-duplicates: the words of each are its own.
"""

import hashlib
import json
import math


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


def half_up(value):
    return math.floor(value + 0.5)


def word(number):
    return "".join("abcdefghij"[int(digit)] for digit in f"{number:04d}")


rows = [
    (f"{word(9 * i + 1)} {word(9 * i + 2)} {word(9 * i + 3)} {word(9 * i + 4)}", "spam" if i % 4 == 3 else "ham")
    for i in range(120)
]


def split(seed, share=0.1):
    sides = {text: "train" for text, _ in rows}
    before = {"rows": 0, "test": 0, "validation": 0}
    for label in sorted({label for _, label in rows}):
        own = [text for text, its in rows if its == label]
        content = lambda text: text if seed == 0 else sha256(f"{seed}/{text}")
        own.sort(key=lambda text: sha256(sha256(content(text))))
        before["rows"] += len(own)
        for side in ("test", "validation"):
            count = half_up(before["rows"] * share) - before[side]
            for text in own[:count]:
                sides[text] = side
            own = own[count:]
            before[side] += count
    return sides


print(json.dumps({"rows": rows, "sides": {str(seed): split(seed) for seed in (0, 7)}}))
