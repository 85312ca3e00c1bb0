"""T9: a hostile chat template ends within 5 s, in a process of its own, and takes nothing else with it."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from backend.core.data.prompts import Template, choose_template, named_template
from backend.core.errors import BadModel, InvalidInput, TemplateRejected
from backend.core.models.templates import FOREIGN
from tests.campaign import IS_FULL, tell

TALK = [{"role": "user", "content": "hello"}, {"role": "assistant", "content": "yes"}]
PLAIN = "{% for message in messages %}{{ message.role }}: {{ message.content }}\n{% endfor %}"
LOOP = "{% for a in range(99999) %}"

REJECTED = {
    "loops in loops": LOOP * 3 + "{% endfor %}" * 3,
    "a loop that writes": LOOP * 2 + "xxxxxxxxxx" + "{% endfor %}" * 2,
    "a gigabyte of text": "{{ 'a' * 1000000000 }}",
    "a gigabyte when compiled": "{% set x = 'ab' * 10 ** 9 %}{{ x }}",
    "a gigabyte by doubling": "{% set ns = namespace(x='aaaaaaaaaaaaaaaa') %}{% for i in range(40) %}"
    "{% set ns.x = ns.x ~ ns.x %}{% endfor %}{{ ns.x|length }}",
    "a power": "{{ (9 ** (9 ** 9)) % 7 }}",
    "a padding": "{{ '%0999999999d' % 1 }}",
    "recursion": "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
    "a list": "{{ ([0] * 999999999)|length }}",
    "only for long talks": "{% if messages|length > 1 %}" + LOOP * 3 + "{% endfor %}" * 3 + "{% endif %}",
}
REFUSED = {
    "classes": "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "globals": "{{ raise_exception.__globals__ }}",
    "import": "{{ self.__init__.__globals__.__builtins__.__import__('os').system('touch canary') }}",
    "format": "{{ '{0.__class__.__init__.__globals__}'.format(messages) }}",
    "a changed conversation": "{% set _ = messages.append({'role': 'user'}) %}",
    "a file": "{% include '/etc/passwd' %}",
    "a module": "{% import 'os' as os %}{{ os.environ }}",
    "an unknown filter": "{{ messages|evil }}",
    "broken": "{% if %}",
    "attr": "{{ ''|attr('__class__')|attr('__mro__') }}",
}

SECONDS_TAKEN: list[float] = []
SLOW = {"loops in loops", "a power"}
"""They take their whole time, three seconds each; one such is tried every day."""
TRIED = [name for name in REJECTED if IS_FULL or name not in SLOW]


@pytest.mark.parametrize("name", TRIED)
def test_what_takes_too_much_is_rejected_in_time(name: str) -> None:
    begun = time.monotonic()
    with pytest.raises(TemplateRejected, match="give another with --prompt_template"):
        Template("tokenizer", REJECTED[name]).render(TALK)
    SECONDS_TAKEN.append(time.monotonic() - begun)
    if name == TRIED[-1]:
        tell("S9", templates=len(SECONDS_TAKEN), slowest_s=round(max(SECONDS_TAKEN), 2))
    assert Template("tokenizer", PLAIN).render(TALK) == "user: hello\nassistant: yes\n"


@pytest.mark.parametrize("name", REFUSED)
def test_what_reaches_out_gets_nothing(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_TOKEN", "a-secret-of-this-machine")
    try:
        told = Template("tokenizer", REFUSED[name]).render(TALK)
    except InvalidInput as error:
        told = str(error)
    assert "a-secret" not in told
    assert "root:" not in told
    assert "subprocess" not in told
    assert not Path("canary").exists()


def test_a_rejected_template_is_told_at_once_however_many_records_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    render = FOREIGN.render_all
    monkeypatch.setattr(FOREIGN, "render_all", lambda *given: asked.append(1) or render(*given))
    with pytest.raises(TemplateRejected):
        choose_template("auto", REJECTED["a gigabyte of text"], [(TALK, None)] * 50)
    assert len(asked) == 1


def test_foreign_and_own_render_alike() -> None:
    tools: list[dict[str, Any]] = [{"type": "function", "function": {"name": "f", "description": "🙂 ü"}}]
    for path in (Path(__file__).parents[2] / "prompts").glob("*.jinja"):
        own = named_template(path.stem, bos_token="<s>", eos_token="</s>")
        foreign = Template("tokenizer", own.source, "<s>", "</s>")
        assert own.is_own
        assert not foreign.is_own
        for talk in (TALK, TALK[:1]):
            assert foreign.render(talk, tools=tools) == own.render(talk, tools=tools)


def _process() -> psutil.Process:
    Template("tokenizer", PLAIN).render(TALK)
    (found,) = [
        child for child in psutil.Process().children() if "backend.core.models.template_child" in child.cmdline()
    ]
    return found


def test_it_sees_no_keys_and_is_started_again_when_it_was_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    FOREIGN.close()
    monkeypatch.setenv("OPENAI_API_KEY", "sk-canary")
    first = _process()
    assert set(first.environ()) <= {"PATH", "PIPELINE_JOB_ID", "LC_CTYPE"}
    os.kill(first.pid, signal.SIGTERM)
    first.wait(10)
    assert _process().pid != first.pid


def test_a_fork_has_a_process_of_its_own() -> None:
    _process()
    child = os.fork()
    if child == 0:
        os._exit(0 if Template("tokenizer", PLAIN).render(TALK).startswith("user") else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert Template("tokenizer", PLAIN).render(TALK).startswith("user")


def test_a_model_with_such_a_template_is_refused_by_the_engine(small_model: Path, tmp_path: Path) -> None:
    loading = pytest.importorskip("backend.engine.loading")
    tokenising = pytest.importorskip("backend.engine.tokenising")
    for file in small_model.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "chat_template.jinja").write_text(REJECTED["a power"])
    tokenizer = loading.load_tokenizer(str(tmp_path))
    with pytest.raises(BadModel, match="chat template"):
        tokenising.template_for("auto", tokenizer, [_Record()])


class _Record:
    messages = TALK
    tools = None


def test_no_template_comes_over_http() -> None:
    from backend.main import create_app

    text = json.dumps(create_app().openapi())
    assert "chat_template" not in text
    assert "template_source" not in text
