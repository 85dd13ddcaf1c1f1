"""Our own documents: each formula gets the verdict that its author expects; alterations of the true ones are caught."""

from __future__ import annotations

import pytest

from symnet.lecture.check import Options, alter_claims, check_documents
from symnet.lecture.verdict import ACCEPTED
from tests.lecture.scoring import CORPUS, agrees, expectations, score
from tests.once import once

DOCUMENTS = sorted(CORPUS.glob("*.md"))
EXPECTED = {path: expectations(path) for path in DOCUMENTS}
ALTERED = ("information",)  # documents of the quick run whose alterations are judged
QUICK = [*DOCUMENTS[::4], *(p for p in DOCUMENTS[1:] if p.stem in ALTERED)]  # those that are judged in the quick run
#: formulas that symnet does not yet judge as expected; none of them may be refuted if true or accepted if wrong
OPEN = 12
OPTIONS = Options(cache=False)


@pytest.fixture(
    scope="module", params=[pytest.param(QUICK, id="quick"), pytest.param(DOCUMENTS, id="all", marks=pytest.mark.slow)]
)
def reports(request, tmp_path_factory):
    paths = request.param
    return dict(zip(paths, once(tmp_path_factory, f"corpus-{len(paths)}", lambda: check_documents(paths, OPTIONS))))


def test_the_corpus_is_large():
    expected = [e for entries in EXPECTED.values() for e in entries]
    assert sum(not e.wrong for e in expected) >= 180
    assert sum(e.wrong for e in expected) >= 60
    assert len({(e.document, e.line) for e in expected}) == len(expected)


def test_every_formula_is_reported_and_none_is_misjudged(reports):
    for path, report in reports.items():
        assert not report.error
        lines = {f.line for f in report.claims}
        assert all(e.line in lines for e in EXPECTED[path]), path.stem
    result = score([(EXPECTED[path], report) for path, report in reports.items()])
    assert result.refuted_originals == []
    assert result.accepted_mistakes == []


def test_verdicts_are_those_expected(reports):
    result = score([(EXPECTED[path], report) for path, report in reports.items()])
    different = result.other + result.unjudged
    assert result.agree >= 0.95 * result.formulas, "\n".join(different)
    assert len(different) <= OPEN, "\n".join(different)


def test_mistakes_are_corrected(reports):
    """What is written for a mistake need not be what the author would write, but something must stand there."""
    wrong = found = right = 0
    for path, report in reports.items():
        for e in EXPECTED[path]:
            findings = [f for f in report.claims if f.line == e.line]
            if e.mend and agrees(e, findings):
                wrong += 1
                found += any(f.correction for f in findings)
    result = score([(EXPECTED[path], report) for path, report in reports.items()])
    right = result.mended
    assert found >= 0.85 * wrong
    assert right >= 0.7 * result.to_mend, "\n".join(result.wrongly_mended)


def _accepted_alterations(paths, reports):
    chosen = [reports[path] for path in paths]
    altered = alter_claims(chosen, OPTIONS)
    pairs = [a for alterations in altered for a in alterations if a.original.verdict in ACCEPTED]
    return pairs, [f"{a.original.claim}  ->  {a.altered.claim}" for a in pairs if a.accepted]


@pytest.mark.slow
def test_alterations_are_caught(reports):
    whole = len(reports) == len(DOCUMENTS)
    pairs, accepted = _accepted_alterations([path for path in reports if whole or path.stem in ALTERED], reports)
    assert len(pairs) > 30
    assert accepted == []
    least = 0.85 if whole else 0.75
    assert sum(a.caught for a in pairs) >= least * len(pairs)  # the others are abstentions, none is accepted
