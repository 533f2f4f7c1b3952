"""FedAvg (arXiv 1602.05629, algorithm 1): the mean weighted by examples."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from federation import mean, save, two_rounds

save(__file__, cases=[two_rounds(1, lambda messages, weights, tensors, kept: (mean(messages, weights), None, {}))])
