"""What is wrong with a rule beyond its query: fields that the service or its template validator refuses, and what the query's columns and times reveal.

`lint` gives findings in the order of the file. What only analytics rules owe is asked of no hunting query. Checks of single fields stand in
`lint_fields.py`, those of their forms in `lint_shapes.py`, those of mappings in `lint_mappings.py`, those that need the bound query in `lint_query.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kqlpy.rules.findings import Finding
from kqlpy.rules.lint_fields import FIELD_CHECKS
from kqlpy.rules.lint_mappings import MAPPING_CHECKS
from kqlpy.rules.lint_query import QUERY_CHECKS
from kqlpy.rules.lint_shapes import SHAPE_CHECKS
from kqlpy.rules.model import Rule

if TYPE_CHECKING:
    from kqlpy.api import Prepared

__all__ = ["Finding", "lint"]


def lint(rule: Rule, prepared: Prepared | None = None) -> tuple[Finding, ...]:
    """The findings on a rule, by line. `prepared` is its bound query; without it (the query is wrong) the checks of columns and times are left out.

    A plain query file has no fields to be wrong: it gives none.
    """
    if rule.places is None:
        return ()
    found = [finding for check in (*FIELD_CHECKS, *SHAPE_CHECKS, *MAPPING_CHECKS) for finding in check(rule)]
    if prepared is not None:
        found += [finding for query_check in QUERY_CHECKS for finding in query_check(rule, prepared)]
    return tuple(sorted(dict.fromkeys(found), key=lambda f: (f.line, f.column, f.code)))
