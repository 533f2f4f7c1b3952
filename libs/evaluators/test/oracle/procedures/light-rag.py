"""
LightRAG (arXiv 2410.05779) by PyPI lightrag-hku (MIT, ../data-packages.txt), which its authors keep: the graph of a few documents, inserted
at once and in two batches, and what stands in the context of questions in its modes. No model is asked: what one would say of each document
and question is data below, in the format of the package, and an embedding counts words in buckets of a hash. Settings are those of the
package but for topK, a document being asked about once, no reranker, and the least cosine, which suits trained embeddings there (0.2): here
it leaves out what shares no word. Tokens are words. An entity or a relation has at most seven descriptions, which the package joins without a model.
"""
import asyncio
import contextlib
import importlib.metadata
import json
import logging
import re
import sys
import tempfile
from pathlib import Path

import numpy as np

sys.path.append(str(Path(__file__).parent.parent))
from vector import save  # noqa: E402

FOLDER = tempfile.TemporaryDirectory()
# Reads settings from a file .env of the working folder.
with contextlib.chdir(FOLDER.name):
    from lightrag import LightRAG, QueryParam  # noqa: E402
    from lightrag.utils import EmbeddingFunc, Tokenizer  # noqa: E402

logging.disable(logging.WARNING)
TOP_K = 2
MODES = ("local", "global", "hybrid")
BUCKETS = 1021
LEAST_COSINE = 0.01


def works(person, firm):
    return [person, firm, "employment", f"{person} works for {firm}"]


def office(firm, city):
    return [firm, city, "office, location", f"{firm} has its office in {city}"]


def document(text, *relations, entities=None):
    """What is said of a document; its entities are the ends of its relations where none are given."""
    names = dict.fromkeys(end for source, target, *_ in relations for end in (source, target))
    own = [[name, f"{name} is named"] for name in names] if entities is None else entities
    return {"text": text, "entities": own, "relations": [list(one) for one in relations]}


DOCUMENTS = [
    document("Alma Reed works for Northwind and likes it.", works("Alma Reed", "Northwind")),
    document("Northwind has its office in Oslo, near the water.", office("Northwind", "Oslo")),
    document("Boris Lund works for Bluefin since spring.", works("Boris Lund", "Bluefin")),
    document("Bluefin has its office in Lima, up the hill.", office("Bluefin", "Lima")),
    document(
        "Clara Voss works for Northwind and knows Boris Lund.",
        works("Clara Voss", "Northwind"),
        ["Clara Voss", "Boris Lund", "acquaintance", "Clara Voss knows Boris Lund"],
    ),
    document("Kestrel supplies sails to Bluefin.", ["Kestrel", "Bluefin", "supply, trade", "Kestrel supplies sails to Bluefin"]),
    document("Kestrel has its office in Quito by the market.", office("Kestrel", "Quito")),
    # The same relation from the other end, one of an entity to itself, one without keywords, and an end that no line of its own names.
    document(
        "Oslo is where Northwind is at home, as is the Harbour Club.",
        ["Oslo", "Northwind", "home", "Northwind is at home in Oslo"],
        ["Oslo", "Oslo", "same", "Oslo is Oslo"],
        ["Oslo", "Lima", "", "Oslo is not Lima"],
        ["Oslo", "Harbour Club", "home", "The Harbour Club is at home in Oslo"],
        entities=[["Oslo", "a city"], ["Northwind", "a firm"]],
    ),
    # A name in other letters.
    document("NORTHWIND sells rope to Bluefin.", ["NORTHWIND", "Bluefin", "trade", "NORTHWIND sells rope to Bluefin"]),
    document("Kestrel makes rope in Porto.", ["Kestrel", "Porto", "production", "Kestrel makes rope in Porto"]),
    document("Dario Finch founded Kestrel long ago.", ["Dario Finch", "Kestrel", "founding", "Dario Finch founded Kestrel"]),
    document("The weather was fine on that day."),
]
QUESTIONS = [
    {"question": question, "low": low, "high": high, "evidence": evidence}
    for question, low, high, evidence in [
        *[
            (f"In which city is the office where {person} works?", [person], ["office", "location"], evidence)
            for person, evidence in [("Alma Reed", [0, 1]), ("Boris Lund", [2, 3]), ("Clara Voss", [4, 1])]
        ],
        ("Where is the office of the firm that Dario Finch founded?", ["Dario Finch"], ["office", "founding"], [10, 6]),
        ("Who founded the firm that supplies sails to Bluefin?", ["Bluefin", "sails"], ["supply", "founding"], [5, 10]),
        ("Who sells rope to Bluefin?", ["Bluefin", "rope"], ["trade"], [8]),
        ("What is made in Porto?", ["Porto"], ["production"], [9]),
        ("Whom does Clara Voss know?", ["Clara Voss"], ["acquaintance"], [4]),
    ]
]


