"""A runner in one file: it trains on the cores what a worker orders, by the lines of docs/runner-protocol.md."""
import hashlib, json, math, os, queue, threading, time
import peft, torch, transformers
from safetensors.torch import load_file, save_file
orders, stopped, answers = queue.Queue(), set(), os.fdopen(4, "w")
def say(order, kind, **fields):  # an order is number 0 of the worker's lines, and ours are counted on from there
    about = {name: order[name] for name in ("version", "trial", "attempt", "sequence")}
    print(json.dumps({**about, "type": kind, **fields}, allow_nan=False), file=answers, flush=True)
    order["sequence"] += 1
def named(path): return {"path": path, "sha256": hashlib.sha256(open(path, "rb").read()).hexdigest()}
def checked(file):
    if named(file["path"]) == file: return file["path"]
    raise ValueError(f"{file['path']} is not what was ordered")
def opened(order, trains):
    torch.set_num_threads(order["device"]["threads"])
    outputs, kind = order["task"]["outputs"], transformers.AutoModelForSequenceClassification
    model = (kind if outputs else transformers.AutoModelForCausalLM).from_pretrained(order["base"]["path"], num_labels=outputs or 2)
    return peft.PeftModel.from_pretrained(model, order["adapter"], is_trainable=trains).eval()  # nothing is dropped
def read(model, rows, some):  # logits, and the loss of each target
    mask, targets = torch.arange(rows["tokens"].shape[1]) < rows["lengths"][some, None], rows["targets"][some].long()
    logits = model(input_ids=rows["tokens"][some].long(), attention_mask=mask.long()).logits
    return logits, torch.nn.functional.cross_entropy(logits.movedim(-1, 1), targets, ignore_index=-1, reduction="none")
def evaluate(order, model, split, step):
    rows, path = load_file(checked(order["data"][split])), f"{order['workdir']}/{split}-{step}.safetensors"
    batches, of_tokens = torch.arange(len(rows["tokens"])).split(order["microBatch"]), order["task"]["outputs"] is None
    with torch.no_grad(): save_file({"read": torch.cat([read(model, rows, some)[of_tokens] for some in batches])}, path)
    say(order, "evaluated", step=step, split=split, file=named(path))
def score(order):
    say(order, "loaded", parameters=0, decayed=0)
    evaluate(order, opened(order, False), "test", 0)
    say(order, "ended", outcome="completed", step=0, examples=0)
def run(order, step=0):
    asked, rows, plan = order["optimizer"], load_file(checked(order["data"]["train"])), json.load(open(checked(order["plan"])))
    if asked.get("rates") or asked["headRate"] != 1: raise ValueError("this runner trains everything at one rate")
    model, per_step = opened(order, True), order["accumulate"] * order["microBatch"]
    trained = {name.replace(".modules_to_save", "").replace(".default", ""): each for name, each in model.named_parameters() if each.requires_grad}
    groups = [{"params": [each], "weight_decay": asked["weightDecay"] * (name in asked["decayed"])} for name, each in trained.items()]
    optimizer = torch.optim.AdamW(groups, betas=(asked["beta1"], asked["beta2"]), eps=asked["epsilon"])
    say(order, "loaded", parameters=sum(map(torch.numel, trained.values())), decayed=sum(trained[name].numel() for name in asked["decayed"]))
    while step < order["steps"] and order["attempt"] not in stopped:
        began, batches = time.time(), [torch.tensor(some) for some in plan["batches"][step]]
        terms = sum((rows["targets"][some] != -1).sum() for some in batches)
        for loss in (losses := [read(model, rows, some)[1].sum() / terms for some in batches]): loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(trained.values(), order["clipNorm"] or math.inf).item()
        for group in optimizer.param_groups: group["lr"] = plan["rates"][step]
        optimizer.step(), optimizer.zero_grad()
        step, tokens, total = step + 1, sum(rows["lengths"][some].sum().item() for some in batches), sum(losses).item()
        say(order, "progress", step=step, loss=total, gradientNorm=norm, tokens=tokens, seconds=time.time() - began)
        if step == order["steps"] or order["evaluateEvery"] and step % order["evaluateEvery"] == 0: evaluate(order, model, "validation", step)
    model.save_pretrained(folder := order["workdir"] + "/adapter")
    say(order, "ended", outcome="completed" if step == order["steps"] else "stopped", step=step, examples=step * per_step, adapter=folder)
def work():
    for order in iter(orders.get, None):
        try: {"run": run, "score": score}[order["type"]](order)
        except Exception as error: say(order, "ended", outcome="failed", reason=f"{error!r}", step=0, examples=0)
able = {"peftTypes": ["IA3", "LORA"], "optimizers": ["adamw"], "dtypes": ["float32"], "devices": [{"kind": "cpu", "name": "cores"}]}
say({"version": 1, "trial": "", "attempt": 0, "sequence": 0}, "ready", runner="one file", releases={"torch": torch.__version__}, **able)
threading.Thread(target=work, daemon=True).start()
for line in map(json.loads, os.fdopen(3)):  # once the worker is gone, this ends
    stopped.add(line["attempt"]) if line["type"] == "stop" else orders.put(line)
