"""
Query-weighted summary extraction (QUITE; arXiv 2105.11108), from what summaries of the publication say of it, since its equations were
not read: the sentence whose words of the query weigh most is picked, the weights of these words are multiplied by a factor, and so on
until there is no room. Words are those of PyPI bm25s with its English stop words, and a word weighs the inverse document frequency of
Lucene's BM25 over the passages of the query, by bm25s too. Chosen here: the earlier of equal sentences is picked, sentences without a
word of the query too while there is room, and the last one is cut. Sentences are given, how often a word has faded is counted anew
for every pick, and all sentences are sorted for it.
"""
import importlib.metadata
import random
import sys
from pathlib import Path

import bm25s
from bm25s.scoring import _score_idf_lucene as rarity

sys.path.append(str(Path(__file__).parent.parent))
from vector import save  # noqa: E402


def words(text):
    return set(bm25s.tokenize([text], stopwords="en", return_ids=False, show_progress=False)[0])


def picked(sentences, weights, room, fade):
    """Places of sentences in the order of picking, each with the number of its words that are read."""
    picks = []
    while room > 0 and len(picks) < len(sentences):
        seen = lambda word: sum(word in words(sentences[at]) for at, _ in picks)
        score = lambda at: sum(weights[w] * fade ** seen(w) for w in sorted(weights.keys() & words(sentences[at])))
        open_ones = set(range(len(sentences))) - {at for at, _ in picks}
        # Sums of equal terms in another order differ in the last bits.
        at = sorted(open_ones, key=lambda at: (-round(score(at), 10), at))[0]
        picks.append((at, min(room, len(sentences[at].split()))))
        room -= picks[-1][1]
    return picks


def case(name, query, passages, room, fade=0.5):
    having = lambda word: sum(word in words(" ".join(sentences)) for sentences in passages)
    weights = {word: rarity(having(word), len(passages)) for word in words(query)}
    excerpts = []
    for sentences in passages:
        picks = picked(sentences, weights, room, fade)
        text = " ".join(" ".join(sentences[at].split()[:taken]) for at, taken in sorted(picks))
        excerpts.append({"text": text, "picks": [{"sentence": at, "words": taken} for at, taken in picks]})
    return {
        "name": name,
        "query": query,
        "texts": [" ".join(sentences) for sentences in passages],
        "options": {"words": room, "fade": fade},
        "excerpts": excerpts,
    }


WHALES = [
    [
        "Call me what you like.",
        "The white whale swam by the ship.",
        "A whale, they said, swims by every ship!",
        "Who threw the harpoon?",
        "Nobody slept.",
    ],
    ["The ship lay at anchor.", '"It is a whale!"', "So cried the mate.", "The whale was WHITE, as the ship is."],
    ["Rain fell on the town.", "Its streets were empty that night.", "A ship came in."],
    ["A harpoon of steel hangs over the door.", "The ship has none."],
    ["Nothing is said here.", "Nor is it said there, on any page of the book."],
    ["The whale"],
]
SEA = "whale ship harpoon sail storm mast reef oil captain gale the of and sea night boat".split()


def drawn(seed, texts=12):
    draw = random.Random(seed)
    sentence = lambda: " ".join(draw.choices(SEA, k=draw.randint(2, 9))).capitalize() + draw.choice(".!?")
    return [[sentence() for _ in range(draw.randint(1, 9))] for _ in range(texts)]


ASKED = "the white whale, a ship and the harpoon of a whale"
save(
    __file__,
    {
        "source": f"arXiv 2105.11108 as others summarize it, bm25s {importlib.metadata.version('bm25s')}, Python floats",
        "cases": [
            case("a sentence with a new word before one that repeats", ASKED, WHALES, 11),
            case("the same without fading", ASKED, WHALES, 11, 1),
            case("a word that was covered counts no more", ASKED, WHALES, 11, 0),
            case("a last sentence that is cut", ASKED, WHALES, 9),
            case("room for a word", ASKED, WHALES, 1),
            case("room for all", ASKED, WHALES, 100),
            case("no word of the query is in any", "volcano", WHALES, 7),
            case("stop words alone", "to be or not to be", WHALES, 7),
            *[
                case(f"drawn, {room} words, {fade}", "whale storm reef oil captain gale", drawn(room), room, fade)
                for room, fade in [(8, 0.5), (15, 0.5), (15, 0.9), (25, 0.3)]
            ],
        ],
    },
)
