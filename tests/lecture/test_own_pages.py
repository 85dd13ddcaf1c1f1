"""symnet reads the pages that it writes: what they print is proved or holds, and a mistake in them is seen."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import symnet as sn
from symnet.catalog import load
from symnet.lecture.check import Options, check_documents
from symnet.lecture.documents.documents import read_document
from symnet.lecture.judging.judge import claims_of, judge
from symnet.lecture.verdict import ACCEPTED, DocumentReport, Finding
from symnet.loading import rule_names
from tests.lecture.unseen_layers import LAYERS

ROOT = Path(__file__).parents[2]
RULES = [ROOT / "docs" / "derivations" / f"{name}.md" for name in rule_names() if isinstance(load(name), sn.UpdateRule)]
PAGES = sorted({*(ROOT / "docs" / "derivations").glob("*.md")} - {*RULES})
RUSSIAN = ROOT / "docs" / "derivations" / "ru"
DOCUMENTS = [*sorted((ROOT / "docs").glob("*.md")), ROOT / "README.md", ROOT / "docs" / "examples" / "sigmoid.md"]
#: a rule in general letters, a constant, a given fact and the step of a training: nothing of the operation is claimed
GIVEN = ("definition", "condition", "update")
OPTIONS = Options(cache=False)


def told(findings: list[Finding]) -> list[str]:
    return [f"{f.line}: {f.verdict}: {f.claim or f.latex} ({f.reason})" for f in findings]


def read(text: str, path: Path) -> DocumentReport:
    path.write_text(text, encoding="utf-8")
    (report,) = check_documents([path], OPTIONS)
    assert not report.error
    return report


def assert_right(report: DocumentReport) -> None:
    """Nothing is called wrong, and formulas are accepted."""
    code = [f for f in report.claims if f.kind == "code"]
    assert told([f for f in report.claims if f.verdict in ("refuted", "ill-typed", "reading-dependent")]) == []
    formulas = [f for f in report.claims if f.kind != "code"]
    unread = [f for f in formulas if f.verdict == "not-understood"]
    assert told(unread) == []
    unsure = [f for f in formulas if f.verdict not in (*ACCEPTED, *GIVEN)]
    assert told(unsure) == []
    assert any(f.verdict in ACCEPTED for f in report.claims)
    assert all(f.reason for f in code if f.verdict in ("not-understood", "needs-context"))


#: one page of each kind is read in every run, all the others in the long tests
ALWAYS = {
    "binary_cross_entropy", "conv2d", "dropout", "huber", "max_pool", "softmax_cross_entropy",
}  # fmt: skip


def page(path: Path):
    return pytest.param(path, id=path.stem, marks=() if path.stem in ALWAYS else pytest.mark.slow)


@pytest.mark.parametrize("path", [page(p) for p in PAGES if p.stem != "README"])
def test_a_page_of_the_documentation_is_right(path, tmp_path):
    assert_page_right(path, tmp_path)


def assert_page_right(path: Path, folder: Path) -> None:
    text = path.read_text(encoding="utf-8")
    report = read(text, folder / path.name)
    assert_right(report)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        (r"dx_{nd} = da_{\mathrm{back},0,n,d}", r"dx_{nd} = da_{\mathrm{back},1,n,d}"),
        (r"dw_{lkd} = \sum_{n} dz_{lnd} a_{l-1,n,k}", r"dw_{lkd} = \sum_{n} dz_{lnd} a_{lnk}"),
        (r"dz_{L-1,n,d} = dy_{nd} (1 - a_{L-1,n,d}^{2})", r"dz_{L-1,n,d} = dy_{nd} (1 - a_{L-2,n,d}^{2})"),
    ],
)
def test_the_last_of_so_many_layers_is_what_a_loss_sees(right, wrong, tmp_path):
    """``y = a_{L-1}`` for ``l = 0, ..., L - 1``: layer 0 is among those that the loss depends on."""
    text = (ROOT / "docs" / "derivations" / "deep_network.md").read_text(encoding="utf-8")
    for formula, verdicts in ((right, ACCEPTED), (wrong, ("refuted",))):
        (tmp_path / "page.md").write_text(text.replace(right, formula, 1), encoding="utf-8")
        claims = claims_of(read_document(tmp_path / "page.md"))
        claim = next(c for c in claims if c.latex.strip() == formula)
        assert judge(claim, mend=False).verdict in verdicts


#: formulas in a page of Markdown, and words within them
_FORMULA = re.compile(r"\$\$(.*?)\$\$|(?<!\\)\$((?:[^$\\]|\\.)+?)\$", re.DOTALL)
_WORDS = re.compile(r"\\text\s*\{[^{}]*\}")
CHAPTERS = ROOT / "docs" / "course"
PAIRS = [(p, RUSSIAN / p.name) for p in sorted({*PAGES, *RULES})]
PAIRS += [(p, CHAPTERS / "ru" / p.name) for p in sorted((CHAPTERS / "en").glob("*.md"))]


def formulas(path: Path) -> list[str]:
    text = re.sub(r"```.*?```|<!--.*?-->", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    return [_WORDS.sub("words", " ".join((shown or inline).split())) for shown, inline in _FORMULA.findall(text)]


@pytest.mark.parametrize(("english", "russian"), PAIRS, ids=[english.stem for english, _ in PAIRS])
def test_the_formulas_of_a_russian_page_are_those_of_the_english_one(english, russian):
    assert formulas(russian) == formulas(english)


#: the formulas are those of the English page: two pages show in every run that the words around them do no harm
ALWAYS_IN_RUSSIAN = ("huber", "softmax_cross_entropy")


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(path, id=path.stem, marks=() if path.stem in ALWAYS_IN_RUSSIAN else pytest.mark.slow)
        for path in (RUSSIAN / p.name for p in PAGES)
        if path.stem != "README"
    ],
)
def test_a_russian_page_is_right(path, tmp_path):
    assert_page_right(path, tmp_path)


@pytest.mark.parametrize("path", RULES, ids=lambda p: p.stem)
def test_the_page_of_an_update_rule_is_right(path, tmp_path):
    report = read(path.read_text(encoding="utf-8"), tmp_path / path.name)
    wrong = ("refuted", "ill-typed", "reading-dependent", "not-understood")
    assert told([f for f in report.claims if f.verdict in wrong]) == []
    assert any(f.verdict in ("update", "definition") and "t - 1" in f.latex for f in report.claims)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: p.stem)
def test_nothing_in_a_document_is_called_wrong(path, tmp_path):
    report = read(path.read_text(encoding="utf-8"), tmp_path / path.name)
    assert told([f for f in report.claims if f.verdict in ("refuted", "ill-typed")]) == []


#: layers whose pages take ten seconds and show no kind of formula that the others do not
LONG = ("group_norm", "cosine_similarity", "gated_unit")


@pytest.mark.parametrize(
    "layer",
    [
        pytest.param(layer, id=layer.__name__, marks=pytest.mark.slow if layer.__name__ in LONG else ())
        for layer in LAYERS
    ],
)
def test_the_page_of_an_operation_never_seen_is_right(layer, tmp_path):
    text = sn.derive(layer).markdown()
    assert_right(read(text, tmp_path / "page.md"))


# -- mistakes ---------------------------------------------------------------------------------------------------------


def with_a_sign_flipped(formula: str) -> str:
    left, right = formula.split(" = ", 1)
    return f"{left} = {right[1:] if right.startswith('-') else '-' + right}"


def with_an_index_lost(formula: str) -> str:
    """The first subscript of two letters on the right loses its last one."""
    left, right = formula.split(" = ", 1)
    return left + " = " + re.sub(r"(_\{[a-z])[a-z]\}", r"\1}", right, count=1)


def with_a_factor(formula: str) -> str:
    left, right = formula.split(" = ", 1)
    return f"{left} = 2 {right}" if not right.startswith("-") else f"{left} = -2 {right[1:]}"


def results_altered(text: str, alter) -> tuple[str, set[int]]:
    """The page with every gradient of its last section altered, and the lines where the altered formulas stand."""
    lines = text.splitlines()
    start = next(n for n, line in enumerate(lines) if re.match(r"## \d+\. The gradients", line))
    end = next(n for n in range(start, len(lines)) if lines[n].startswith(("In matrix", "## ")) and n > start)
    altered = set()
    for n in range(start, end):
        if lines[n].startswith("d") and " = " in lines[n] and alter(lines[n]) != lines[n]:
            lines[n] = alter(lines[n])
            altered.add(n)  # a display begins on the line before, and lines are counted from 1
    return "\n".join(lines), altered


ALTERED = ("dense", *(pytest.param(n, marks=pytest.mark.slow) for n in ("softmax", "softmax_cross_entropy")))


@pytest.mark.parametrize("alter", [with_a_sign_flipped, with_an_index_lost, with_a_factor], ids=lambda f: f.__name__)
@pytest.mark.parametrize("name", ALTERED)
def test_a_mistake_in_a_printed_gradient_is_seen(name, alter, tmp_path):
    page = (ROOT / "docs" / "derivations" / f"{name}.md").read_text(encoding="utf-8")
    text, lines = results_altered(re.sub(r"```python.*?```", "", page, flags=re.DOTALL), alter)
    report = read(text, tmp_path / "page.md")
    found = [f for f in report.claims if f.line in lines]
    assert len(found) >= len(lines)
    assert told([f for f in found if f.verdict in ACCEPTED]) == []
    seen = [f for f in found if f.verdict not in GIVEN]
    assert not lines or len(seen) >= len(lines) / 2, told(found)
