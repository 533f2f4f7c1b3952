"""Damaged files, and what the reference implementation says of each: refused, or the bytes of every tensor."""
import base64
import json
import random
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, deserialize

chance = random.Random(20250101)
tensors = {
    "a": ("F32", np.arange(4, dtype=np.float32).reshape(2, 2)),
    "b": ("F16", np.array([1.5, -2.0, 6.1e-5], dtype=np.float16)),
    "empty": ("F32", np.zeros((0, 3), dtype=np.float32)),
    "ids": ("I64", np.arange(2, dtype=np.int64)),
}
# Written by hand: the reference implementation orders a header by chance.
fields, data = {"__metadata__": {"format": "np"}}, b""
for tensor, (dtype, values) in tensors.items():
    end = len(data) + values.nbytes
    fields[tensor] = {"dtype": dtype, "shape": list(values.shape), "data_offsets": [len(data), end]}
    data += values.tobytes()
header = json.dumps(fields, separators=(",", ":"))
header += " " * (-len(header) % 8)
length = len(header)


def file(text: str, body: bytes = data) -> bytes:
    encoded = text.encode()
    return len(encoded).to_bytes(8, "little") + encoded + body


original = file(header)


def flipped() -> bytes:
    damaged = bytearray(original)
    for _ in range(chance.randint(1, 3)):
        damaged[chance.randrange(len(damaged))] = chance.randrange(256)
    return bytes(damaged)


def cut() -> bytes:
    return original[: chance.randrange(len(original))]


def longer() -> bytes:
    return original + bytes(chance.randint(1, 9))


def lying_length() -> bytes:
    claimed = chance.choice([0, 1, length - 1, length + 1, len(original), 2**31, 2**63, chance.randrange(400)])
    return claimed.to_bytes(8, "little") + original[8:]


def other_number() -> bytes:
    places = [i for i, c in enumerate(header) if c.isdigit()]
    place = chance.choice(places)
    number = chance.choice(["-1", "0", "1", "2", "3", "8", "16", "00", "1e2", "0.5", "4294967296", "9007199254740993", "18446744073709551616"])
    return file(header[:place] + number + header[place + 1 :])


def other_character() -> bytes:
    place = chance.randrange(len(header))
    return file(header[:place] + chance.choice('{}[],:" 0aF\\ü') + header[place + 1 :])


def other_word() -> bytes:
    old, new = chance.choice([
        ("F32", "F64"), ("F32", "BF16"), ("F32", "I32"), ("F32", "f32"), ("F16", "U16"), ("F16", "F8_E5M2"), ("I64", "F64"),
        ('"shape"', '"sizes"'), ("data_offsets", "offsets"), ('"np"', "3"), ('"np"', "null"), ("__metadata__", "metadata"),
        ("[2,2]", "[4]"), ("[2,2]", "[1,2,2,1]"), ("[2,2]", "[]"), ("[0,3]", "[3,0]"), ("[0,3]", "[4294967296,4294967296,0]"),
        ('"b"', '"__proto__"'), ('"b"', '"toString"'), ('"b"', '""'), ('"b"', '"ü/漢"'), ('"b"', '"\\ud800"'),
    ])
    return file(header.replace(old, new, 1))


kinds = [flipped, cut, longer, lying_length, other_number, other_character, other_word]
files = sorted({chance.choice(kinds)() for _ in range(500)} | {original})


def verdict(content: bytes) -> dict:
    try:
        tensors = deserialize(content)
    except SafetensorError as error:
        return {"refused": str(error)}
    return {
        "tensors": {
            name: {"dtype": t["dtype"], "shape": list(t["shape"]), "bytes": base64.b64encode(bytes(t["data"])).decode()}
            for name, t in sorted(tensors, key=lambda tensor: tensor[0])
        }
    }


vector = [{"file": base64.b64encode(content).decode(), **verdict(content)} for content in files]
path = Path(__file__).parents[2] / "vectors" / "io" / "mutated_files.json"
path.write_text("[\n" + ",\n".join(json.dumps(entry, ensure_ascii=False) for entry in vector) + "\n]\n")
