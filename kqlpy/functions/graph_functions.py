"""Functions over the parts of a graph pattern. They bind, so that a query with one is checked, but none runs yet."""

from __future__ import annotations

from kqlpy.functions.refusals import GRAPH
from kqlpy.functions.registry import SCALARS, declare

__all__: list[str] = []

declare(SCALARS, "all", "(pattern_element: scalar, expression: bool) -> bool", why=GRAPH, page="all-graph-function")
declare(SCALARS, "any", "(pattern_element: scalar, expression: bool) -> bool", why=GRAPH, page="any-graph-function")
declare(SCALARS, "map", "(pattern_element: scalar, expression: scalar) -> dynamic", why=GRAPH, page="map-graph-function")
declare(SCALARS, "inner_nodes", "(edge: scalar) -> dynamic", why=GRAPH, page="inner-nodes-graph-function")
declare(SCALARS, "node_id", "(node: scalar = ?) -> string", why=GRAPH, page="node-id-graph-function")
declare(SCALARS, "node_degree_in", "(node: scalar = ?) -> long", why=GRAPH, page="node-degree-in")
declare(SCALARS, "node_degree_out", "(node: scalar = ?) -> long", why=GRAPH, page="node-degree-out")
declare(SCALARS, "labels", "(pattern_element: scalar = ?) -> dynamic", why=GRAPH, page="labels-graph-function")
