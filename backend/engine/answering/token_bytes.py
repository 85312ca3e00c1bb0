"""Tokens as the bytes they stand for, which need not be whole characters."""

from __future__ import annotations

from typing import Any

from backend.engine.answering.sampling import Choice


class TokenBytes:
    """The bytes of a tokenizer's tokens.

    Args:
        tokenizer: a Hugging Face tokenizer.
    """

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer

    def of(self, token: int) -> bytes:
        """The bytes of a token; a byte-level piece (GPT-2's alphabet) may be part of a character."""
        text = str(self._tokenizer.decode([token]))
        if "\ufffd" not in text:
            return text.encode()
        piece = self._tokenizer.convert_ids_to_tokens(token)
        if piece and all(character in BYTE_OF for character in piece):
            return bytes(BYTE_OF[character] for character in piece)
        return text.encode()

    def described(self, choice: Choice) -> dict[str, Any]:
        """A choice in OpenAI's words for log probabilities."""
        return {
            **self._one(choice.token, choice.logprob),
            "top_logprobs": [self._one(token, logprob) for token, logprob in choice.alternatives],
        }

    def _one(self, token: int, logprob: float | None) -> dict[str, Any]:
        found = self.of(token)
        return {"token": found.decode(errors="replace"), "bytes": list(found), "logprob": logprob}


def _alphabet() -> dict[str, int]:
    """GPT-2's characters for bytes: printable ones stand for themselves, the rest for 256 and up in their order."""
    printable = {*range(33, 127), *range(161, 173), *range(174, 256)}
    others = [byte for byte in range(256) if byte not in printable]
    return {chr(byte): byte for byte in printable} | {chr(256 + place): byte for place, byte in enumerate(others)}


BYTE_OF = _alphabet()
