from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import PeftModel
from safetensors.torch import load_file, save
from transformers import AutoModelForSequenceClassification, LlamaForCausalLM

from conftest import STEPS, Orders
from rankforge_torch.channel import ProtocolError, parse
from talk import Talk


@pytest.fixture(scope="module")
def talk() -> Iterator[Talk]:
    with Talk() as talk:
        yield talk


def without_life(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [line for line in lines if line["type"] != "alive"]


def tensors_of(folder: str) -> dict[str, torch.Tensor]:
    return load_file(Path(folder) / "adapter_model.safetensors")


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def test_ready_says_what_is_there(talk: Talk) -> None:
    assert talk.ready["type"] == "ready"
    assert talk.ready["releases"]["torch"] == torch.__version__
    assert "LORA" in talk.ready["peftTypes"]
    assert talk.ready["devices"][0]["kind"] == "cpu"


def test_trains_evaluates_and_leaves_an_adapter(talk: Talk, orders: Orders) -> None:
    talk.say(orders.run())
    said = without_life(talk.until_end())
    assert [line["type"] for line in said] == [
        "loaded",
        "progress",
        "progress",
        "evaluated",
        "checkpoint",
        "progress",
        "progress",
        "evaluated",
        "ended",
    ]
    assert [line["sequence"] for line in said] == sorted(line["sequence"] for line in said)
    assert said[-1]["outcome"] == "completed"
    assert said[-1]["examples"] == STEPS * 4
    read = load_file(said[-2]["file"]["path"])["read"]
    assert read.shape == ((3, 6) if orders.outputs is None else (3, orders.outputs))
    assert not same(tensors_of(said[-1]["adapter"]), tensors_of(str(orders.folder / "adapter")))


def test_goes_on_from_a_checkpoint_to_the_bit(talk: Talk, orders: Orders) -> None:
    talk.say(orders.run())
    whole = talk.until_end()
    [kept] = [line["file"] for line in whole if line["type"] == "checkpoint"]
    talk.say(orders.run(attempt=2, resume=kept))
    rest = without_life(talk.until_end())
    assert rest[0]["step"] == 2
    assert [line["loss"] for line in rest if line["type"] == "progress"] == [
        line["loss"] for line in whole if line["type"] == "progress"
    ][2:]
    assert same(tensors_of(rest[-1]["adapter"]), tensors_of(whole[-1]["adapter"]))
    assert rest[-1]["examples"] == whole[-1]["examples"]


def test_a_step_is_that_of_a_plain_loop(talk: Talk, classes: Orders) -> None:
    """The same steps by torch's own AdamW over all parameters, without micro-batches."""
    talk.say(classes.run())
    said = talk.until_end()
    base = AutoModelForSequenceClassification.from_pretrained(
        classes.folder / "base", num_labels=3, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0
    )
    model = PeftModel.from_pretrained(base, str(classes.folder / "adapter"), is_trainable=True)
    trained = [each for each in model.parameters() if each.requires_grad]
    optimizer = torch.optim.AdamW(
        [
            {"params": [each for each in trained if each.dim() == 2], "weight_decay": 0.1},
            {"params": [each for each in trained if each.dim() != 2], "weight_decay": 0.0},
        ]
    )
    rows = load_file(classes.folder / "train.safetensors")
    plan = json.loads((classes.folder / "plan.json").read_text())
    losses = []
    for batches, rate in zip(plan["batches"], plan["rates"], strict=True):
        chosen = [row for rows in batches for row in rows]
        mask = (torch.arange(6)[None, :] < rows["lengths"][chosen][:, None]).long()
        loss = model(
            input_ids=rows["tokens"][chosen].long(), attention_mask=mask, labels=rows["targets"][chosen].long()
        ).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    assert [line["loss"] for line in said if line["type"] == "progress"] == pytest.approx(losses, abs=1e-6)


def test_a_step_cut_into_micro_batches_is_that_of_the_whole(talk: Talk, orders: Orders) -> None:
    talk.say(orders.run())
    cut = [line["loss"] for line in talk.until_end() if line["type"] == "progress"]
    plan = json.loads((orders.folder / "plan.json").read_text())
    plan["batches"] = [[[row for rows in batches for row in rows]] for batches in plan["batches"]]
    (orders.folder / "whole.json").write_text(json.dumps(plan))
    talk.say(orders.run(attempt=2, plan=orders.file("whole.json"), accumulate=1, microBatch=4))
    whole = [line["loss"] for line in talk.until_end() if line["type"] == "progress"]
    assert cut == pytest.approx(whole, abs=1e-6)


def test_stops_with_a_checkpoint_where_it_may_go_on(talk: Talk, classes: Orders) -> None:
    plan = json.loads((classes.folder / "plan.json").read_text())
    long = {"batches": plan["batches"] * 500, "rates": plan["rates"] * 500}
    (classes.folder / "long.json").write_text(json.dumps(long))
    order = classes.run(plan=classes.file("long.json"), steps=2000, evaluateEvery=None, checkpointEvery=None)
    talk.say(order)
    for line in talk.lines():
        if line["type"] == "progress":
            break
    same_line = {name: order[name] for name in ("version", "trial", "attempt")}
    talk.say({**same_line, "sequence": 1, "type": "stop", "reason": "drain", "graceSeconds": 10})
    said = without_life(talk.until_end())
    assert [line["type"] for line in said[-2:]] == ["checkpoint", "ended"]
    assert said[-1]["outcome"] == "stopped"
    assert said[-1]["step"] == said[-2]["step"] < 2000


def test_says_a_loss_that_is_not_finite(talk: Talk, classes: Orders) -> None:
    plan = json.loads((classes.folder / "plan.json").read_text())
    (classes.folder / "large.json").write_text(json.dumps({**plan, "rates": [1e30] * STEPS}))
    talk.say(classes.run(plan=classes.file("large.json"), clipNorm=None))
    ended = talk.until_end()[-1]
    assert ended["outcome"] == "diverged"
    assert "at step 2" in ended["reason"]


def test_refuses_a_file_of_another_digest(talk: Talk, classes: Orders) -> None:
    order = classes.run()
    order["data"]["train"] = {**order["data"]["train"], "sha256": "f" * 64}
    talk.say(order)
    ended = talk.until_end()[-1]
    assert ended["outcome"] == "failed"
    assert "was ordered" in ended["reason"]


def test_refuses_a_base_with_code_of_its_own(talk: Talk, classes: Orders) -> None:
    file = classes.folder / "base" / "config.json"
    config = json.loads(file.read_text())
    config |= {"model_type": "own", "auto_map": {"AutoConfig": "own.OwnConfig"}}
    file.write_text(json.dumps(config))
    (classes.folder / "base" / "own.py").write_text("raise SystemExit('its code ran')")
    talk.say(classes.run())
    ended = talk.until_end()[-1]
    assert ended["outcome"] == "failed"
    assert "trust_remote_code" in ended["reason"]


def test_scores_the_test_split_by_score_alone(talk: Talk, orders: Orders) -> None:
    talk.say(orders.run())
    adapter = talk.until_end()[-1]["adapter"]
    talk.say(orders.score(2, adapter))
    said = without_life(talk.until_end())
    assert [line["type"] for line in said] == ["loaded", "evaluated", "ended"]
    assert said[1]["split"] == "test"


def test_writes_the_answers_of_transformers(talk: Talk, tmp_path: Path) -> None:
    """Each prompt alone, by `generate` with neither sampling nor padding."""
    orders = Orders(tmp_path, None)
    lengths = [5, 2, 4, 3, 5]
    prompts = torch.zeros((len(lengths), max(lengths)), dtype=torch.int32)
    for row, length in enumerate(lengths):
        prompts[row, :length] = torch.randint(1, 16, (length,))
    rows = {**orders.rows(len(lengths)), "prompts": prompts, "promptLengths": torch.tensor(lengths, dtype=torch.int32)}
    for split in ("validation", "test"):
        (tmp_path / f"{split}.safetensors").write_bytes(save(rows))
    base = LlamaForCausalLM.from_pretrained(tmp_path / "base")
    model: Any = PeftModel.from_pretrained(base, str(tmp_path / "adapter")).eval()
    alone = [
        model.generate(
            input_ids=prompts[row : row + 1, :length].long(),
            attention_mask=torch.ones((1, length), dtype=torch.long),
            do_sample=False,
            max_new_tokens=7,
            eos_token_id=None,
            pad_token_id=0,
        )[0, length:].tolist()
        for row, length in enumerate(lengths)
    ]
    # A token that some answers have and others lack.
    end = next(token for token in range(16) if 0 < sum(token in answer for answer in alone) < len(alone))
    expected = [answer[: answer.index(end)] if end in answer else answer for answer in alone]
    order = orders.run(task={**orders.common(1)["task"], "writing": {"ends": [end], "tokens": 7}}, steps=0)
    # Penalties that a base asks for are not those of the order.
    (tmp_path / "base" / "generation_config.json").write_text(json.dumps({"repetition_penalty": 9.0, "min_length": 20}))
    talk.say(order)
    said = without_life(talk.until_end())
    talk.say({**orders.score(2, str(tmp_path / "adapter")), "task": order["task"]})
    scored = without_life(talk.until_end())
    for lines in (said, scored):
        [evaluated] = [line for line in lines if line["type"] == "evaluated"]
        written = load_file(evaluated["file"]["path"])["written"]
        assert written.shape == (5, 7)
        assert [[token for token in row if token >= 0] for row in written.tolist()] == expected


def test_a_line_that_came_already_is_dropped(talk: Talk, classes: Orders) -> None:
    order = classes.run()
    talk.say(order)
    talk.say(order)
    talk.say(classes.run(attempt=2))
    first, second = talk.until_end(), talk.until_end()
    assert {line["attempt"] for line in first} == {1}
    assert {line["attempt"] for line in second} == {2}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"not json\n", "not JSON"),
        (b'{"version": 2, "type": "run"}\n', "version 2"),
        (b'{"version": 1, "type": "dance"}\n', "'dance' is not known"),
        (b'{"version": 1, "type": "run", "data": {"test": {}}}\n', "only score reads the test split"),
    ],
)
def test_refuses_a_line_that_it_cannot_take(line: bytes, reason: str) -> None:
    with pytest.raises(ProtocolError, match=reason):
        parse(line)


def test_ends_on_a_line_that_it_cannot_take() -> None:
    with Talk() as talk:
        talk.say(b"not json\n")
        assert talk.process.wait(60) == 2


def test_ends_with_its_worker() -> None:
    with Talk() as talk:
        talk.hang_up()
        assert talk.process.wait(60) == 0
