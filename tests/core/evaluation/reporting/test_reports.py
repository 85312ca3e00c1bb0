"""E9: the files of a report: complete, self-contained, and inert whatever the models wrote."""

from __future__ import annotations

import base64
import csv
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from backend.core.errors import InvalidInput
from backend.core.evaluation.figures import Mean, Perplexity, Scale
from backend.core.evaluation.reporting import write_comparison, write_reports
from backend.core.evaluation.reporting.rows import Entry, chosen
from backend.core.evaluation.rows import JudgeUsage, Rating
from backend.core.evaluation.summary import Agreement, HumanAgreement, Summary
from tests.core.evaluation.reporting.sample import HOSTILE, make_comparison, make_run, write_run


class Page(HTMLParser):
    """Everything in a page that could ask for something or run something."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.inside: dict[str, list[str]] = {"script": [], "style": []}
        self._open = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._open = tag
        if tag in self.inside:
            self.inside[tag].append("")

    def handle_endtag(self, tag: str) -> None:
        self._open = ""

    def handle_data(self, data: str) -> None:
        if self._open in self.inside:
            self.inside[self._open][-1] += data


def hash_of(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@pytest.fixture(scope="module", params=["single", "pairwise", "comparison"])
def hostile(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the reports of models that attack their reader."""
    tmp_path = tmp_path_factory.mktemp(request.param)
    if request.param == "comparison":
        (tmp_path / "comparison.json").write_text(
            make_comparison(24, hostile=True).model_dump_json(), encoding="utf-8"
        )
        write_comparison(tmp_path)
    else:
        write_run(tmp_path, *make_run(24, hostile=True, pairwise=request.param == "pairwise"))
        write_reports(tmp_path)
    return tmp_path


def test_the_page_asks_for_nothing_and_holds_no_markup_of_models(hostile: Path) -> None:
    page = Page((hostile / "report.html").read_text(encoding="utf-8"))
    names = {name for name, _ in page.tags}
    assert not names & {"img", "iframe", "object", "embed", "base", "form", "video", "audio", "source", "b onerror"}
    for name, attributes in page.tags:
        assert not [key for key in attributes if key.startswith("on") or key == "style"], (name, attributes)
        for key in ("src", "href", "srcset", "action", "data"):
            value = attributes.get(key)
            assert value is None or value == "data:," or re.fullmatch(r"#[a-z]+", value), (name, attributes)
    assert "url(" not in "".join(page.inside["style"])
    assert "@import" not in "".join(page.inside["style"])


