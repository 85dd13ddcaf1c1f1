"""How a gradient check reads."""

import json

from symnet.check.report import Report, Row

RIGHT = Row("f", "x", "complex step", 1e-30, {"n": 2, "d": 13}, 3e-16, True)
SHORT = Row("f", "<w>", "central differences", 1e-4, {"n": 2, "d": 1}, 2e-10, True, note="drawn <positive>")
WRONG = Row("f", "x", "complex step", 1e-30, {"n": 2, "d": 1}, 0.5, False, (1, 0), 2.0, 1.0, "confirmed in 50 digits")


def test_columns_are_aligned_and_rows_carry_their_verdict():
    lines = Report("f", (RIGHT, SHORT, WRONG), 1e-7, ("y (one_hot)",)).table().splitlines()
    assert lines[0] == "f: WRONG, largest relative error 5.0e-01"
    start = lines[1].index("method")
    assert [line[start - 1] for line in lines[1:5]] == [" "] * 4
    assert [line[start] for line in lines[1:5]] == list("mccc")
    assert lines[2].endswith("ok")
    assert lines[4].endswith("WRONG")
    assert lines[5] == "no gradient: y (one_hot)"


def test_a_wrong_row_says_operation_input_index_and_both_values():
    report = Report("f", (RIGHT, WRONG), 1e-7)
    sentence = "WRONG f: gradient of x[1, 0] is 2.0, by complex step 1.0 (confirmed in 50 digits)"
    assert sentence in str(report)
    assert not report.ok
    assert report.wrong == (WRONG,)
    assert report.max_error == 0.5


def test_remarks_on_right_rows_are_printed_once():
    report = Report("f", (SHORT, SHORT), 1e-7)
    assert report.ok
    assert str(report).count("note: <w>: drawn <positive>") == 1


def test_html_is_escaped():
    page = Report("<f>", (SHORT,), 1e-7)._repr_html_()
    assert "&lt;f&gt;" in page
    assert "&lt;positive&gt;" in page
    assert "<td>&lt;w&gt;</td>" in page
    assert "<f>" not in page
    assert page.count("<tr>") == 2


def test_plain_data_goes_through_json():
    data = json.loads(json.dumps(Report("f", (RIGHT, WRONG), 1e-7).to_dict()))
    assert data["ok"] is False
    assert data["rows"][1]["index"] == [1, 0]
    assert data["rows"][1]["sizes"] == {"n": 2, "d": 1}


def test_a_report_without_rows_is_ok():
    assert Report("f", (), 1e-7).ok
    assert Report("f", (), 1e-7).max_error == 0
