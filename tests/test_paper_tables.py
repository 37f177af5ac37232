"""The paper's tables with runs in their places."""

from draw_np.measuring import paper_tables

REPORT = {
    "preset": "mnist",
    "step": 5000,
    "dataset": "binarized-mnist",
    "data": "the fixed set",
    "split": "test",
    "images": 10000,
    "images_of_split": 10000,
    "samples": 1,
    "bound": 87.60,
    "importance_weighted": 86.0,
}


def bounds_in_order(text):
    """The number each row is sorted by, as printed."""
    rows = text.splitlines()[1:13]
    return [float((row[59:].strip() or row[50:59].strip()).strip("~")) for row in rows]


def test_own_row_stands_in_its_place():
    text = paper_tables.table_2(REPORT)
    assert bounds_in_order(text) == sorted(bounds_in_order(text), reverse=True)
    lines = text.splitlines()
    at = next(i for i, line in enumerate(lines) if "this run, mnist, step 5000" in line)
    assert lines[at].endswith("87.60") and "~" not in lines[at]
    assert "12hl" in lines[at - 1] and "without attention" in lines[at + 1]
    assert len(lines) == 13 and "Not like" not in text


def test_an_estimate_needs_samples():
    assert "~86.00" in paper_tables.table_2({**REPORT, "samples": 50})


def test_what_is_not_like_with_like_is_said():
    text = paper_tables.table_2(
        {**REPORT, "dataset": "mnist", "data": "MNIST, fresh", "split": "valid", "images": 500}
    )
    assert "this run on MNIST, fresh." in text
    assert "this run on valid." in text
    assert "500 of 10,000 images" in text


def judged(name, error, dataset="cluttered", split="test"):
    """A report as ``classify`` makes it."""
    return {
        "name": name,
        "error": error,
        "interval": (error - 0.004, error + 0.005),
        "dataset": dataset,
        "data": "what it was",
        "split": split,
    }


def test_table_1_is_the_paper_s_with_our_rows_in_their_places():
    printed = dict(paper_tables.TABLE_1)
    assert list(printed.values()) == [14.35, 9.41, 8.11, 4.18, 3.36]
    table = paper_tables.table_1([judged("eight", 0.05), judged("whole", 0.5)])
    errors = [float(line[58:65]) for line in table.splitlines()[1:]]
    assert errors == [50, 14.35, 9.41, 8.11, 5, 4.18, 3.36]
    assert "this run, eight" in table and "(4.60 to 5.50)" in table
    assert "like with like" not in table
    unlike = paper_tables.table_1([judged("s", 0.1, "cluttered-small", "valid")])
    assert unlike.count("Not like with like") == 2 and "this run on what it was" in unlike
