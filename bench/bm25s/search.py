"""Indexes documents by BM25 and answers queries, one after another: reads {documents, queries, count} of a file, prints seconds and indices."""
import importlib.metadata
import json
import sys
import time

import bm25s


def words(texts):
    return bm25s.tokenize(texts, stopwords="en", return_ids=False, show_progress=False)


with open(sys.argv[1]) as file:
    given = json.load(file)
began = time.perf_counter()
index = bm25s.BM25(method="lucene", k1=1.2, b=0.75)
index.index(words(given["documents"]), show_progress=False)
indexed = time.perf_counter() - began
began = time.perf_counter()
found = [
    index.retrieve(words([query]), k=given["count"], n_threads=1, show_progress=False)[0][0].tolist()
    for query in given["queries"]
]
searched = time.perf_counter() - began
print(json.dumps({"version": importlib.metadata.version("bm25s"), "indexed": indexed, "searched": searched, "found": found}))
