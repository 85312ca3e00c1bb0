"""One text for training and inference, and exactly the assistant's words marked in it."""

from __future__ import annotations

import pytest

from backend.core.data.prompts import PROMPTS_DIR, Template, choose_template, format_prompt, named_template
from backend.core.data.segments import segments_of
from backend.core.errors import InvalidInput, NotFound

NAMES = sorted(path.stem for path in PROMPTS_DIR.glob("*.jinja"))
TALK = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "What is 2+2?"},
    {"role": "assistant", "content": "4"},
    {"role": "user", "content": "And 3+3?"},
    {"role": "assistant", "content": "  6, for 3+3 is 6. "},
]
CHATML = "<|im_start|>user\nWhat is 2+2?<|im_end|>\n<|im_start|>assistant\n"
DROPS_TOOLS = (
    "{% for m in messages %}{% if m.role != 'tool' %}<{{ m.role }}>{{ m.content }}</s>{% endif %}{% endfor %}"
)


def test_all_documented_templates_exist() -> None:
    assert {"qwen", "alpaca", "llama3", "mistral", "phi", "plain"} == set(NAMES)


@pytest.mark.parametrize(
    "example", ["What is 2+2?", {"input": "What is 2+2?"}, [{"role": "user", "content": "What is 2+2?"}]]
)
def test_a_question_in_any_form_ends_where_the_assistant_speaks(example: object) -> None:
    assert format_prompt(example) == CHATML  # type: ignore[arg-type]


def test_a_record_with_its_answer_is_the_text_that_is_trained_on() -> None:
    assert format_prompt({"input": "What is 2+2?", "output": "4"}) == CHATML + "4<|im_end|>\n"


def test_the_system_prompt_comes_first_unless_there_is_one() -> None:
    assert format_prompt("q", system_prompt="S").startswith("<|im_start|>system\nS<|im_end|>")
    assert "S<|im_end|>" not in format_prompt(TALK, system_prompt="S")


@pytest.mark.parametrize("name", NAMES)
def test_the_training_text_begins_with_the_inference_prompt(name: str) -> None:
    template = named_template(name, bos_token="<s>", eos_token="</s>")
    prompt = format_prompt(TALK[:2], template)
    assert format_prompt(TALK[:3], template).startswith(prompt)


@pytest.mark.parametrize("name", NAMES)
def test_segments_are_the_whole_text_and_mark_each_answer_with_its_end(name: str) -> None:
    template = named_template(name, bos_token="<s>", eos_token="</s>")
    segments = segments_of(TALK, template)
    assert "".join(segment.text for segment in segments) == template.render(TALK).rstrip("\n")
    answers = [segment.text for segment in segments if segment.supervised]
    assert len(answers) == 2
    assert answers[0].strip().startswith("4")
    assert "6, for 3+3 is 6." in answers[1]
    ends = {"qwen": "<|im_end|>", "llama3": "<|eot_id|>", "phi": "<|end|>"}
    assert all(answer.endswith(ends.get(name, "</s>")) for answer in answers)


def test_an_answer_that_repeats_the_question_is_marked_in_its_own_place() -> None:
    talk = [{"role": "user", "content": "echo"}, {"role": "assistant", "content": "echo"}]
    segments = segments_of(talk, named_template("qwen"))
    assert [(segment.supervised, "echo" in segment.text) for segment in segments] == [(False, True), (True, True)]


def test_the_tokenizers_own_template_is_taken_when_it_renders_everything() -> None:
    template, why = choose_template("auto", DROPS_TOOLS, [(TALK, None)], eos_token="</s>")
    assert (template.name, why) == ("tokenizer", "Template: the tokenizer's own.")


def test_a_template_that_drops_a_role_is_passed_over_with_a_sentence() -> None:
    talk = [*TALK, {"role": "tool", "content": "observed"}]
    template, why = choose_template("auto", DROPS_TOOLS, [(talk, None)])
    assert template.name == "qwen"
    assert "leaves out what some turns hold: tool" in why


def test_generation_marks_of_transformers_are_understood() -> None:
    source = (
        "{% for m in messages %}[{{ m.role }}]{% if m.role == 'assistant' %}{% generation %}{{ m.content }}"
        "{% endgeneration %}{% else %}{{ m.content }}{% endif %}\n{% endfor %}"
        "{% if add_generation_prompt %}[assistant]{% endif %}"
    )
    assert segments_of(TALK[1:3], Template("own", source))[-1].text == "4"


def test_a_broken_template_is_an_error_for_people() -> None:
    with pytest.raises(InvalidInput, match="--prompt_template"):
        Template("own", "{% if %}").render(TALK)
    with pytest.raises(InvalidInput, match="roles must alternate"):
        Template("own", "{{ raise_exception('roles must alternate') }}").render(TALK)


def test_a_template_cannot_reach_python() -> None:
    with pytest.raises(InvalidInput):
        Template("evil", "{{ messages.__class__.__mro__[1].__subclasses__() }}").render(TALK)


@pytest.mark.parametrize("name", ["nothing", "../config/x", "/etc/passwd"])
def test_an_unknown_template_lists_the_known(name: str) -> None:
    with pytest.raises(NotFound, match="alpaca, llama3, mistral"):
        named_template(name)
