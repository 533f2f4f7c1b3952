"""`torch.svd_lowrank`, whose random start is drawn here so that the library can begin from the same."""
import sys
from pathlib import Path
from unittest.mock import patch

import torch

sys.path.insert(0, str(Path(__file__).parents[1]))
from vector import Draw, array, save, source


def case(seed, rows, columns, rank, iterations):
    draw = Draw(seed)
    matrix, start = draw(rows, columns), draw(min(rows, columns), rank)
    with patch("torch.randn", return_value=start) as randn:
        left, values, right = torch.svd_lowrank(matrix, rank, iterations)
    assert randn.call_args.args[:2] == start.shape
    return {
        "matrix": array(matrix),
        "start": array(start),
        "iterations": iterations,
        "values": array(values),
        "product": array(left @ torch.diag(values) @ right.T),
    }


save(__file__, {
    "source": source("torch"),
    "cases": [case(1, 9, 6, 2, 0), case(2, 9, 6, 3, 1), case(3, 5, 8, 2, 4), case(4, 5, 8, 5, 2)],
})
