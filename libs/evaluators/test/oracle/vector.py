"""Writes the vector of a script: `oracle/<kind>/<name>.py` makes `vectors/<kind>/<name>.json`."""
import json
from pathlib import Path

HERE = Path(__file__).parent


def save(script, vector):
    script = Path(script)
    path = HERE.parent / "vectors" / script.parent.name / f"{script.stem}.json"
    path.write_text(json.dumps(vector, indent=None, separators=(",", ":")) + "\n")
    print(f"{path.relative_to(HERE.parent)}: {path.stat().st_size} bytes")