def test_the_policy_allows_exactly_the_pages_own_style_and_script(hostile: Path) -> None:
    page = Page((hostile / "report.html").read_text(encoding="utf-8"))
    policy = next(attributes["content"] for name, attributes in page.tags if attributes.get("http-equiv"))
    data, script = page.inside["script"]
    (style,) = page.inside["style"]
    assert policy == (
        f"default-src 'none'; style-src {hash_of(style)}; script-src {hash_of(script)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    assert "innerHTML" not in script
    assert "document.write" not in script
    assert json.loads(data)["items"]


def test_every_cell_of_the_spreadsheet_is_inert_and_every_row_is_there(hostile: Path) -> None:
    name = "items.csv" if (hostile / "items.csv").exists() else "results.csv"
    text = (hostile / name).read_bytes().decode("utf-8-sig")
    rows = list(csv.reader(text.splitlines(keepends=True)))
    assert len(rows) == 25
    assert {len(row) for row in rows} == {len(rows[0])}
    for cell in (cell for row in rows for cell in row):
        for piece in re.split(r"[\r\n\t;]", cell):
            begins = piece.lstrip(' "\u200b\ufeff')[:1] in ("=", "+", "-", "@")
            assert not begins or re.fullmatch(r"-\d+(\.\d+)?", piece), cell
    columns = dict(zip(rows[0], zip(*rows[1:], strict=True), strict=True))
    assert any(HOSTILE[0] in cell for cell in columns["input"])


def test_markdown_holds_no_markup_of_models_outside_of_fences(hostile: Path) -> None:
    text = (hostile / "report.md").read_text(encoding="utf-8")
    outside = re.sub(r"(?ms)^(`{3,})text\n.*?^\1$", "", text)
    assert "<script" not in outside
    assert "<img" not in outside
    pictures = re.findall(r"(?<!\\)!\[[^\]]*\]\(([^)]*)\)", outside)
    assert all(re.fullmatch(r"plots/\w+\.svg", picture) for picture in pictures)
    assert not re.search(r"(?<!\\)\]\((?!plots/)", outside)
    assert not re.search(r"\n{4,}", text)


def test_plots_are_drawings_without_scripts_or_requests(hostile: Path) -> None:
    drawings = list((hostile / "plots").glob("*.svg"))
    # In pairs, nothing has a score that could be drawn.
    assert drawings or "Answers compared in pairs" in (hostile / "report.md").read_text(encoding="utf-8")
    for drawing in drawings:
        tree = ElementTree.fromstring(drawing.read_text(encoding="utf-8"))
        tags = {element.tag.removeprefix("{http://www.w3.org/2000/svg}") for element in tree.iter()}
        assert tags <= {"svg", "style", "rect", "line", "circle", "text", "title"}
        assert tree.attrib["aria-label"]
        attributes = {name for element in tree.iter() for name in element.attrib}
        assert not [name for name in attributes if "href" in name or name.startswith("on") or name == "style"]
        assert "url(" not in (tree[0].text or "")


def test_the_page_tells_the_figures_and_what_comes_before_them(tmp_path: Path) -> None:
    summary, rows = make_run(40)
    write_run(tmp_path, summary, rows)
    write_reports(tmp_path)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    text = (tmp_path / "report.md").read_text(encoding="utf-8")
    mean, interval = summary.score.mean or 0, summary.score.ci95
    assert interval
    for told in (
        f"{mean:.2f}",
        f"{interval.low:.2f} to {interval.high:.2f}",
        "Do not trust this judge here.",
        "0.0351 USD",
    ):
        assert told in page
        assert told in text
    assert page.index("Do not trust this judge") < page.index(f"{mean:.2f}")
    data = json.loads(Page(page).inside["script"][0])
    assert [item["index"] for item in data["items"]] == list(range(40))
    assert [item.get("score") for item in data["items"]] == [row.score for row in rows]


def test_mock_scores_are_called_so_everywhere(tmp_path: Path) -> None:
    summary, rows = make_run(10)
    write_run(tmp_path, summary.model_copy(update={"mock": True}), rows)
    write_reports(tmp_path)
    for name in ("report.html", "report.md"):
        text = (tmp_path / name).read_text(encoding="utf-8")
        assert text.index("MOCK") < text.index("Do not trust")


def test_an_unfinished_run_and_a_run_below_coverage_say_so_first(tmp_path: Path) -> None:
    summary, rows = make_run(10)
    for status, told in (("partial", "This run is not finished."), ("below_coverage", "Too few items have a score.")):
        write_run(tmp_path, summary.model_copy(update={"status": status}), rows)
        write_reports(tmp_path)
        assert told in (tmp_path / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("n", [1, 2, 4])
def test_few_items_get_no_interval_and_no_plot_that_needs_more(tmp_path: Path, n: int) -> None:
    write_run(tmp_path, *make_run(n))
    write_reports(tmp_path)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "Too few items for an interval" in page
    assert not (tmp_path / "plots" / "score_length.svg").exists()


def test_a_run_without_any_score_is_told_as_such(tmp_path: Path) -> None:
    summary, rows = make_run(6)
    nothing = summary.score.model_copy(update={"mean": None, "ci95": None, "n": 0, "histogram": [], "median": None})
    empty = summary.model_copy(update={
        "score": nothing, "models": [], "comparisons": [], "n_scored": 0, "coverage": 0.0, "criteria": {},
        "categories": [], "reference_metrics": {}, "health": None, "mde80": None, "pass_rate": None,
    })  # fmt: skip
    write_run(tmp_path, empty, [row.model_copy(update={"score": None, "others": [], "change": None}) for row in rows])
    write_reports(tmp_path)
    assert "None of the 6 items has a score." in (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "None of the 6 items has a score." in (tmp_path / "report.md").read_text(encoding="utf-8")


def test_right_and_wrong_are_counted_and_not_drawn(tmp_path: Path) -> None:
    summary, rows = make_run(40)
    rows = [row.model_copy(update={"score": float(row.index % 4 > 0), "others": [], "change": None}) for row in rows]
    score = summary.score.model_copy(update={"scale": Scale(low=0, high=1), "name": "em", "mean": 0.75, "ci95": None})
    update = {"score": score, "mode": "reference", "models": [], "comparisons": [], "categories": [], "criteria": {}}
    write_run(tmp_path, summary.model_copy(update=update), rows)
    write_reports(tmp_path)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "30 exact" in page
    assert "10 not exact" in page
    assert not list((tmp_path / "plots").glob("*.svg"))


def test_everything_that_a_run_can_have_is_shown(tmp_path: Path) -> None:
    summary, rows = make_run(120, pairwise=True)
    preference = summary.preferences[0]
    adjusted = preference.win_rate.model_copy(update={"value": 0.613, "method": "sandwich"})
    exact = summary.health.passed if summary.health else None
    assert exact
    update = {
        "preferences": [preference.model_copy(update={"length_adjusted": adjusted})],
        "agreement": Agreement(between="judges", n=40, alpha=0.712, exact=exact, mean_spread=0.4),
        "human": HumanAgreement(
            n=30, n_labels=31, weighted_kappa=0.834, spearman=0.7, exact=exact, within_one=exact,
            mean_difference=Mean(n=30, mean=0.25),
        ),
        "perplexity": Perplexity(n=120, per_token=5.25, bits_per_byte=0.815, tokens=900, bytes=4_000),
        "rubric": "helpful.yaml", "judge_host": None, "tag": None, "dataset": None,
    }  # fmt: skip
    ratings = [Rating(judge=name, repeat=0, score=None, rationale="R", error_class="refusal") for name in ("x", "y")]
    rows[0] = rows[0].model_copy(update={"ratings": ratings, "usage": JudgeUsage(prompt=12), "source": "a"})
    write_run(tmp_path, summary.model_copy(update=update), rows)
    write_reports(tmp_path)
    for name in ("report.html", "report.md"):
        text = (tmp_path / name).read_text(encoding="utf-8")
        for told in ("61.3 %", "0.71", "0.83", "0.815", "3 of 3", "1 of 3", "invalid output"):
            assert told in text, (name, told)
    assert summary.health
    second = [control.model_copy(update={"judge": "second-judge"}) for control in summary.health.controls]
    health = summary.health.model_copy(update={"controls": [*summary.health.controls, *second]})
    write_run(tmp_path, summary.model_copy(update={**update, "health": health}), rows)
    write_reports(tmp_path)
    assert (tmp_path / "report.md").read_text(encoding="utf-8").count("(second-judge)") == 4
    data = json.loads(Page((tmp_path / "report.html").read_text(encoding="utf-8")).inside["script"][0])
    assert data["items"][0]["answers"][-1]["ratings"][1] == {
        "judge": "y", "repeat": 0, "rationale": "R", "error": "refusal",
    }  # fmt: skip
    assert {"verdict", "consistent", "pairs"} <= set(data["items"][0])


def test_writing_again_gives_the_same_bytes_and_leaves_nothing_else(tmp_path: Path) -> None:
    write_run(tmp_path, *make_run(30))
    write_reports(tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    (tmp_path / "plots" / "of_an_earlier_version.svg").write_text("<svg/>")
    write_reports(tmp_path)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_a_page_of_a_large_run_holds_what_matters(tmp_path: Path) -> None:
    entries = [
        Entry(index * 100, index, None if index % 50 == 7 else index % 11, (index % 13) - 6.0, 20, None, "scored")
        for index in range(10_000)
    ]
    picked = chosen(entries, limit=1_000)
    assert len(picked) == 1_000
    assert picked == sorted(picked, key=lambda entry: entry.index)
    assert sum(entry.score is None for entry in picked) >= 200
    assert sum(entry.score == 0 for entry in picked) >= 250
    assert sum(abs(entry.change or 0) == 6 for entry in picked) >= 250
    assert chosen(entries[:1_000], limit=1_000) == entries[:1_000]


def test_what_is_missing_or_broken_is_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"There is no .*summary\.json"):
        write_reports(tmp_path)
    summary, rows = make_run(5)
    write_run(tmp_path, summary, rows)
    (tmp_path / "results.jsonl").write_text('{"item_id": 1}\n')
    with pytest.raises(InvalidInput, match=r"Line 1 of .* is no result"):
        write_reports(tmp_path)
    (tmp_path / "results.jsonl").unlink()
    with pytest.raises(InvalidInput, match=r"There is no .*results\.jsonl"):
        write_reports(tmp_path)
    (tmp_path / "summary.json").write_text('{"run": 1}')
    with pytest.raises(InvalidInput, match="cannot be read"):
        write_reports(tmp_path)
    with pytest.raises(InvalidInput, match=r"There is no .*comparison\.json"):
        write_comparison(tmp_path)


def test_the_sample_is_a_summary_of_the_current_schema() -> None:
    summary, _ = make_run(5)
    assert Summary.model_validate_json(summary.model_dump_json()) == summary
