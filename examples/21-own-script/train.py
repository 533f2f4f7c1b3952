"""Fine-tunes a classifier of texts by LoRA with transformers' Trainer. It knows nothing of who starts it."""

import argparse
import json
import random

import numpy as np
from peft import LoraConfig, TaskType, get_peft_model
from transformers import AutoModelForSequenceClassification, AutoTokenizer, Trainer, TrainingArguments, set_seed

SAID = {
    "billing": ["was charged twice", "got an invoice for nothing", "cannot pay by card"],
    "delivery": ["waits for a parcel", "found the box at a neighbour's door", "saw no courier"],
    "returns": ["sends the order back", "got the wrong colour", "wants another size"],
}


def notes(count, tokenizer, seed):
    """Notes of a help desk with their topics; one topic in ten is wrong."""
    draw = random.Random(seed)
    rows = []
    for _ in range(count):
        label = draw.randrange(len(SAID))
        text = f"{draw.choice(['Ada', 'Bela', 'Chen'])} {draw.choice(list(SAID.values())[label])} {draw.choice(['today', 'last week'])}."
        encoded = tokenizer(text, padding="max_length", truncation=True, max_length=24)
        rows.append({**encoded, "labels": label if draw.random() > 0.1 else draw.randrange(len(SAID))})
    return rows


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", required=True)
    parser.add_argument("--learning-rate", type=float, default=1e-3)
    parser.add_argument("--rank", type=int, default=8)
    parser.add_argument("--variant", choices=["lora", "dora"], default="lora")
    parser.add_argument("--max-steps", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--output-dir", default="out")
    parser.add_argument("--results", default="results.json")
    args = parser.parse_args()

    set_seed(args.seed)
    tokenizer = AutoTokenizer.from_pretrained(args.model)
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    base = AutoModelForSequenceClassification.from_pretrained(args.model, num_labels=len(SAID))
    base.config.pad_token_id = tokenizer.pad_token_id
    adapted = LoraConfig(
        task_type=TaskType.SEQ_CLS,
        r=args.rank,
        lora_alpha=2 * args.rank,
        target_modules=["query", "value"],
        use_dora=args.variant == "dora",
    )
    model = get_peft_model(base, adapted)
    trainer = Trainer(
        model=model,
        args=TrainingArguments(
            output_dir=args.output_dir,
            learning_rate=args.learning_rate,
            max_steps=args.max_steps,
            per_device_train_batch_size=16,
            logging_steps=10,
            save_strategy="no",
            report_to="none",
            seed=args.seed,
        ),
        train_dataset=notes(600, tokenizer, seed=1),
    )
    trainer.train()

    def right(rows):
        predicted = trainer.predict(rows)
        return (np.argmax(predicted.predictions, axis=1) == predicted.label_ids).astype(int).tolist()

    validation = right(notes(200, tokenizer, seed=2))
    test = right(notes(300, tokenizer, seed=3))
    model.save_pretrained(args.output_dir)
    with open(args.results, "w", encoding="utf-8") as file:
        results = {
            "validation": {"accuracy": float(np.mean(validation))},
            "test": {"accuracy": test},
            "steps": trainer.state.global_step,
            "trainableParameters": sum(p.numel() for p in model.parameters() if p.requires_grad),
            "adapter": args.output_dir,
        }
        json.dump(results, file)


if __name__ == "__main__":
    main()
