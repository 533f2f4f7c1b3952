"""FourierFT through peft.tuners.fourierft."""
import sys
from pathlib import Path

import torch
from peft import FourierFTConfig, get_peft_model

sys.path.insert(0, str(Path(__file__).parents[1]))
from vector import OneLayer, problem, run, same, save, source, transposed

# peft makes the dense spectrum in float32 whatever its coefficients are; this keeps it in float64.
torch.Tensor.float = torch.Tensor.double


def case(seed, config, **size):
    p = problem(seed, **size)
    model = get_peft_model(
        OneLayer(p.kernel, p.bias),
        FourierFTConfig(n_frequency=config["frequencies"], scaling=config["scaling"], target_modules=["layer"]),
    )
    layer = model.base_model.model.layer
    spectrum = layer.fourierft_spectrum["default"]
    with torch.no_grad():
        spectrum.copy_(p.draw(*spectrum.shape, scale=0.8))
    frozen = {"fourierft_indices": (layer.indices["default"], transposed)}

    def effective():
        weight = layer.base_layer.weight.detach() + layer.get_delta_weight("default")
        return weight.T, layer.base_layer.bias

    # The places follow from peft's default seed.
    places = {"fourierft_indices": layer.indices["default"].T}
    return run(p, model, {"fourierft_spectrum": (spectrum, same)}, frozen, effective, config, initial=places)


save(__file__, {
    "source": source("peft"),
    "cases": [
        case(191, {"frequencies": 9, "scaling": 20.0}),
        case(192, {"frequencies": 17, "scaling": 5.0}, inputs=8, outputs=3),
    ],
})
