"""Adapters that were trained here and in Python, on one board. Run it as a whole, or cell by cell in an editor that knows `# %%`."""

# %% Connect to the platform that `rankforge up` runs.
import sys
import tempfile

import rankforge
from tickets import tickets

BASE = "minilm-l6"
client = rankforge.Client()
print(client)

# %% Add data, as a list of dicts.
made = next((each for each in client.datasets() if each["name"] == "tickets"), None) or client.add_dataset(
    "tickets", tickets(1200), {"objective": "classification", "text": "note", "label": "topic"}
)
print(made["task"], made["report"]["examples"])

# %% See what a sweep would take, before anything runs.
spec = {
    "name": "LoRA on tickets, from Python",
    "task": made["task"],
    "base": BASE,
    "methods": [{"name": "lora"}, {"name": "linear-probe"}],
    "rank": [8],
    "learningRate": [0.002],
    "memoryBudgetMiB": [512],
    "seed": [0, 1, 2],
    "training": {"steps": 60, "batchSize": 16, "sequenceLength": 32, "targets": ["query", "value"]},
}
for row in client.preview(spec)["rows"]:
    print(row["method"], f"{row['predicted']['total'] / 2**20:.0f} MiB predicted")

# %% Train, and read the board.
sweep = client.submit(spec).wait(progress=True)
print(sweep.board())

# %% The loss of the winner, and its adapter as a folder of peft.
winner = sweep.winner()
(loss,) = winner.curves("train/loss")
print(winner, "from", round(loss["values"][0], 3), "to", round(loss["values"][-1], 3))
folder = winner.download(tempfile.mkdtemp() + "/winner", format="peft")
print("PeftModel.from_pretrained(base, folder) loads", folder)

# %% Train one in Python, on the same training split; the test split stays unread.
if not any(each["name"] == "by-peft" for each in client.adapters()):
    try:
        from trained_by_peft import train
    except ImportError as missing:
        print(f"the rest was left out: {missing}")
        sys.exit(0)
    labels = [each["name"] for each in made["report"]["classes"] or []]
    examples = [(row["fields"]["text"], row["fields"]["label"]) for row in client.dataset_rows(made["id"], "train")]
    model = sys.argv[1] if len(sys.argv) > 1 else f"models/{BASE}"
    client.add_adapter(train(model, examples, labels, tempfile.mkdtemp() + "/by-peft"), BASE)

# %% Have it scored here, and read the board that shows both.
client.evaluate("by-peft", made["task"], memoryBudgetMiB=512, sequenceLength=32, batchSize=16).wait(progress=True)
board = client.board(made["task"], BASE)
print(board)

# %% With pandas, where it is installed.
try:
    import pandas
except ImportError:
    pandas = None
if pandas is not None:
    print(pandas.DataFrame(board.rows)[["name", "score", "group", "adapter", "steps"]])
