"""Adapter folders that peft saves, and the logits that it gives with them: reading them is held to these."""
import json
import sys
import tempfile
from pathlib import Path

import peft
import torch
from safetensors.torch import load_file
from transformers import BertConfig, BertForSequenceClassification, GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM

sys.path.insert(0, str(Path(__file__).parents[1]))
from vector import Draw, array, save, source

torch.set_default_dtype(torch.float32)
SEQUENCE = 6
SPECIAL = {"bos_token_id": 0, "eos_token_id": 0}


def gpt2():
    config = GPT2Config(
        vocab_size=11, n_positions=SEQUENCE, n_embd=8, n_layer=2, n_head=2, n_inner=12, activation_function="gelu_new",
        resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0, attn_implementation="eager", **SPECIAL,
    )
    return GPT2LMHeadModel(config)


def llama():
    config = LlamaConfig(
        vocab_size=11, max_position_embeddings=SEQUENCE, hidden_size=8, intermediate_size=12, num_hidden_layers=2,
        num_attention_heads=4, num_key_value_heads=2, head_dim=4, attn_implementation="eager", **SPECIAL,
    )
    return LlamaForCausalLM(config)


def square_llama():
    """All heads together are as wide as the model."""
    config = LlamaConfig(
        vocab_size=11, max_position_embeddings=SEQUENCE, hidden_size=8, intermediate_size=12, num_hidden_layers=2,
        num_attention_heads=4, num_key_value_heads=2, attn_implementation="eager", tie_word_embeddings=True, **SPECIAL,
    )
    return LlamaForCausalLM(config)


def filled(parameters, draw, scale):
    with torch.no_grad():
        for parameter in parameters:
            parameter.add_(draw(*parameter.shape, scale=scale).float())


def base(make):
    torch.manual_seed(7)
    model = make().eval()
    filled(model.parameters(), Draw(7), 0.3)
    return model


def written(model):
    config = model.config.to_dict()
    return {
        "config": {key: config[key] for key in FIELDS if key in config},
        "tensors": {key: array(value) for key, value in model.state_dict().items()},
    }


def ordered(config):
    """peft writes its sets of names in any order."""
    names = lambda value: isinstance(value, list) and all(isinstance(entry, str) for entry in value)
    return {key: sorted(value) if names(value) else value for key, value in config.items()}


