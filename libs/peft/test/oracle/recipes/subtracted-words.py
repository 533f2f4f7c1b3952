"""The mean embedding of unwanted words is subtracted, by numpy."""
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent.parent))
import asked  # noqa: E402
from vector import save  # noqa: E402


def subtracted(wanted, unwanted, strength=1.0):
    return wanted - strength * unwanted.mean(0) if len(unwanted) else wanted


save(__file__, asked.vector(subtracted, {}, {"strength": 0.4}))
