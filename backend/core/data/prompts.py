"""Conversations as text: one renderer for training, inference, evaluation and preview.

A mismatch between the text a model is trained on and the text it is asked with is the classic silent bug, so there is
one function, `format_prompt`, and one rule for which template applies, `choose_template`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import jinja2

from backend.core.errors import InvalidInput, NotFound, TemplateRejected
from backend.core.models.templates import FOREIGN, Refused
from backend.core.paths import PROJECT_ROOT
from backend.core.processes.sandbox import MOST_BEYOND, TooLong, render

PROMPTS_DIR = PROJECT_ROOT / "prompts"

Turn = Mapping[str, str]
"""One turn: `role` (system, user, assistant, tool) and `content`."""


@dataclass(frozen=True)
class Asked:
    """A conversation to be rendered.

    Args:
        tools: function signatures the assistant may call.
        add_generation_prompt: whether the text ends where the assistant begins to speak.
    """

    messages: Sequence[Turn]
    tools: Sequence[Mapping[str, Any]] | None = None
    add_generation_prompt: bool = False

    @property
    def most(self) -> int:
        """Characters at most: a template may say each word several times, in its own words around them."""
        return MOST_BEYOND + 4 * sum(len(str(value)) for message in self.messages for value in message.values())


@dataclass(frozen=True)
class Template:
    """A chat template in the Jinja dialect of Hugging Face tokenizers.

    Args:
        name: one of `prompts/`, or `tokenizer`.
        source: the Jinja text; it sees `messages`, `tools`, `add_generation_prompt`, `bos_token`, `eos_token`.
        bos_token, eos_token: texts of the tokenizer's special tokens, for templates that write them.
        is_own: whether it is one of `prompts/`; all others came with a model, and are rendered apart.
    """

    name: str
    source: str
    bos_token: str = ""
    eos_token: str = ""
    is_own: bool = field(default=False, compare=False)

    def render(
        self,
        messages: Sequence[Turn],
        *,
        add_generation_prompt: bool = False,
        tools: Sequence[Mapping[str, Any]] | None = None,
    ) -> str:
        """The conversation as text. Raises as `render_all`."""
        return self.render_all([Asked(messages, tools, add_generation_prompt)])[0]

    def render_all(self, asked: Sequence[Asked]) -> list[str]:
        """The conversations as text; one that came with a model is asked for all of them in one go.

        Raises:
            InvalidInput: the template refuses a conversation (say, two user turns in a row) or is broken.
            TemplateRejected: it takes more time, memory or room than any honest one.
        """
        given = [(self._variables(one), one.most) for one in asked]
        try:
            if self.is_own:
                return [render(self.source, variables, most) for variables, most in given]
            return FOREIGN.render_all(self.source, given)
        except (jinja2.TemplateError, TypeError, ValueError, TooLong, Refused) as error:
            raise InvalidInput(
                f"The {self.name} template cannot render this conversation ({error}): "
                "choose another with --prompt_template.",
                "prompt_template",
            ) from error

    def _variables(self, asked: Asked) -> dict[str, Any]:
        return {
            "messages": [dict(message) for message in asked.messages],
            "tools": list(asked.tools) if asked.tools else None,
            "add_generation_prompt": asked.add_generation_prompt,
            "bos_token": self.bos_token,
            "eos_token": self.eos_token,
        }


def named_template(name: str, *, bos_token: str = "", eos_token: str = "") -> Template:
    """A template of `prompts/`.

    Raises:
        NotFound: no such file; the message lists those that exist.
    """
    path = PROMPTS_DIR / f"{name}.jinja"
    if "/" in name or not path.is_file():
        known = ", ".join(sorted(found.stem for found in PROMPTS_DIR.glob("*.jinja")))
        raise NotFound(f"There is no prompt template {name!r}: choose one of {known}.")
    return Template(name, path.read_text(encoding="utf-8"), bos_token, eos_token, is_own=True)


def left_out(
    template: Template, messages: Sequence[Turn], tools: Sequence[Mapping[str, Any]] | None = None
) -> set[str]:
    """The roles (and `tools`) whose words are missing from the text: some templates drop them without a word."""
    try:
        text = template.render(messages, tools=tools)
    except TemplateRejected:
        raise  # not asked again for every record: each time would take its seconds
    except InvalidInput:
        return {message["role"] for message in messages}
    return missing_from(text, messages, tools)


def missing_from(text: str, messages: Sequence[Turn], tools: Sequence[Mapping[str, Any]] | None = None) -> set[str]:
    """The roles (and `tools`) whose words are not in a rendered text."""
    missing = {message["role"] for message in messages if message["content"].strip() not in text}
    if any(str(_function(tool).get("name", "")) not in text for tool in tools or []):
        missing.add("tools")
    return missing


def _function(tool: Mapping[str, Any]) -> Mapping[str, Any]:
    inner = tool.get("function")
    return inner if isinstance(inner, Mapping) else tool


def choose_template(
    name: str,
    own_source: str | None,
    samples: Iterable[tuple[Sequence[Turn], Sequence[Mapping[str, Any]] | None]],
    *,
    bos_token: str = "",
    eos_token: str = "",
) -> tuple[Template, str]:
    """The template for these conversations, and a sentence that says why.

    Args:
        name: a name of `prompts/`, or `auto`: the tokenizer's own if it has one that renders every turn.
        own_source: the tokenizer's chat template, if it has one.
        samples: conversations with their tools, to try the tokenizer's own template on.
    """
    if name != "auto":
        return named_template(name, bos_token=bos_token, eos_token=eos_token), f"Template: {name}, as asked."
    qwen = named_template("qwen", bos_token=bos_token, eos_token=eos_token)
    if not own_source:
        return qwen, "Template: Qwen's ChatML, since the tokenizer brings none."
    own = Template("tokenizer", own_source, bos_token, eos_token)
    missing = {role for messages, tools in samples for role in left_out(own, messages, tools)}
    if not missing:
        return own, "Template: the tokenizer's own."
    roles = ", ".join(sorted(missing))
    return qwen, f"Template: Qwen's ChatML, since the tokenizer's own leaves out what some turns hold: {roles}."


def as_messages(example: str | Mapping[str, Any] | Sequence[Turn], system_prompt: str | None = None) -> list[Turn]:
    """A prompt, a dataset record or a conversation as turns, the system prompt first if there is none yet."""
    if isinstance(example, str):
        messages: list[Turn] = [{"role": "user", "content": example}]
    elif isinstance(example, Mapping):
        from backend.core.data.records import messages_of

        messages = list(messages_of(example))
    else:
        messages = list(example)
    if system_prompt and not any(message["role"] == "system" for message in messages):
        messages.insert(0, {"role": "system", "content": system_prompt})
    return messages


def format_prompt(
    example: str | Mapping[str, Any] | Sequence[Turn],
    template: str | Template = "qwen",
    *,
    system_prompt: str | None = None,
    add_generation_prompt: bool | None = None,
    tools: Sequence[Mapping[str, Any]] | None = None,
) -> str:
    """The text the model sees, in training, inference and evaluation alike.

    Args:
        example: a question, a dataset record in any of the recognised forms, or a list of turns.
        template: name of a template in `prompts/`, or a `Template`.
        system_prompt: put first when the conversation has no system turn.
        add_generation_prompt: end where the assistant starts to speak; None = whenever it has not spoken last.
        tools: function signatures the assistant may call.
    """
    messages = as_messages(example, system_prompt)
    chosen = named_template(template) if isinstance(template, str) else template
    if add_generation_prompt is None:
        add_generation_prompt = messages[-1]["role"] != "assistant"
    return chosen.render(messages, add_generation_prompt=add_generation_prompt, tools=tools)
