"""Whether the adapters speak the base's vocabulary: rows of the embedding, entries of the tokenizers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from backend.core.errors import BadModel
from backend.core.paths import shown
from backend.engine.merge.checkpoint import Checkpoint
from backend.engine.merge.parents import Parent
from backend.engine.merge.shards import FIELD, StoredTensor

EMBEDDINGS = ("embed_tokens", "wte", "word_embeddings", "embed_in", "tok_embeddings", "tokens_embed")
"""What architectures call the input embedding."""
TOKENIZER = "tokenizer.json"


def embedding_of(tensors: Mapping[str, StoredTensor]) -> StoredTensor | None:
    """The table with a row for each token; None when no name is known."""
    found = [
        tensor for name, tensor in tensors.items() if name.removesuffix(".weight").rpartition(".")[2] in EMBEDDINGS
    ]
    return found[0] if len(found) == 1 else None


def require_same_vocabulary(tensor: StoredTensor, tokens: int, parent: Parent) -> None:
    """Raises BadModel when an adapted embedding or head has another number of rows than the base."""
    if tensor.shape[0] != tokens:
        raise BadModel(
            f"The adapter {parent.name} was trained with {tokens} tokens, and {tensor.name} of the base has "
            f"{tensor.shape[0]} rows: it needs the base whose vocabulary was extended in the same way.",
            FIELD,
        )


def require_tokens_fit(checkpoint: Checkpoint, parents: Sequence[Parent]) -> None:
    """Raises BadModel when an adapter's tokenizer knows more tokens than the base has rows for."""
    embedding = embedding_of(checkpoint.tensors)
    if embedding is None:
        return
    own = _content(checkpoint.folder)
    for parent in parents:
        theirs = _content(parent.file.folder)
        if theirs is None or theirs == own:
            continue
        tokens = _tokens(theirs, parent.file.folder)
        if tokens > embedding.shape[0]:
            raise BadModel(
                f"The tokenizer of {parent.name} has {tokens} tokens, and {embedding.name} of the base has "
                f"{embedding.shape[0]} rows: it needs the base whose vocabulary was extended in the same way.",
                FIELD,
            )


def _content(folder: Path) -> bytes | None:
    path = folder / TOKENIZER
    return path.read_bytes() if path.is_file() else None


def _tokens(content: bytes, folder: Path) -> int:
    """One more than the highest number of a token."""
    try:
        table = json.loads(content)
        vocabulary = table["model"]["vocab"]
        numbers = list(vocabulary.values()) if isinstance(vocabulary, dict) else [len(vocabulary) - 1]
        numbers += [token["id"] for token in table.get("added_tokens", [])]
        return max(map(int, numbers), default=-1) + 1
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadModel(
            f"{shown(folder / TOKENIZER)} cannot be read ({type(error).__name__}: {error}): copy the adapter again.",
            "adapters",
        ) from None
