"""CELLM (arXiv 2407.20557): messages as of FLASC, whose mean change the server follows by torch's AdamW with a rate for each round."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
import torch
from federation import mean, save, two_rounds


def server(rate, decay, weight_decay):
    parameters, round_ = {}, [0]

    def aggregate(messages, weights, tensors, kept):
        if not parameters:
            parameters.update({path: torch.nn.Parameter(torch.tensor(tensor)) for path, tensor in tensors.items()})
            parameters["optimizer"] = torch.optim.AdamW(list(parameters.values()), lr=rate, weight_decay=weight_decay)
        optimizer = parameters["optimizer"]
        for group in optimizer.param_groups:
            group["lr"] = rate * decay ** round_[0]
        for path, change in mean(messages, weights).items():
            parameters[path].grad = torch.tensor(-change)
        optimizer.step()
        round_[0] += 1
        return {path: parameters[path].detach().numpy().copy() for path in tensors}, None, {}

    return aggregate


def case(seed, rate, decay, weight_decay):
    config = {"serverLearningRate": rate, "decay": decay, "weightDecay": weight_decay}
    return two_rounds(seed, server(rate, decay, weight_decay), config)


save(__file__, cases=[case(61, 5e-3, 1, 0.01), case(62, 0.3, 0.5, 0.2)])