class Words:
    """Tokens that are words; the vocabulary grows as texts are read."""

    def __init__(self):
        self.places, self.words = {}, []

    def __deepcopy__(self, memo):
        return self

    def encode(self, text):
        tokens = []
        for word in text.split():
            if word not in self.places:
                self.places[word] = len(self.words)
                self.words.append(word)
            tokens.append(self.places[word])
        return tokens

    def decode(self, tokens):
        return " ".join(self.words[token] for token in tokens)


def bucket(word):
    at = 0
    for letter in word:
        at = (at * 31 + ord(letter)) % BUCKETS
    return at


async def embedded(texts, **_):
    rows = np.zeros((len(texts), BUCKETS), dtype=np.float32)
    for row, text in zip(rows, texts):
        for word in re.findall("[a-z0-9]+", text.lower()):
            row[bucket(word)] += 1
        row /= max(np.linalg.norm(row), 1)
    return rows


async def said(prompt, system_prompt=None, **_):
    """What a model that understands the two prompts of the package would answer."""
    if "---Input Text---" in prompt:
        text = re.search(r"---Input Text---\n```\n(.*?)\n```", prompt, re.DOTALL)[1]
        (found,) = [one for one in DOCUMENTS if one["text"] == text]
        lines = [["entity", name, "thing", what] for name, what in found["entities"]]
        lines += [["relation", *relation] for relation in found["relations"]]
        return "\n".join("<|#|>".join(line) for line in lines) + "\n<|COMPLETE|>"
    (asked,) = [one for one in QUESTIONS if one["question"] in prompt]
    return json.dumps({"high_level_keywords": asked["high"], "low_level_keywords": asked["low"]})


async def opened(name, batches):
    """The package after it took batches of documents, one after another."""
    rag = LightRAG(
        working_dir=f"{FOLDER.name}/{name}",
        workspace=name,
        llm_model_func=said,
        embedding_func=EmbeddingFunc(embedding_dim=BUCKETS, max_token_size=8192, func=embedded),
        vector_db_storage_cls_kwargs={"cosine_better_than_threshold": LEAST_COSINE},
        tokenizer=Tokenizer("words", Words()),
        entity_extract_max_gleaning=0,
        llm_model_max_async=1,
        max_parallel_insert=1,
    )
    await rag.initialize_storages()
    for places in batches:
        await rag.ainsert([DOCUMENTS[at]["text"] for at in places], file_paths=[f"{at}.txt" for at in places])
    return rag


async def graph_of(rag):
    """Names as they are there; and entities and undirected relations by names in small letters, with the documents where they were found."""
    chunks = {}

    def where(item):
        return {chunks[one] for one in item["source_id"].split("<SEP>")}

    graph = rag.chunk_entity_relation_graph
    nodes, edges = await graph.get_all_nodes(), await graph.get_all_edges()
    ids = sorted({one for item in [*nodes, *edges] for one in item["source_id"].split("<SEP>")})
    for key, chunk in zip(ids, await rag.text_chunks.get_by_ids(ids)):
        chunks[key] = document_of(chunk)
    entities, relations = {}, {}
    for node in nodes:
        entities.setdefault(node["id"].lower(), set()).update(where(node))
    for edge in edges:
        ends = tuple(sorted((edge["source"].lower(), edge["target"].lower())))
        relations.setdefault(ends, set()).update(where(edge))
    return sorted(node["id"] for node in nodes), {
        "entities": [{"name": name, "documents": sorted(places)} for name, places in sorted(entities.items())],
        "relations": [{"ends": list(ends), "documents": sorted(places)} for ends, places in sorted(relations.items())],
    }


def document_of(chunk):
    return int(chunk["file_path"].removesuffix(".txt"))


async def context(rag, asked, mode):
    """Names and documents in the context of a question. Sorted: among equal ones, the order there follows the hash of strings."""
    found = await rag.aquery_data(asked["question"], QueryParam(mode=mode, top_k=TOP_K, enable_rerank=False))
    if found["status"] != "success":
        raise SystemExit(f"{asked['question']} ({mode}): {found['message']}")
    data = found["data"]
    return {
        "entities": sorted(one["entity_name"] for one in data["entities"]),
        "relations": sorted(sorted([one["src_id"], one["tgt_id"]]) for one in data["relationships"]),
        "documents": sorted(document_of(one) for one in data["chunks"]),
    }


async def main():
    everything = range(len(DOCUMENTS))
    rag = await opened("whole", [everything])
    batched = await opened("batched", [everything[7:], everything[:7]])
    names, graph = await graph_of(rag)
    vector = {
        "source": f"lightrag-hku {importlib.metadata.version('lightrag-hku')}, with a model and an embedding that are rules",
        "topK": TOP_K,
        "buckets": BUCKETS,
        "documents": DOCUMENTS,
        "names": names,
        "graph": graph,
        "batched": (await graph_of(batched))[1],
        "questions": [{**asked, "contexts": {mode: await context(rag, asked, mode) for mode in MODES}} for asked in QUESTIONS],
    }
    for one in (rag, batched):
        await one.finalize_storages()
    return vector


save(__file__, asyncio.run(main()))
FOLDER.cleanup()
