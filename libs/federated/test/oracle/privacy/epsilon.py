"""Epsilon of rounds of the sampled Gaussian mechanism, by the RDP accountant of dp-accounting."""
import importlib.metadata
import json
from pathlib import Path

import dp_accounting
from dp_accounting.rdp import RdpAccountant


def case(sampling, noise, rounds, delta):
    event = dp_accounting.GaussianDpEvent(noise)
    accountant = RdpAccountant()
    accountant.compose(event if sampling == 1 else dp_accounting.PoissonSampledDpEvent(sampling, event), rounds)
    epsilon, order = accountant.get_epsilon_and_optimal_order(delta)
    return {
        "sampling": sampling, "noise": noise, "rounds": rounds, "delta": delta,
        "epsilon": float(f"{epsilon:.12g}"), "order": float(order),
    }


script = Path(__file__)
path = script.parents[2] / "vectors" / "privacy" / "epsilon.json"
path.write_text(json.dumps({
    "source": f"dp-accounting {importlib.metadata.version('dp-accounting')}",
    "cases": [
        case(0.1, 1, 100, 1e-5), case(0.01, 0.8, 1000, 1e-6), case(0.3, 2, 50, 1e-5), case(1, 1.5, 20, 1e-5),
        case(0.5, 0.5, 10, 1e-3), case(0.05, 4, 500, 1e-7), case(0.2, 0.7, 1, 1e-5), case(0.001, 1, 1, 1e-3),
    ],
}, separators=(",", ":")) + "\n")
print(f"{path.relative_to(script.parents[2])}: {path.stat().st_size} bytes")
