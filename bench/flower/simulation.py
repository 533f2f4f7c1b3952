"""Runs a federation in Flower's simulation, of the size of one of ours, and prints its speed and bytes as JSON.

usage: simulation.py PLAN

PLAN is JSON: clients, rounds, steps, batch, sequence, rank, learningRate, vocabulary, width, layers, heads, cores. Each client trains a GPT-2 of
these sizes with torch and peft, on tokens that are drawn; LoRA is on the fused projection, which has as many parameters as ours on
query and value. Seconds are those from the end of the first round to the end of the last, so that starting Ray is not counted.
"""

import json
import logging
import os
import sys
import time
from collections import OrderedDict

# Nothing is sent to anybody.
os.environ.update(FLWR_TELEMETRY_ENABLED="0", RAY_USAGE_STATS_ENABLED="0", HF_HUB_OFFLINE="1")
plan = json.loads(sys.argv[1])

import flwr
import torch
from flwr.app import ArrayRecord, Message, MetricRecord, RecordDict
from flwr.clientapp import ClientApp
from flwr.serverapp import ServerApp
from flwr.serverapp.strategy import FedAvg
from flwr.simulation import run_simulation
from peft import LoraConfig, get_peft_model, get_peft_model_state_dict, set_peft_model_state_dict
from transformers import GPT2Config, GPT2ForSequenceClassification

logging.getLogger("flwr").setLevel(logging.ERROR)


def made():
    torch.manual_seed(0)
    config = GPT2Config(
        vocab_size=plan["vocabulary"], n_positions=plan["sequence"], n_embd=plan["width"], n_layer=plan["layers"], n_head=plan["heads"],
        num_labels=2, pad_token_id=0, resid_pdrop=0, embd_pdrop=0, attn_pdrop=0,
    )
    lora = LoraConfig(r=plan["rank"], target_modules=["c_attn"], task_type="SEQ_CLS", fan_in_fan_out=True)
    return get_peft_model(GPT2ForSequenceClassification(config), lora)


client_app = ClientApp()
models = {}


@client_app.train()
def train(message, context):
    torch.set_num_threads(1)
    model = models.get("model") or models.setdefault("model", made())
    set_peft_model_state_dict(model, message.content["arrays"].to_torch_state_dict())
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=plan["learningRate"])
    for _ in range(plan["steps"]):
        tokens = torch.randint(1, plan["vocabulary"], (plan["batch"], plan["sequence"]))
        loss = model(input_ids=tokens, labels=torch.randint(0, 2, (plan["batch"],))).loss
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    content = RecordDict({
        "arrays": ArrayRecord(OrderedDict(get_peft_model_state_dict(model))),
        "metrics": MetricRecord({"num-examples": plan["batch"] * plan["steps"]}),
    })
    return Message(content=content, reply_to=message)


def size(message):
    return sum(len(array.data) for array in message.content["arrays"].values())


class Counted(FedAvg):
    ends, up, down, messages = [], [], [], []

    def configure_train(self, *args, **kwargs):
        messages = list(super().configure_train(*args, **kwargs))
        self.down.append(sum(map(size, messages)))
        return messages

    def aggregate_train(self, server_round, replies):
        replies = list(replies)
        done = super().aggregate_train(server_round, replies)
        self.up.append(sum(size(reply) for reply in replies if reply.has_content()))
        self.messages.append(len(replies))
        self.ends.append(time.perf_counter())
        return done


server_app = ServerApp()


@server_app.main()
def main(grid, context):
    clients = plan["clients"]
    strategy = Counted(fraction_train=1.0, fraction_evaluate=0.0, min_train_nodes=clients, min_available_nodes=clients)
    strategy.start(grid=grid, initial_arrays=ArrayRecord(OrderedDict(get_peft_model_state_dict(made()))), num_rounds=plan["rounds"])


cores = plan["cores"]
backend = {"init_args": {"num_cpus": cores, "include_dashboard": False}, "client_resources": {"num_cpus": 1, "num_gpus": 0}}
run_simulation(server_app=server_app, client_app=client_app, num_supernodes=plan["clients"], backend_config=backend)
assert Counted.messages == [plan["clients"]] * plan["rounds"], Counted.messages
print(json.dumps({
    "flwr": flwr.__version__,
    "torch": torch.__version__,
    "seconds": Counted.ends[-1] - Counted.ends[0],
    "rounds": plan["rounds"] - 1,
    "up": Counted.up[-1],
    "down": Counted.down[-1],
    "parameters": sum(parameter.numel() for parameter in made().parameters() if parameter.requires_grad),
}))
