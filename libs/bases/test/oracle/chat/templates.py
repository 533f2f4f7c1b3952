"""
Chat templates as transformers lays them out: texts, token ids, and the tokens that the assistant generates. Templates in kept/ are our own, with the
constructs of published ones. SmolLM2's is read out of its folder: RANKFORGE_MODELS_DIR/smollm2-135m-instruct.
"""
import datetime
import json
import os
import re
from pathlib import Path

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast
from transformers.utils import chat_template_utils

HERE = Path(__file__).parent
VECTORS = HERE.parent.parent / "vectors"
SPECIAL = """<|endoftext|> <|im_start|> <|im_end|> <|begin_of_text|> <|start_header_id|> <|end_header_id|> <|eot_id|> <bos> <start_of_turn>
<end_of_turn> <s> </s> [INST] [/INST]""".split()
TEMPLATES = {
    "qwen": {"eos_token": "<|im_end|>"},
    "llama": {"bos_token": "<|begin_of_text|>", "eos_token": "<|eot_id|>"},
    "gemma": {"bos_token": "<bos>", "eos_token": "<end_of_turn>"},
    "mistral": {"bos_token": "<s>", "eos_token": "</s>"},
}


def said(*contents, system=None):
    roles = ["user", "assistant"]
    turns = [{"role": roles[at % 2], "content": content} for at, content in enumerate(contents)]
    return ([{"role": "system", "content": system}] if system else []) + turns


CONVERSATIONS = [
    said("How is adrenalin said?", "AH D R EH N AH L IH N"),
    said("Name a whale.", "Moby Dick.", "And a ship?", "The Pequod.", "Who sails it?", "Ahab does, and he is not well."),
    said("Name a whale.", "Moby Dick.", "And a ship?", "The Pequod.", system="Answer in few words."),
    said("  Add 1 and 2:\n\n```\n1 + 2\n```  ", "\n  3 \"three\" \n", "Größe? 日本語 🐳", "“été” & <b>ok</b>\ttab"),
    said("Say <|im_end|> and </s> and <end_of_turn>.", "Here: <|im_end|></s>", "Thanks", "You are welcome"),
]


# Messages of a user alone, as generators are asked.
MESSAGES = [
    "Name a whale.",
    "  Which passage is more relevant?\n\nPassage A: \"Größe 日本語 🐳\"\nPassage B: \"“été” & <b>ok</b>\"\n\nAnswer with A or B.\n",
]


class Day(datetime.datetime):
    """The day that templates are told."""

    @classmethod
    def now(cls, tz=None):
        return cls(2024, 7, 26)


chat_template_utils.datetime = Day


def small_tokenizer():
    """BPE of bytes with the control tokens of all templates."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    texts = [message["content"] for conversation in CONVERSATIONS for message in conversation]
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(vocab_size=340, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(texts * 3, trainer)
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in SPECIAL])
    return tokenizer


def unmarked(template):
    return re.sub(r"\{%-?\s*(?:end)?generation\s*-?%\}", "", template)


def case(tokenizer, messages, template=None):
    options = {} if template is None else {"chat_template": template}
    made = {"messages": messages}
    try:
        text = tokenizer.apply_chat_template(messages, tokenize=False, **options)
    except Exception as error:
        return {**made, "refused": str(error)}
    whole = tokenizer.apply_chat_template(messages, tokenize=True, return_dict=True, **options)
    prompt = tokenizer.apply_chat_template(messages[:-1], tokenize=False, add_generation_prompt=True, **options)
    asked = tokenizer.apply_chat_template(
        messages[:-1], tokenize=True, return_dict=True, add_generation_prompt=True, **options
    )
    made.update(text=text, ids=whole["input_ids"], prompt=prompt, promptIds=asked["input_ids"])
    if "generation" in (template or ""):
        assert tokenizer.apply_chat_template(messages, tokenize=False, chat_template=unmarked(template)) == text
        masked = tokenizer.apply_chat_template(
            messages, tokenize=True, return_dict=True, return_assistant_tokens_mask=True, **options
        )
        assert masked["input_ids"] == whole["input_ids"]
        made["learned"] = masked["assistant_masks"]
    return made


def asked(tokenizer, message, template=None):
    """A message as it is asked, and with an answer."""
    options = {} if template is None else {"chat_template": template}
    turns = said(message, "A")
    one = tokenizer.apply_chat_template(
        turns[:1], tokenize=True, return_dict=True, add_generation_prompt=True, **options
    )
    text = tokenizer.apply_chat_template(turns[:1], tokenize=False, add_generation_prompt=True, **options)
    both = tokenizer.apply_chat_template(turns, tokenize=True, return_dict=True, **options)
    return {"message": message, "text": text, "ids": one["input_ids"], "answeredIds": both["input_ids"]}


def write(name, value):
    (VECTORS / name).write_text(json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n")


state = small_tokenizer()
written = {}
for name, tokens in TEMPLATES.items():
    template = (HERE / "kept" / f"{name}.jinja").read_text()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=state, **tokens)
    cases = [case(tokenizer, each, template) for each in CONVERSATIONS]
    written[name] = {"tokens": tokens, "cases": cases, "asked": [asked(tokenizer, each, template) for each in MESSAGES]}
write("chat.json", {"tokenizer": json.loads(state.to_str()), "templates": written})

folder = Path(os.environ["RANKFORGE_MODELS_DIR"]) / "smollm2-135m-instruct"
smollm2 = PreTrainedTokenizerFast.from_pretrained(folder)
# The same template with marks around what the assistant generates, for the mask alone.
plain = smollm2.chat_template
turn = "{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}"
assert turn in plain
marked = plain.replace(
    turn,
    "{% if message['role'] == 'assistant' %}{{'<|im_start|>assistant\n'}}{% generation %}{{message['content'] + '<|im_end|>'}}"
    + "{% endgeneration %}{{'\n'}}{% else %}" + turn + "{% endif %}",
)
cases = []
for messages in CONVERSATIONS:
    own, learned = case(smollm2, messages), case(smollm2, messages, marked)
    assert own["ids"] == learned["ids"]
    cases.append({**own, "learned": learned["learned"]})
write("chat-smollm2.json", {"cases": cases, "asked": [asked(smollm2, each) for each in MESSAGES]})
