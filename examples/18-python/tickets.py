"""Made-up notes of a help desk with a topic each; one topic in ten is wrong, as by a tired reader."""

from __future__ import annotations

import random
from typing import Dict, List

SAID = {
    "billing": ["was charged twice", "got an invoice of {n} for nothing", "cannot pay by card", "asks for a receipt"],
    "delivery": [
        "waits for parcel {n}",
        "found the box at a neighbour's door",
        "moved to another street",
        "saw no courier",
    ],
    "returns": ["sends order {n} back", "got the wrong colour", "wants another size", "found a crack in it"],
}
NAMES = ["Ada", "Bela", "Chen", "Dina", "Efe", "Fay", "Gil", "Hana"]
WHEN = ["on Monday", "last week", "this morning", "after the holidays", "before noon"]


def tickets(count: int, seed: int = 1) -> List[Dict[str, str]]:
    """Rows with a text and a topic, the same for each seed."""
    draw = random.Random(seed)
    topics = list(SAID)
    rows = []
    for _ in range(count):
        topic = draw.choice(topics)
        said = draw.choice(SAID[topic]).format(n=draw.randrange(1000, 9999))
        text = f"{draw.choice(NAMES)} {said} {draw.choice(WHEN)}, and writes again about {draw.choice(['this', 'it', 'the same'])}."
        rows.append({"note": text, "topic": topic if draw.random() > 0.1 else draw.choice(topics)})
    return rows