def bert():
    config = BertConfig(
        vocab_size=11, max_position_embeddings=SEQUENCE, hidden_size=8, intermediate_size=12, num_hidden_layers=2,
        num_attention_heads=2, num_labels=3, attn_implementation="eager", hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
    return BertForSequenceClassification(config)


def converted(name, make, init):
    """Trained from a base whose principal part was taken out, and saved as plain LoRA of the whole base."""
    model = base(make)
    config = peft.LoraConfig(r=2, lora_alpha=3, init_lora_weights=init, target_modules=ATTENTION)
    adapted = peft.get_peft_model(model, config).eval()
    with tempfile.TemporaryDirectory() as folder:
        adapted.peft_config["default"].init_lora_weights = True
        adapted.save_pretrained(f"{folder}/first")
        adapted.peft_config["default"].init_lora_weights = init
        filled([parameter for parameter in adapted.parameters() if parameter.requires_grad], Draw(8), 0.2)
        adapted.save_pretrained(f"{folder}/last", path_initial_model_for_weight_conversion=f"{folder}/first")
        return reloaded(name, make, f"{folder}/last")


def reloaded(name, make, folder):
    """What peft makes of a folder on the base as it was."""
    return saved(name, make, peft.PeftModel.from_pretrained(base(make), folder).eval(), folder)


def pruned(name, make):
    """AdaLoRA as it is saved after its schedule: some triplets are gone."""
    config = peft.AdaLoraConfig(init_r=3, target_r=2, total_step=9, target_modules=ATTENTION)
    adapted = peft.get_peft_model(base(make), config).eval()
    filled([parameter for parameter in adapted.parameters() if parameter.requires_grad], Draw(8), 0.2)
    names = [name for name, _ in adapted.base_model.model.named_parameters() if ".lora_E." in name]
    kept = [[True, False, True], [False, False, True], [True, True, True], [True, True, False]]
    adapted.peft_config["default"].rank_pattern = dict(zip(names, kept, strict=True))
    with tempfile.TemporaryDirectory() as folder:
        adapted.save_pretrained(folder)
        return reloaded(name, make, folder)


def case(name, make, config):
    model = base(make)
    draw = Draw(8)
    adapted = peft.get_peft_model(model, config).eval()
    trained = [parameter for parameter in adapted.parameters() if parameter.requires_grad]
    filled(trained, draw, 0.2)
    with tempfile.TemporaryDirectory() as folder:
        adapted.save_pretrained(folder)
        return saved(name, make, adapted, folder)


def saved(name, make, adapted, folder):
    tokens = torch.arange(2 * SEQUENCE).remainder(11).reshape(2, SEQUENCE)
    with torch.no_grad():
        logits = adapted(input_ids=tokens).logits
    return {
        "name": name,
        "base": make.__name__,
        "config": ordered(json.loads((Path(folder) / "adapter_config.json").read_text())),
        "tensors": {key: array(value) for key, value in load_file(f"{folder}/adapter_model.safetensors").items()},
        "tokens": tokens.flatten().tolist(),
        "sequence": SEQUENCE,
        "logits": array(logits.flatten()),
    }


FIELDS = [
    "model_type", "vocab_size", "n_positions", "n_embd", "n_layer", "n_head", "n_inner", "layer_norm_epsilon",
    "activation_function", "tie_word_embeddings", "max_position_embeddings", "hidden_size", "intermediate_size",
    "num_hidden_layers", "num_attention_heads", "num_key_value_heads", "head_dim", "rms_norm_eps", "rope_parameters",
    "hidden_act", "layer_norm_eps", "type_vocab_size",
]
ATTENTION = ["q_proj", "v_proj"]
ALL = [*ATTENTION, "k_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]

save(__file__, {
    "source": source("peft").replace("float64", "float32"),
    "bases": {make.__name__: written(base(make)) for make in (gpt2, llama, square_llama, bert)},
    "cases": [
        # Query, key and value in one module: the adapter is taken apart.
        case("lora on c_attn", gpt2, peft.LoraConfig(r=2, lora_alpha=3, target_modules=["c_attn", "c_fc"], fan_in_fan_out=True)),
        case("dora on c_attn", gpt2, peft.LoraConfig(r=2, lora_alpha=4, use_dora=True, target_modules=["c_attn"], fan_in_fan_out=True)),
        case("ia3 as peft chooses", gpt2, peft.IA3Config(task_type="CAUSAL_LM")),
        case("adalora on c_attn", gpt2, peft.AdaLoraConfig(init_r=3, target_r=2, total_step=9, target_modules=["c_attn"], fan_in_fan_out=True)),
        case("lora", llama, peft.LoraConfig(r=3, lora_alpha=6, target_modules=ALL)),
        case("rslora", llama, peft.LoraConfig(r=4, lora_alpha=6, use_rslora=True, target_modules=ATTENTION)),
        case("dora", llama, peft.LoraConfig(r=2, use_dora=True, target_modules=ATTENTION)),
        case("ia3", llama, peft.IA3Config(target_modules=["k_proj", "v_proj", "down_proj"], feedforward_modules=["down_proj"])),
        case("ia3 with every feed-forward layer at its input", llama, peft.IA3Config(target_modules=ALL,
            feedforward_modules=["gate_proj", "up_proj", "down_proj"])),
        case("ia3 with all of c_attn at its input", gpt2, peft.IA3Config(target_modules=["c_attn", "c_fc"],
            feedforward_modules=["c_attn"], fan_in_fan_out=True)),
        case("vera", llama, peft.VeraConfig(r=4, target_modules=ATTENTION)),
        case("loha", llama, peft.LoHaConfig(r=2, alpha=4, target_modules=ATTENTION)),
        case("lokr", llama, peft.LoKrConfig(r=2, alpha=4, target_modules=ATTENTION)),
        case("oft", llama, peft.OFTConfig(oft_block_size=4, target_modules=ATTENTION)),
        case("boft", llama, peft.BOFTConfig(boft_block_size=4, target_modules=ATTENTION)),
        case("miss", llama, peft.MissConfig(r=2, target_modules=ATTENTION)),
        case("randlora", llama, peft.RandLoraConfig(r=2, randlora_alpha=4, target_modules=ATTENTION)),
        case("vblora", llama, peft.VBLoRAConfig(r=2, num_vectors=6, vector_length=4, topk=2, target_modules=ATTENTION)),
        case("fourierft", llama, peft.FourierFTConfig(n_frequency=5, scaling=60.0, target_modules=ATTENTION)),
        case("hira on c_attn", gpt2, peft.HiraConfig(r=2, target_modules=["c_attn"], fan_in_fan_out=True)),
        case("road", llama, peft.RoadConfig(variant="road_2", group_size=4, target_modules=ATTENTION)),
        case("delora", llama, peft.DeloraConfig(r=2, delora_lambda=3, target_modules=ATTENTION)),
        case("c3a", llama, peft.C3AConfig(block_size=4, target_modules=ATTENTION)),
        case("gralora", llama, peft.GraloraConfig(r=2, gralora_k=2, alpha=4, target_modules=ATTENTION)),
        case("shira", llama, peft.ShiraConfig(r=1, random_seed=5, target_modules=ATTENTION)),
        case("beft", llama, peft.BeftConfig(target_modules=["v_proj"])),
        case("waveft", llama, peft.WaveFTConfig(n_frequency=12, scaling=2.0, wavelet_family="sym2", target_modules=ATTENTION)),
        case("pvera", llama, peft.PveraConfig(r=3, target_modules=ATTENTION)),
        case("tinylora", llama, peft.TinyLoraConfig(r=2, u=5, target_modules=ALL)),
        case("tinylora with numbers of all layers", llama, peft.TinyLoraConfig(r=3, u=4, weight_tying=1.0, target_modules=ATTENTION)),
        case("bd-lora", llama, peft.LoraConfig(r=4, lora_alpha=3, target_modules=[*ATTENTION, "down_proj"],
            use_bdlora=peft.tuners.lora.BdLoraConfig(target_modules_bd_a=["down_proj"], target_modules_bd_b=ATTENTION, nblocks=2))),
        case("mica", llama, peft.LoraConfig(r=2, lora_alpha=3, init_lora_weights="mica", target_modules=ATTENTION)),
        case("uni-lora", llama, peft.UniLoraConfig(r=2, theta_d_length=30, save_indices=True, target_modules=ATTENTION)),
        case("deft", llama, peft.DeftConfig(r=2, target_modules=ATTENTION)),
        case("deft with orthonormal directions", llama, peft.DeftConfig(r=2, decomposition_method="qr", target_modules=ATTENTION)),
        case("peanut", llama, peft.PeanutConfig(r=3, depth=1, scaling=2.0, target_modules=ATTENTION)),
        case("glora", llama, peft.GloraConfig(r=2, target_modules=ATTENTION)),
        case("lily", llama, peft.LilyConfig(r=3, stride_A=2, scaling=2.0, target_modules=ATTENTION)),
        case("glora with biases", bert, peft.GloraConfig(task_type="SEQ_CLS", r=2, target_modules=["query", "value"])),
        case("adaption prompt", square_llama, peft.AdaptionPromptConfig(task_type="CAUSAL_LM", adapter_len=3, adapter_layers=1)),
        case("trainable tokens of a tied head", square_llama, peft.TrainableTokensConfig(task_type="CAUSAL_LM", token_indices=[7, 1, 2])),
        # Ranks and scales of single modules, and a head.
        case("lora with patterns", llama, peft.LoraConfig(r=2, lora_alpha=3, target_modules=ATTENTION,
            rank_pattern={"v_proj": 4, "model.layers.1.self_attn.q_proj": 1}, alpha_pattern={r"layers\.0\.self_attn\.q_proj": 5})),
        case("rslora with patterns on c_attn", gpt2, peft.LoraConfig(r=2, lora_alpha=3, use_rslora=True, fan_in_fan_out=True,
            target_modules=["c_attn", "c_fc"], rank_pattern={"c_fc": 3}, alpha_pattern={"c_attn": 1})),
        case("dora with patterns", llama, peft.LoraConfig(r=2, lora_alpha=3, use_dora=True, target_modules=ATTENTION,
            rank_pattern={"v_proj": 3})),
        pruned("adalora with a rank pattern", llama),
        converted("pissa converted", llama, "pissa"),
        converted("olora converted", llama, "olora"),
        case("lora with a head", bert, peft.LoraConfig(task_type="SEQ_CLS", r=2, lora_alpha=3, target_modules=["query", "value"])),
    ],
})
