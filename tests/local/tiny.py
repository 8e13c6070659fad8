"""A GGUF model of random weights, small enough to be made in a test: a Llama with a tokenizer and a chat template.

It says short words in no order. What it says is text: every hidden state has one large feature, and by its weight in the output
bytes and signs of control are never chosen. `ends` says how likely the end of the text is at each word, on that scale.
"""

from pathlib import Path

import numpy as np
from gguf import GGUFWriter, TokenType

WORDS = tuple(
    "the fox and owl saw a moon by old sea her red boat sang to his tree ran home in rain she he then slept far".split()  # noqa: SIM905
)
SIGNS = list("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.,:;!?\"'*#-()0123456789")
TEMPLATE = "{% for message in messages %}{{ message.role }}: {{ message.content }}\n{% endfor %}{% if add_generation_prompt %}assistant: {% endif %}"
ENDS_SOON, NEVER_ENDS = 1.0, -8.0


def make(path: Path, *, ends: float = ENDS_SOON, width: int = 64, layers: int = 2, seed: int = 1, context: int = 16_384) -> Path:
    """Write the model. width: of its hidden state, a multiple of 64; the file has about 0.5 MB with the defaults."""
    random = np.random.default_rng(seed)
    tokens = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256))]
    kinds = [TokenType.UNKNOWN, TokenType.CONTROL, TokenType.CONTROL, *[TokenType.BYTE] * 256]
    spoken = len(tokens)
    tokens += [f"\u2581{word}" for word in WORDS] + [".", ",", "\u2581", *SIGNS]
    tokens = list(dict.fromkeys(tokens))
    kinds += [TokenType.NORMAL] * (len(tokens) - len(kinds))
    heads, inner = width // 16, width * 2

    file = GGUFWriter(path, "llama")
    file.add_name("Tiny")
    file.add_context_length(context)
    file.add_embedding_length(width)
    file.add_block_count(layers)
    file.add_feed_forward_length(inner)
    file.add_head_count(heads)
    file.add_head_count_kv(heads)
    file.add_layer_norm_rms_eps(1e-5)
    file.add_rope_dimension_count(width // heads)
    file.add_vocab_size(len(tokens))
    file.add_tokenizer_model("llama")
    file.add_token_list(tokens)
    file.add_token_scores([0.0] * spoken + [-float(rank) for rank in range(len(tokens) - spoken)])
    file.add_token_types(kinds)
    file.add_bos_token_id(1)
    file.add_eos_token_id(2)
    file.add_unk_token_id(0)
    file.add_chat_template(TEMPLATE)

    def put(name: str, *shape: int, scale: float = 0.02) -> np.ndarray:
        weights = (random.standard_normal(shape) * scale).astype(np.float32)
        file.add_tensor(name, weights)
        return weights

    embedding = put("token_embd.weight", len(tokens), width, scale=0.3)
    embedding[:, 0] = 4.0
    output = put("output.weight", len(tokens), width, scale=2.4 / width)
    output[:, 0] = -8.0
    output[spoken : spoken + len(WORDS) + 2, 0] = 1.0
    output[2, 0] = ends
    file.add_tensor("output_norm.weight", np.ones(width, np.float32))
    for layer in range(layers):
        at = f"blk.{layer}."
        for norm in ("attn_norm", "ffn_norm"):
            file.add_tensor(f"{at}{norm}.weight", np.ones(width, np.float32))
        for part in ("attn_q", "attn_k", "attn_v", "attn_output"):
            put(f"{at}{part}.weight", width, width)
        put(f"{at}ffn_gate.weight", inner, width)
        put(f"{at}ffn_up.weight", inner, width)
        put(f"{at}ffn_down.weight", width, inner)
    file.write_header_to_file()
    file.write_kv_data_to_file()
    file.write_tensors_to_file()
    file.close()
    return path
