"""A random choice has no numbers to be held to but its size: each case says how many of how many, and all of them where none is left out."""
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent.parent))
from vector import save  # noqa: E402

case = lambda size, count, **of: {"name": f"{count} of {size}", "config": {}, "size": size, "count": count, **of}
save(__file__, {"source": "counting", "selections": [case(7, 3), case(5, 5, chosen=list(range(5)))]})
