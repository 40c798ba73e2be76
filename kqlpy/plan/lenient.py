"""Plans for the legs of a fuzzy union: a table that has no data here is read as empty.

Lets that such a leg reads, and sub-queries of its expressions, are read so too. Other readers of the same let keep theirs, in which a missing table is an error.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from kqlpy.operators.scan import Missing
from kqlpy.plan.expressions import ListQuery, ScalarQuery
from kqlpy.plan.nodes import Plan, Shared, SharedScan
from kqlpy.plan.optimizer import subqueries, with_subqueries

__all__ = ["Lenient"]


@dataclass
class Lenient:
    """Makes plans lenient; one object for a whole query, so that legs that read the same let still share it."""

    warn: Callable[[str], None]
    _lacking: dict[int, tuple[Plan, bool]] = field(default_factory=dict)
    _shared: dict[int, tuple[Shared, Shared]] = field(default_factory=dict)

    def plan(self, plan: Plan) -> Plan:
        """The plan with tables that have no data read as empty; the same object where it reads none."""
        if not self._lacks(plan):
            return plan
        if isinstance(plan, Missing):
            self.warn(f"there is no data for `{plan.name}`: a fuzzy union reads it as empty")
            return replace(plan, lenient=True)
        if isinstance(plan, SharedScan):
            return replace(plan, shared=self._share(plan.shared))
        inputs = plan.inputs()
        plan = plan.with_inputs(tuple(map(self.plan, inputs))) if inputs else plan
        return with_subqueries(plan, self._query) if any(map(self._lacks, subqueries(plan))) else plan

    def _query(self, query: ScalarQuery | ListQuery) -> ScalarQuery | ListQuery:
        return replace(query, plan=self.plan(query.plan))

    def _share(self, shared: Shared) -> Shared:
        if id(shared) not in self._shared:
            self._shared[id(shared)] = (shared, Shared(self.plan(shared.plan), shared.name, shared.materialize))
        return self._shared[id(shared)][1]

    def _lacks(self, plan: Plan) -> bool:
        """True when something under the plan is a table without data that must be there."""
        if id(plan) not in self._lacking:
            lacks = isinstance(plan, Missing) and not plan.lenient
            shared = (plan.shared.plan,) if isinstance(plan, SharedScan) else ()
            self._lacking[id(plan)] = (plan, lacks or any(map(self._lacks, (*shared, *plan.inputs(), *subqueries(plan)))))
        return self._lacking[id(plan)][1]
