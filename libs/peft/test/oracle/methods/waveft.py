"""WaveFT through peft.tuners.waveft, with its inverse transform."""
import sys
from pathlib import Path

import torch
from peft import WaveFTConfig, get_peft_model
from peft.tuners.waveft.constants import WAVELET_REDUCTIONS

sys.path.insert(0, str(Path(__file__).parents[1]))
from vector import OneLayer, problem, run, same, save, source


def places(layer, config):
    """Where each coefficient lies: its band, and down the inputs and across the outputs in it."""
    more = WAVELET_REDUCTIONS[config["wavelet"]][0]
    sides = [layer.in_features, layer.out_features]
    padded = [size + more + (size + more) % 2 for size in sides]
    outputs, inputs = layer.waveft_indices["default"].tolist()
    rows = []
    for place in zip(inputs, outputs):
        moved = [at + (whole - size) // 2 for at, whole, size in zip(place, padded, sides)]
        half = [whole // 2 for whole in padded]
        # What peft calls horizontal lies at high inputs, and is made with the high filter over outputs.
        band = 2 * (moved[1] >= half[1]) + (moved[0] >= half[0])
        rows.append([band, moved[0] % half[0], moved[1] % half[1]])
    return torch.tensor(rows, dtype=torch.get_default_dtype())


def case(seed, config, **size):
    p = problem(seed, **size)
    model = get_peft_model(
        OneLayer(p.kernel, p.bias),
        WaveFTConfig(
            n_frequency=config["coefficients"], scaling=config["scaling"], wavelet_family=config["wavelet"],
            random_loc_seed=config["places"], target_modules=["layer"],
        ),
    )
    layer = model.base_model.model.layer
    spectrum = layer.waveft_spectrum["default"]
    frozen = places(layer, config)
    initial = {"waveft_spectrum": spectrum.detach().clone(), "waveft_indices": frozen}
    with torch.no_grad():
        spectrum.copy_(p.draw(*spectrum.shape, scale=0.4))

    def effective():
        weight = layer.base_layer.weight.detach() + layer.get_delta_weight("default").detach()
        return weight.T, layer.base_layer.bias

    trained = {"waveft_spectrum": (spectrum, same)}
    return run(p, model, trained, {"waveft_indices": (frozen, same)}, effective, config, initial=initial)


save(__file__, {
    "source": source("peft"),
    "cases": [
        case(361, {"coefficients": 9, "scaling": 2.0, "wavelet": "db1", "places": 777}, inputs=8, outputs=4),
        # Odd sides.
        case(362, {"coefficients": 12, "scaling": 1.0, "wavelet": "db1", "places": 5}),
        case(363, {"coefficients": 14, "scaling": 1.5, "wavelet": "db2", "places": 6}, inputs=6, outputs=7),
        case(364, {"coefficients": 20, "scaling": 1.0, "wavelet": "db4", "places": 7}, inputs=10, outputs=8),
    ],
})
