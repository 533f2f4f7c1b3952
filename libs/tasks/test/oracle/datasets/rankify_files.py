"""
Files of Rankify (arXiv 2502.02464) by the classes of PyPI rankify 0.1.4 itself: ../../vectors/datasets/rankify*.json and .jsonl. What
fetches and prints is left out, so that nothing but the package is needed.
"""
import json
import sys
from pathlib import Path
from types import ModuleType

for name, members in {
    "requests": [],
    "tqdm": ["tqdm"],
    "rankify.utils.dataset.utils": ["get_datasets_info"],
    "rankify.utils.dataset.download": ["DownloadManger"],
}.items():
    module = ModuleType(name)
    for member in members:
        setattr(module, member, None)
    sys.modules[name] = module

from rankify.dataset.dataset import Answer, Context, Dataset, Document, Question  # noqa: E402

folder = Path(__file__).parents[2] / "vectors" / "datasets"


def context(id, title, text, score, has_answer):
    return Context(score=score, has_answer=has_answer, id=id, title=title, text=text)


def document(at, answer, right, wrong):
    found = [context(10 * at + place, title, text, 9.5 - place, answer in text) for place, (title, text) in enumerate([*wrong, right])]
    made = Document(Question(f"Who minds the {answer.split()[-1].lower()} {at}"), Answer([answer]), found, id=at)
    made.reorder_contexts = sorted(found, key=lambda one: not one.has_answer)
    return made


NAMES = ["Ansel Reed", "Ida Fenn", "Oda Lund", "Tomas Grell", "Berta Quill", "Jon Marsh", "Lena Ost", "Nils Aber", "Mira Holt", "Café Löwe"]
documents = [
    document(at, name, (f"House {at}", f"{name} minds house {at} by the sea."), [("Ferry", f"The ferry {at} sails at nine."), ("", f"Rain falls on day {at}.")])
    for at, name in enumerate(NAMES)
]
made = Dataset("bm25", "made", 3)
made.documents = documents
made.save_dataset(str(folder / "rankify.json"), save_reranked=True, save_text=True)
made.save_dataset(str(folder / "rankify.jsonl"), save_reranked=True, save_text=True)
made.save_dataset(str(folder / "rankify-without-texts.json"))
# It reads again the bytes that it wrote.
read = Dataset.load_dataset(str(folder / "rankify.json"))
assert [one.to_dict() for one in read] == [one.to_dict() for one in documents]
assert json.loads((folder / "rankify.json").read_text())[0]["question"].endswith("?")


# Answers and orders of trials, as the test of the export has it (apps/api/test/trial-export.test.ts).
exported = {
    "rankify-of-answers": [
        (
            "Who minds the lighthouse?",
            ["Ansel Reed", "Reed"],
            [Context(2.5, True, "4", None, "Ansel Reed turned the lamp on."), Context(None, False, "0", None, "The ferry sails at nine.")],
            None,
        ),
        ("灯塔是谁修的？", ["市政府"], [], None),
    ],
    "rankify-of-orders": [
        (
            "white whale",
            [],
            [Context(1.75, False, "1", None, "a white ship"), Context(1.5, True, "0", None, "the white whale")],
            [Context(0, True, "0", None, "the white whale"), Context(-1, False, "1", None, "a white ship")],
        ),
        ("sea", [], [Context(3, True, "0", None, "the sea at night")], None),
    ],
}
for name, given in exported.items():
    documents = []
    for question, answers, contexts, reordered in given:
        one = Document(Question(question), Answer(answers), contexts)
        one.reorder_contexts = reordered or contexts
        documents.append(one)
    made.documents = documents
    made.save_dataset(str(folder / f"{name}.json"), save_reranked=True, save_text=True)
    # Its own reader takes them again.
    assert [one.to_dict() for one in Dataset.load_dataset(str(folder / f"{name}.json"))] == [one.to_dict() for one in documents]
