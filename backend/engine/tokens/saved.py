"""A base's tokenizer as a run uses it, kept in one file that opens in a fraction of a second without transformers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from backend.core.errors import MissingDependency
from backend.core.estimates.counting import tokens_in
from backend.core.storage.files import write_atomically

Ids = dict[str, list[Sequence[int]]]


def save(tokenizer: Any, path: Path) -> None:
    """Keep what `tokenising` needs of a Hugging Face tokenizer.

    Raises:
        MissingDependency: it is written in Python, so only transformers can run it.
    """
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None:
        raise MissingDependency("The model's tokenizer is written in Python: only a run itself counts with it.")
    template = getattr(tokenizer, "chat_template", None)
    kept = {
        "backend": backend.to_str(),
        "chat_template": template if isinstance(template, str) else None,
        "bos_token": tokenizer.bos_token,
        "eos_token": tokenizer.eos_token,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, json.dumps(kept), durable=False)


@dataclass(frozen=True)
class SavedTokenizer:
    """The kept tokenizer: as a run's own for whoever asks for the ids of texts without special tokens.

    Args:
        backend: of the wheel `tokenizers`, which transformers asks too.
    """

    backend: Tokenizer
    chat_template: str | None
    bos_token: str | None
    eos_token: str | None

    @classmethod
    def of_file(cls, path: Path) -> SavedTokenizer:
        """What `save` has kept. Raises OSError."""
        kept = json.loads(path.read_text(encoding="utf-8"))
        backend = Tokenizer.from_str(kept.pop("backend"))
        backend.no_truncation()
        backend.no_padding()
        return cls(backend, **kept)

    def __call__(self, texts: Sequence[str], **_: Any) -> Ids:
        """The ids of each text, as transformers gives them for `add_special_tokens=False`."""
        encodings = self.backend.encode_batch_fast(list(texts), add_special_tokens=False)
        return {"input_ids": [encoding.ids for encoding in encodings]}

    def pieces(self, text: str) -> list[str]:
        """The text cut at its tokens. A letter of several tokens stands with its first, and the others are empty."""
        ends = [end for _, end in self.backend.encode(text, add_special_tokens=False).offsets]
        if not ends:
            return []
        found, done = [], 0
        for end in [*ends[:-1], len(text)]:  # white space that a tokenizer drops at the end belongs to the last
            found.append(text[done : max(done, end)])
            done = max(done, end)
        return found


@dataclass(frozen=True)
class CharacterCounter:
    """In a tokenizer's place where there is none: as many ids as the characters tell, of no meaning."""

    chat_template: str | None = None
    bos_token: str | None = None
    eos_token: str | None = None

    def __call__(self, texts: Sequence[str], **_: Any) -> Ids:
        """So many numbers for each text."""
        return {"input_ids": [range(tokens_in(text)) for text in texts]}
