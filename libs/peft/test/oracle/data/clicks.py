"""
Click models by enumerating every pattern of clicks on a list: position-based (Ai et al. 2018, arXiv 1804.05938), user browsing (Dupret and
Piwowarski 2008) and cascade (Craswell et al. 2008). A pattern's chance is the product, place by place, of a click or of none, given the
place of the click before; chances to look and to click are sums over patterns. The table of user browsing is read as Ai et al. read it: by
place, then by the distance from the click before, which stands above the first place where nothing was clicked.
"""
import sys
from itertools import product
from pathlib import Path

import numpy as np

sys.path.append(str(Path(__file__).parent.parent))
from vector import save  # noqa: E402

LOOKS = [0.68, 0.61, 0.48, 0.34, 0.28, 0.20, 0.11, 0.10, 0.08, 0.06]
AFTER = [
    [1.0],
    [0.98, 1.0],
    [1.0, 0.62, 0.95],
    [1.0, 0.77, 0.42, 0.82],
    [1.0, 0.92, 0.55, 0.31, 0.69],
    [1.0, 0.96, 0.63, 0.4, 0.22, 0.54],
    [1.0, 0.99, 0.73, 0.46, 0.29, 0.17, 0.47],
    [1.0, 1.0, 0.89, 0.52, 0.35, 0.24, 0.14, 0.43],
    [1.0, 1.0, 0.95, 0.68, 0.4, 0.29, 0.19, 0.12, 0.41],
    [1.0, 1.0, 1.0, 0.96, 0.52, 0.36, 0.27, 0.18, 0.12, 0.43],
]
CHANCE = {
    "pbm": lambda place, before, eta: LOOKS[place] ** eta,
    "ubm": lambda place, before, eta: AFTER[place][place - before - 1] ** eta,
    "cascade": lambda place, before, eta: float(before == -1),
}


def enumerated(model, attraction, eta):
    places = len(attraction)
    look, click = np.zeros(places), np.zeros(places)
    for pattern in product((0, 1), repeat=places):
        chance, before, looked = 1.0, -1, []
        for place, is_clicked in enumerate(pattern):
            looks = CHANCE[model](place, before, eta)
            looked.append(looks)
            clicks = looks * attraction[place]
            chance *= clicks if is_clicked else 1 - clicks
            before = place if is_clicked else before
        look += chance * np.array(looked)
        click += chance * np.array(pattern)
    return look.tolist(), click.tolist()


rng = np.random.default_rng(3)
cases = []
for model in CHANCE:
    for places, eta in ((10, 1.0), (10, 0.5), (4, 2.0)):
        attraction = np.round(rng.random(places), 3).tolist()
        look, click = enumerated(model, attraction, eta)
        cases.append({"model": model, "eta": eta, "attraction": attraction, "look": look, "click": click})
save(__file__, {"source": f"numpy {np.__version__}, float64", "cases": cases})
