"""What is asked for, as it is."""
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent.parent))
import asked  # noqa: E402
from vector import save  # noqa: E402

save(__file__, asked.vector(lambda wanted, _: wanted, {}, alone=True))
