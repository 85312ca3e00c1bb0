"""Teach a small, fresh language model to speak a text: its tokenizer, its shape, its first weights.

This makes the built-in model `tiny` (`backend.engine.tiny`). Everything random comes from one seed.
"""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from tokenizers import trainers
from tokenizers.pre_tokenizers import ByteLevel
from transformers import GenerationConfig, Qwen2Config, Qwen2ForCausalLM, Qwen2Tokenizer

from backend.core.prompts import named_template

END_OF_TEXT, TURN, END_OF_TURN = "<|endoftext|>", "<|im_start|>", "<|im_end|>"

OnStep = Callable[[int, int, float], None]
"""Called after each step with the steps done, all steps, and the loss in nats per token."""


@dataclass(frozen=True)
class Recipe:
    """The shape of the model and the way it is trained.

    Every width is a multiple of 64, the block size of NF4, so that quantisation leaves no odd blocks.
    """

    vocabulary: int = 2048
    hidden: int = 192
    intermediate: int = 512
    layers: int = 4
    heads: int = 6
    positions: int = 1024
    steps: int = 500
    rows: int = 16
    row_tokens: int = 96
    learning_rate: float = 3e-3
    warmup: float = 0.1
    weight_decay: float = 0.1


def train_tokenizer(sentences: Sequence[str], vocabulary: int) -> Qwen2Tokenizer:
    """Qwen's byte-level BPE, with merges learnt from the sentences, and ChatML's special tokens and template."""
    bpe = Qwen2Tokenizer().backend_tokenizer
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=[END_OF_TEXT, TURN, END_OF_TURN],
        # Every byte has a token, so any text can be written and read back.
        initial_alphabet=sorted(ByteLevel.alphabet()),
        show_progress=False,
    )
    bpe.train_from_iterator(sentences, trainer)
    learnt = json.loads(bpe.to_str())["model"]
    return Qwen2Tokenizer(
        vocab=learnt["vocab"],
        merges=[tuple(pair) for pair in learnt["merges"]],
        eos_token=END_OF_TURN,
        pad_token=END_OF_TEXT,
        unk_token=END_OF_TEXT,
        extra_special_tokens=[TURN],
        chat_template=named_template("qwen").source,
        clean_up_tokenization_spaces=False,
    )


def fresh_model(recipe: Recipe, tokenizer: Qwen2Tokenizer) -> Qwen2ForCausalLM:
    """A Qwen2 model with random weights in float32; draws from torch's global random numbers."""
    model = Qwen2ForCausalLM(
        Qwen2Config(
            vocab_size=recipe.vocabulary,
            hidden_size=recipe.hidden,
            intermediate_size=recipe.intermediate,
            num_hidden_layers=recipe.layers,
            num_attention_heads=recipe.heads,
            num_key_value_heads=recipe.heads,
            max_position_embeddings=recipe.positions,
            tie_word_embeddings=True,
            bos_token_id=None,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
    )
    model.generation_config = GenerationConfig(
        eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id
    )
    return model


def pretrain(
    model: Qwen2ForCausalLM,
    tokenizer: Qwen2Tokenizer,
    sentences: Sequence[str],
    recipe: Recipe,
    seed: int,
    on_step: OnStep | None = None,
) -> None:
    """Train on the sentences, shuffled anew in each pass, until the recipe's steps are done."""
    optimiser = torch.optim.AdamW(
        model.parameters(), recipe.learning_rate, betas=(0.9, 0.95), weight_decay=recipe.weight_decay, fused=True
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _rate(step, recipe))
    model.train()
    rows = _rows(tokenizer, sentences, recipe.row_tokens, random.Random(seed))
    for step in range(1, recipe.steps + 1):
        batch = torch.tensor([next(rows) for _ in range(recipe.rows)])
        loss = model(input_ids=batch, labels=batch).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        optimiser.zero_grad()
        if on_step:
            on_step(step, recipe.steps, loss.item())
    model.eval()


def _rate(step: int, recipe: Recipe) -> float:
    """Share of the learning rate: a linear rise, then half a cosine down to a tenth."""
    warmup = recipe.warmup * recipe.steps
    if step < warmup:
        return (step + 1) / warmup
    done = (step - warmup) / max(1, recipe.steps - warmup)
    return 0.1 + 0.45 * (1 + math.cos(math.pi * done))


def _rows(
    tokenizer: Qwen2Tokenizer, sentences: Sequence[str], length: int, chance: random.Random
) -> Iterator[list[int]]:
    """Endless rows of `length` tokens: sentences in random order, each ended by the end-of-text token."""
    encoded = [[*tokenizer(sentence)["input_ids"], tokenizer.pad_token_id] for sentence in sentences]
    buffer: list[int] = []
    while True:
        for sentence in chance.sample(encoded, len(encoded)):
            buffer += sentence
            while len(buffer) >= length:
                yield buffer[:length]
                del buffer[:length]
