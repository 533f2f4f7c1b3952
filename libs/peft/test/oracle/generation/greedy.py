"""What transformers' `generate` writes without sampling, example by example, by small models with random weights in float64."""
import sys
from pathlib import Path

import torch

sys.path.append(str(Path(__file__).parent.parent))
from model_vector import files, randomize  # noqa: E402
from transformers import (  # noqa: E402
    Gemma2Config,
    Gemma2ForCausalLM,
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
)
from vector import array, save, source  # noqa: E402

VOCABULARY, MOST = 23, 12
SIZES = {
    "vocab_size": VOCABULARY,
    "hidden_size": 16,
    "intermediate_size": 14,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 32,
    "attn_implementation": "eager",
}


def case(name, model, seed, lengths=(3, 7, 4, 7, 1, 5)):
    """`written` are the tokens after each prompt, up to the end, which is left out."""
    model = model.double().eval()
    randomize(model, seed, 0.5)
    generator = torch.Generator().manual_seed(seed)
    prompts = [torch.randint(1, VOCABULARY, (length,), generator=generator) for length in lengths]

    def run(prompt, end):
        model.generation_config.eos_token_id = end
        mask = torch.ones(1, len(prompt), dtype=torch.long)
        whole = model.generate(prompt[None], attention_mask=mask, do_sample=False, max_new_tokens=MOST, pad_token_id=0)
        return whole[0, len(prompt):].tolist()

    # The token that ends what is written is the one by which the examples end at the most different times.
    free = [run(prompt, None) for prompt in prompts]
    until = lambda tokens, end: tokens.index(end) if end in tokens else MOST
    spread = lambda end: len({until(tokens, end) for tokens in free})
    end = max(range(VOCABULARY), key=spread)
    written = [[token for token in run(prompt, end) if token != end] for prompt in prompts]
    assert spread(end) > 2, "the examples end at the same time"
    assert any(len(one) == MOST for one in written), "every example ends by itself"
    config, tensors = files(model)
    return {
        "name": name,
        "config": config,
        "tensors": {n: array(t) for n, t in tensors.items()},
        "prompts": [prompt.tolist() for prompt in prompts],
        "end": end,
        "most": MOST,
        "written": written,
    }


save(__file__, {
    "source": source("transformers"),
    "cases": [
        case("Llama, two heads of keys", LlamaForCausalLM(LlamaConfig(**SIZES, tie_word_embeddings=True)), seed=1),
        case(
            "GPT-2, learned positions",
            GPT2LMHeadModel(GPT2Config(
                vocab_size=VOCABULARY, n_positions=32, n_embd=16, n_layer=2, n_head=4, n_inner=14, attn_implementation="eager"
            )),
            seed=8,
        ),
        case(
            "Gemma 2, a window of 4 tokens in every other layer",
            Gemma2ForCausalLM(Gemma2Config(**SIZES, head_dim=4, query_pre_attn_scalar=4, sliding_window=4)),
            seed=3,
        ),
    ],
})
