"""The little of Go's templates: what is rendered is what Ollama renders, and all else is refused."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from backend.core.data.prompts import Turn, named_template
from backend.core.export.conversations import CONVERSATIONS
from backend.core.export.go_template import GoTemplateError, render_for_ollama
from backend.core.export.modelfile import Modelfile, go_template, read_modelfile
from backend.core.export.shape import NoShape, Shape, shape_of

SHIPPED = ("qwen", "llama3", "mistral", "phi", "alpaca", "plain")
ASKED = [
    (one.name, one.messages[:place]) for one in CONVERSATIONS if not one.tools for place in one.answers
]  # fmt: skip


def shipped(name: str) -> str:
    return go_template(shape_of(named_template(name, bos_token="<s>", eos_token="</s>")))


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_template_says_the_same_in_go(name: str) -> None:
    template = named_template(name, bos_token="<s>", eos_token="</s>")
    for told, messages in ASKED:
        wanted = template.render(messages, add_generation_prompt=True)
        assert render_for_ollama(shipped(name), messages) == wanted, told


def turns(*pairs: tuple[str, str]) -> list[Turn]:
    return [{"role": role, "content": content} for role, content in pairs]


def test_ollamas_own_rules() -> None:
    source = "{{ if .System }}[{{ .System }}]{{ end }}{{ range .Messages }}<{{ .Role }}:{{ .Content }}>{{ end }}"
    assert render_for_ollama(source, turns(("user", "a"), ("user", "b"))) == "<user:a\n\nb>"
    assert render_for_ollama(source, turns(("tool", "a"), ("tool", "b"))) == "<tool:a><tool:b>"
    assert render_for_ollama(source, turns(("user", "a")), "be kind") == "[be kind]<system:be kind><user:a>"
    assert render_for_ollama(source, turns(("system", "s"), ("user", "a")), "be kind") == "[s]<system:s><user:a>"


def test_trim_marks_branches_and_places() -> None:
    source = (
        'a \n{{- range $place, $turn := $.Messages }} {{- if and (eq $place 0) (ne $turn.Role "system") }}first'
        '{{ else if eq .Role "assistant" -}}\n  said{{ else }}more{{ end }}{{ end -}} \n b'
    )
    assert render_for_ollama(source, turns(("user", "x"), ("assistant", "y"), ("user", "z"))) == "afirstsaidmoreb"


@pytest.mark.parametrize(
    "source",
    [
        "{{ .Prompt }}", "{{ range .Messages }}{{ .ToolCalls }}{{ end }}",
        "{{ range .Messages }}{{ json .Content }}{{ end }}",
        "{{ range .Messages }}{{ .Content | html }}{{ end }}", "{{ range .Messages }}{{ end }}{{ end }}",
        "{{ range .Messages }}", '{{ range .Messages }}{{ template "x" . }}{{ end }}',
        "{{ range .Messages }}{{ eq .Role }}{{ end }}", "{{ range slice .Messages 1 }}{{ end }}",
    ],
)  # fmt: skip
def test_what_is_not_rendered_here_is_refused(source: str) -> None:
    with pytest.raises(GoTemplateError):
        render_for_ollama(source, turns(("user", "a")))


PROGRAM = """package main

import (
	"encoding/json"
	"os"
	"strings"
	"text/template"
)

type Turn struct{ Role, Content string }
type Case struct {
	Source   string
	Messages []Turn
}

func main() {
	var cases []Case
	if err := json.NewDecoder(os.Stdin).Decode(&cases); err != nil {
		panic(err)
	}
	var texts []string
	for _, each := range cases {
		var system []string
		for _, turn := range each.Messages {
			if turn.Role == "system" {
				system = append(system, turn.Content)
			}
		}
		var text strings.Builder
		made := template.Must(template.New("").Parse(each.Source))
		err := made.Execute(&text, map[string]any{"System": strings.Join(system, "\\n\\n"), "Messages": each.Messages})
		if err != nil {
			panic(err)
		}
		texts = append(texts, text.String())
	}
	json.NewEncoder(os.Stdout).Encode(texts)
}
"""


@pytest.mark.skipif(shutil.which("go") is None, reason="Go is not installed")
def test_go_itself_renders_the_same(tmp_path: Path) -> None:
    cases = [(shipped(name), messages) for name in SHIPPED for _, messages in ASKED]
    told = [
        {"Source": source, "Messages": [{"Role": turn["role"], "Content": turn["content"]} for turn in messages]}
        for source, messages in cases
    ]
    (tmp_path / "main.go").write_text(PROGRAM, encoding="utf-8")
    environ = {**os.environ, "GOCACHE": str(tmp_path / "cache"), "GO111MODULE": "off"}
    done = subprocess.run(
        ["go", "run", str(tmp_path / "main.go")], input=json.dumps(told), env=environ, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [render_for_ollama(source, messages) for source, messages in cases]


def test_a_modelfile_is_read_as_it_was_written() -> None:
    file = Modelfile("./m.gguf", shipped("qwen"), ["<|im_end|>", "a b"], 'Say "it".\n', "./a.gguf")
    assert read_modelfile(file.text) == file
    with pytest.raises(ValueError, match="is not read here"):
        read_modelfile(file.text + "MESSAGE user hello\n")
    with pytest.raises(ValueError, match="not closed"):
        read_modelfile('FROM x\nTEMPLATE """a')


@pytest.mark.parametrize("words", ['three """ marks', 'ends with "', "a soft\u00adhyphen", "zero\u200bwidth"])
def test_words_that_ollama_would_read_otherwise_are_refused(words: str) -> None:
    with pytest.raises(NoShape):
        _ = Modelfile(".", "{{ range .Messages }}{{ end }}", [], words).text


def test_a_template_whose_words_look_like_gos_is_refused() -> None:
    with pytest.raises(NoShape, match="look like Go's own"):
        go_template(Shape("", "", "", "{{", "", "", ""))


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("{% for m in messages %}{{ loop.index }}{{ m.content }}{% endfor %}", "as no other"),
        ("{% for m in messages if m.role != 'assistant' %}{{ m.content }}{% endfor %}", "leaves out"),
        ("{{ raise_exception('no') }}", "cannot lay out"),
    ],
)  # fmt: skip
def test_a_template_without_a_shape_is_refused_with_the_reason(source: str, why: str) -> None:
    from backend.core.data.prompts import Template

    with pytest.raises(NoShape, match=why):
        shape_of(Template("other", source, is_own=True))
