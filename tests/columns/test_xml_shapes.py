"""XML read by its shape against XML read one document at a time."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kqlpy.columns import dynamic, xml_shapes
from kqlpy.functions.parse_text import parse_xml

NAMES = st.sampled_from(["a", "b", "Data", "x:y", "_1"])
VALUES = st.text(st.sampled_from("ab \"\'\\\n\t>]é\xa0\u2028;"), max_size=4) | st.sampled_from(["&amp;", "&lt;x", "]]>", "<!-- c -->", "\r\n", "\x01", " t ", "<c/>"])
BLANKS = st.sampled_from(["", " ", "\n  "])


@st.composite
def forms(draw: st.DrawFn, depth: int = 2) -> str:
    """A document with `{}` where values stand."""
    name, sign = draw(NAMES), draw(st.sampled_from("\"'"))
    attributes = "".join(f"{draw(st.sampled_from([' ', '  ']))}{key}={sign}{{}}{sign}" for key in draw(st.lists(NAMES, max_size=2)))
    if draw(st.booleans()):
        return f"<{name}{attributes}/>"
    if depth and draw(st.booleans()):
        children = [draw(forms(depth - 1)) for _ in range(draw(st.integers(1, 3)))]
        return f"<{name}{attributes}>{''.join(draw(BLANKS) + child for child in children)}{draw(BLANKS)}</{name}>"
    return f"<{name}{attributes}>{{}}</{name}>"


@st.composite
def documents(draw: st.DrawFn) -> list[str]:
    """Documents of a few forms, and others."""
    found = []
    for form in draw(st.lists(forms(), min_size=1, max_size=2)):
        found += [form.format(*(draw(VALUES) for _ in range(form.count("{}")))) for _ in range(draw(st.integers(1, 4)))]
    return draw(st.permutations(found + draw(st.lists(st.sampled_from(["", " <a/>", "<a>", "<a/><b/>", "x", "<a>1</b>"]), max_size=2))))


@pytest.fixture(autouse=True, scope="module")
def _few_rows_suffice() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(xml_shapes, "_FEWEST_ROWS", 1)
        yield


@settings(max_examples=200, deadline=None)
@given(documents(), st.integers(0, 2))
def test_documents_of_common_shapes(texts: list[str], start: int) -> None:
    column = pa.array(texts, pa.string()).slice(start)
    found = xml_shapes.read_by_shape(column, lambda some: dynamic.from_values([parse_xml(one) for one in some.to_pylist()]))
    if found is not None:
        known, bags = found
        expected = dynamic.from_values([parse_xml(one) for one in column.filter(pa.array(known)).to_pylist()])
        assert bags.to_pylist() == expected.to_pylist()


def test_an_event_is_read_by_its_shape() -> None:
    texts = pa.array([f"<D type='{i}'><E><Data Name=\"a\">{i}</Data><Data Name=\"b\"> x{i} </Data></E></D>" for i in range(99)])
    found = xml_shapes.read_by_shape(texts, lambda some: dynamic.from_values([parse_xml(one) for one in some.to_pylist()]))
    assert found is not None
    assert found[0].all()
    assert found[1][7].as_py() == '{"D":{"@type":"7","E":{"Data":[{"@Name":"a","#text":"7"},{"@Name":"b","#text":"x7"}]}}}'
