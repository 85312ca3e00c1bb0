"""Long conversations are cut in time by their length, and exactly as they are answer by answer."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from backend.core.data import segments
from backend.core.data.prompts import PROMPTS_DIR, Asked, Template, named_template
from backend.core.data.segments import Segment, segments_of

NAMES = sorted(path.stem for path in PROMPTS_DIR.glob("*.jinja"))
ANSWERS = 20
TALK = [{"role": role, "content": f"{role} {number}"} for number in range(ANSWERS) for role in ("user", "assistant")]
FORGETS = (
    "{% for m in messages %}<{{ m.role }}>{{ m.content.split('</think>')[-1] if not loop.last else m.content }}</s>"
    "{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}"
)
"""Shows what was thought only of the last answer, as models that think do."""
QWEN_HEADER = "<|im_end|>\n<|im_start|>assistant\n"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Asked]:
    """Everything that is rendered."""
    found: list[Asked] = []
    render_all = Template.render_all

    def watched(self: Template, given: Sequence[Asked]) -> list[str]:
        found.extend(given)
        return render_all(self, given)

    monkeypatch.setattr(Template, "render_all", watched)
    return found


def answer_by_answer(
    messages: list[dict[str, str]], template: Template, monkeypatch: pytest.MonkeyPatch
) -> list[Segment]:
    with monkeypatch.context() as patched:
        patched.setattr(segments, "FEW", len(messages))
        return segments_of(messages, template)


@pytest.mark.parametrize("name", NAMES)
def test_a_long_conversation_is_rendered_twice(name: str, asked: list[Asked], monkeypatch: pytest.MonkeyPatch) -> None:
    template = named_template(name, bos_token="<s>", eos_token="</s>")
    plain = answer_by_answer(TALK, template, monkeypatch)
    segments_of(TALK, template)  # what a template writes around an answer is found out once
    asked.clear()
    assert segments_of(TALK, template) == plain
    assert len(asked) == (ANSWERS + 1 if name == "plain" else 2)  # a line end, its header, ends every turn
    assert sum(segment.supervised for segment in plain) == ANSWERS


@pytest.mark.parametrize("place", [0, 6, 2 * ANSWERS - 1])
def test_one_who_says_what_the_template_writes_is_cut_the_plain_way(
    place: int, asked: list[Asked], monkeypatch: pytest.MonkeyPatch
) -> None:
    talk = [turn | {"content": f"x{QWEN_HEADER}y"} if index == place else turn for index, turn in enumerate(TALK)]
    plain = answer_by_answer(talk, named_template("qwen"), monkeypatch)
    asked.clear()
    assert segments_of(talk, named_template("qwen")) == plain
    assert len(asked) > ANSWERS


def test_what_a_template_forgets_of_earlier_answers_is_not_learnt(monkeypatch: pytest.MonkeyPatch) -> None:
    talk = [
        turn | {"content": f"hm</think>{turn['content']}"} if index == len(TALK) - 1 else turn
        for index, turn in enumerate(TALK)
    ]
    template = Template("own", FORGETS, is_own=True)
    found = segments_of(talk, template)
    assert found == answer_by_answer(talk, template, monkeypatch)
    assert [segment.text for segment in found if segment.supervised][-2:] == [
        f"assistant {ANSWERS - 2}</s>", f"hm</think>assistant {ANSWERS - 1}</s>",
    ]  # fmt: skip


def test_a_conversation_that_the_assistant_begins_is_learnt_from_its_first_word(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    template = named_template("qwen")
    found = segments_of(TALK[1:], template)
    assert found == answer_by_answer(TALK[1:], template, monkeypatch)
    assert found[0] == Segment("<|im_start|>assistant\nassistant 0<|im_end|>", supervised=True)
