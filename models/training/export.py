"""Write a checkpoint as a quantized GGUF file that llama.cpp loads."""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path

import torch

from gguf_writer import GgufFile
from model import Config, TinyModel
from tokenizer import (BOS, BYTES_START, CHAT_END, EOS, FIRST_PIECE, SPECIAL, UNKNOWN, Tokenizer,
                       byte_token)

CHAT_TEMPLATE = (
    "{% for message in messages %}"
    "{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)
DESCRIPTION = (
    "A very small demonstration model that ships with Ryot. It tells short stories and answers simple "
    "questions in plain English. Trained from scratch on texts that a program generated."
)
NORMAL, UNKNOWN_TYPE, CONTROL, BYTE = 1, 2, 3, 6
MOSTLY_Q8_0 = 7
QUANTIZATION_VERSION = 2


def add_general(file: GgufFile, parameters: int) -> None:
    file.values |= {
        "general.architecture": "llama", "general.type": "model", "general.name": "Ryot Tiny",
        "general.basename": "ryot-tiny", "general.description": DESCRIPTION,
        "general.license": "CC0-1.0", "general.size_label": f"{parameters / 1e6:.1f}M",
        "general.languages": ["en"], "general.file_type": MOSTLY_Q8_0,
        "general.quantization_version": QUANTIZATION_VERSION,
    }


def add_shape(file: GgufFile, config: Config) -> None:
    file.values |= {
        "llama.vocab_size": config.vocab, "llama.context_length": config.context,
        "llama.embedding_length": config.width, "llama.block_count": config.layers,
        "llama.feed_forward_length": config.hidden, "llama.attention.head_count": config.heads,
        "llama.attention.head_count_kv": config.kv_heads,
        "llama.attention.layer_norm_rms_epsilon": float(config.eps),
        "llama.rope.dimension_count": config.head_size,
        "llama.rope.freq_base": float(config.rope_base),
    }


def add_tokenizer(file: GgufFile, tokenizer: Tokenizer) -> None:
    tokens = [*SPECIAL, *map(byte_token, range(256)), *tokenizer.pieces]
    scores = [0.0] * FIRST_PIECE + [-float(rank) for rank in range(len(tokenizer.pieces))]
    types = [UNKNOWN_TYPE] + [CONTROL] * (BYTES_START - 1) + [BYTE] * 256
    file.values |= {
        "tokenizer.ggml.model": "llama", "tokenizer.ggml.pre": "default",
        "tokenizer.ggml.tokens": tokens, "tokenizer.ggml.scores": scores,
        "tokenizer.ggml.token_type": types + [NORMAL] * len(tokenizer.pieces),
        "tokenizer.ggml.bos_token_id": BOS, "tokenizer.ggml.eos_token_id": EOS,
        "tokenizer.ggml.eot_token_id": CHAT_END, "tokenizer.ggml.unknown_token_id": UNKNOWN,
        "tokenizer.ggml.add_bos_token": True, "tokenizer.ggml.add_eos_token": False,
        "tokenizer.ggml.add_space_prefix": False, "tokenizer.chat_template": CHAT_TEMPLATE,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("tokenizer", type=Path)
    parser.add_argument("output", type=Path)
    args = parser.parse_args()
    state = torch.load(args.checkpoint)
    model = TinyModel(Config(**state["config"]))
    model.load_state_dict(state["model"])
    file = GgufFile()
    add_general(file, model.parameter_count())
    add_shape(file, model.config)
    add_tokenizer(file, Tokenizer.load(args.tokenizer))
    for name, weight in model.named_parameters():
        file.add_tensor(name, weight.detach().numpy(), quantized=weight.dim() == 2)
    file.write(args.output)
    digest = hashlib.sha256(args.output.read_bytes()).hexdigest()
    args.output.with_name(args.output.name + ".sha256").write_text(f"{digest}  {args.output.name}\n")
    print(f"{args.output.stat().st_size} bytes, {model.parameter_count()} parameters, {digest}")


if __name__ == "__main__":
    main()
