"""Parquet files by pyarrow for the reader's tests: ../../vectors/datasets/*.parquet."""
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

folder = Path(__file__).parents[2] / "vectors" / "datasets"
rows = 30
flat = pa.table(
    {
        "review": [f"Review {chr(97 + i % 26)}{chr(97 + i // 26)} of a café" for i in range(rows)],
        "stars": pa.array([1 + i % 5 for i in range(rows)], pa.int64()),
        "price": pa.array([i / 4 for i in range(rows)], pa.float32()),
        "unread": pa.array([[i, i] for i in range(rows)], pa.list_(pa.int32())),
    }
)
# Three groups of rows.
pq.write_table(flat, folder / "flat.parquet", row_group_size=10, compression="zstd")
pq.write_table(
    pa.table(
        {
            "text": pa.array([{"body": "a", "lang": "en"}] * rows, pa.struct([("body", pa.string()), ("lang", pa.string())])),
            "label": ["x", "y"] * (rows // 2),
        }
    ),
    folder / "nested.parquet",
    compression="snappy",
)
# Forty queries of three rows; `key` holds bytes that are no text.
pq.write_table(
    pa.table(
        {
            "query": [f"q{i // 3}" for i in range(4 * rows)],
            "features": pa.array([[i / 2, 0, -i] for i in range(4 * rows)], pa.list_(pa.float32())),
            "grade": pa.array([i % 3 for i in range(4 * rows)], pa.int32()),
            "key": pa.array([bytes([255, 254, i // 3]) for i in range(4 * rows)], pa.binary()),
        }
    ),
    folder / "lists.parquet",
)
# Conversations: lists of objects, one with a key that most messages leave empty.
message = pa.struct([("role", pa.string()), ("content", pa.string()), ("tool_calls", pa.list_(pa.string()))])
pq.write_table(
    pa.table(
        {
            "messages": pa.array(
                [
                    [
                        {"role": "user", "content": f"How much is {i} + {i}?", "tool_calls": None},
                        {"role": "assistant", "content": f"{2 * i}", "tool_calls": None},
                    ]
                    for i in range(rows)
                ],
                pa.list_(message),
            ),
            "split": ["train", "validation", "test"] * (rows // 3),
        }
    ),
    folder / "conversations.parquet",
)
