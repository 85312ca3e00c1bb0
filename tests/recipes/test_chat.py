"""The chat on a real terminal with a real model: what a person types, sees, stops and saves."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from tests.recipes.conftest import trained_environment  # noqa: E402
from tests.recipes.terminal import CTRL_C, CTRL_D, ENTER, Terminal  # noqa: E402

FIGURES = r"\d+ tokens? · .*first after \d+\.\d\d s.*\n"
PROMPT = "> "

Open = Callable[..., Terminal]


@pytest.fixture
def open_chat(trained: Path, small_model: Path, tmp_path: Path) -> Iterator[Open]:
    """Opens the chat with the untrained base on a terminal, its folders in `tmp_path`."""
    folders = {"STATE_DIR": str(tmp_path / "state"), "DATA_DIR": str(tmp_path / "data"), "OMP_NUM_THREADS": "1"}
    opened: list[Terminal] = []

    def open_chat(*flags: object, output: Path | None = None) -> Terminal:
        given = ("--base_model_name", small_model, "--device", "cpu", "--dtype", "float32", *flags)
        environ = {**trained_environment(trained), **folders}
        opened.append(Terminal("run_inference", *given, environ=environ, cwd=tmp_path, output=output))
        return opened[-1]

    yield open_chat
    for terminal in opened:
        terminal.__exit__(None, None, None)


def enter(terminal: Terminal, line: str, until: str) -> str:
    """Type a line at the prompt and return what appears up to the next prompt."""
    terminal.expect(PROMPT)
    terminal.type(line + ENTER)
    return terminal.expect(until)


def test_a_conversation_from_the_first_question_to_the_last(open_chat: Open, tmp_path: Path) -> None:
    chat = open_chat("--max_new_tokens", 20_000)
    chat.expect(r"small_model\d* answers\. /help lists the commands")
    enter(chat, "/adapter forces", r"forces answers from here on\.\n")
    enter(chat, "/temperature 0", r"Temperature 0: always the likeliest token\.\n")
    assert "It is newton" in enter(chat, "What is the unit of force 3?", FIGURES)
    enter(chat, "/save", r"Saved as record 1 of .*saved_chats\.json\.\n")

    # An answer without an end: it is there while it is written, and Ctrl-C stops it and nothing else.
    enter(chat, "/clear", r"forgotten\.\n")
    enter(chat, "/adapter talker", r"talker answers from here on\.\n")
    enter(chat, "Talk 3", r"on and on and on and")
    chat.type(CTRL_C)
    assert "· stopped" in chat.expect(FIGURES)
    enter(chat, "/save mine.jsonl", r"Saved as record 1 of .*mine\.jsonl\. Its last answer was stopped")
    enter(chat, "/adapter nobody", r"There is no adapter 'nobody' in the registry \(known: forces, talker\)\.\n")
    enter(chat, "/save x.csv", r"conversations are added to .*\n")

    # Ctrl-C at the prompt only warns; then it leaves.
    chat.expect(PROMPT)
    chat.interrupt(r"Ctrl-C once more leaves")
    enter(chat, "/quit", r"\n")
    assert chat.end() == 0

    (saved,) = json.loads((tmp_path / "data" / "saved_chats.json").read_text())
    assert saved["input"] == "What is the unit of force 3?"
    assert saved["output"].startswith("It is newton")
    stopped = json.loads((tmp_path / "mine.jsonl").read_text())
    assert stopped["output"].startswith("on and on and")
    assert len(stopped["output"]) < 20_000
    history = tmp_path / "state" / "chat_history"
    assert history.read_text().splitlines()[:2] == ["/adapter forces", "/temperature 0"]
    assert history.stat().st_mode & 0o777 == 0o600


def test_several_lines_are_one_question_and_the_last_chats_lines_come_back(open_chat: Open, tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "chat_history").write_text("/system from the last chat\n")
    chat = open_chat("--max_new_tokens", 4, "--system_prompt", "Be brief.")
    enter(chat, "/system", r"System prompt: Be brief\.\n")
    chat.expect(PROMPT)
    chat.type("\x1b[A\x1b[A" + ENTER)  # arrow up twice: the line before the present chat's
    chat.expect(r"System prompt set\.\n")
    enter(chat, "one\\", r"\. $")
    chat.type("two" + ENTER)
    chat.expect(FIGURES)
    enter(chat, "/save a.json", r"Saved as record 1")
    enter(chat, "/clear", r"forgotten")
    enter(chat, '"""three', r"\. $")
    chat.type('four"""' + ENTER)
    chat.expect(FIGURES)
    enter(chat, "/save a.json", r"Saved as record 2")
    enter(chat, "/clear", r"forgotten")
    enter(chat, "\x1b[200~five\nsix\x1b[201~", FIGURES)  # as a terminal sends what is pasted
    enter(chat, "/save a.json", r"Saved as record 3")
    chat.expect(PROMPT)
    chat.type(CTRL_D)
    assert chat.end() == 0
    saved = json.loads((tmp_path / "a.json").read_text())
    system = {"role": "system", "content": "from the last chat"}
    asked = [record["messages"][:2] for record in saved]
    assert asked == [[system, {"role": "user", "content": text}] for text in ("one\ntwo", "three\nfour", "five\nsix")]


def test_what_goes_wrong_is_told_and_ctrl_c_twice_leaves(open_chat: Open, trained: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "adapter_config.json").write_text((trained / "models" / "forces" / "adapter_config.json").read_text())
    answers = tmp_path / "answers.txt"
    chat = open_chat("--model_path", "forces", "--temperature", 0, "--max_new_tokens", 8, output=answers)
    enter(chat, "/foo", r"There is no command /foo: known are /help, .*/quit\.\n")
    enter(chat, f"/adapter {other}", r"other answers from here on\.\n")
    enter(chat, "What is the unit of force 3?", r"forces answers again\.\n")
    enter(chat, "What is the unit of force 3?", FIGURES)
    chat.expect(PROMPT)
    chat.interrupt(r"Ctrl-C once more leaves")
    chat.expect(PROMPT)
    chat.interrupt(r"\n$")
    assert chat.end() == 0
    assert answers.read_text().startswith("It is newton")
    assert answers.read_text().count("\n") == 1


def test_one_question_is_answered_on_a_terminal_as_it_is_written(open_chat: Open) -> None:
    once = open_chat("--model_path", "talker", "--temperature", 0, "--max_new_tokens", 100_000, "--prompt", "Talk 3")
    once.expect(r"on and on and on")
    once.type(CTRL_C)
    once.expect(r"Cancelled\.")
    assert once.end() == 130
