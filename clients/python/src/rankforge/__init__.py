"""A client of Rankforge: sweeps of fine-tuning methods, their boards, and adapters.

>>> import rankforge
>>> client = rankforge.Client()                                     # doctest: +SKIP
>>> sweep = client.submit("sweep.json").wait(progress=True)         # doctest: +SKIP
>>> print(sweep.board())                                            # doctest: +SKIP
"""

from . import types
from .board import Board
from .client import Client
from .errors import ProblemError, RankforgeError, UnreachableError
from .events import Event
from .runs import Runs
from .sweep import Sweep
from .trial import Trial

__all__ = ["Board", "Client", "Event", "ProblemError", "RankforgeError", "Runs", "Sweep", "Trial", "UnreachableError", "types"]
