"""Functions over the parts of a graph pattern. They bind, so that a query with one is checked, but none runs yet."""

from __future__ import annotations

from kqlpy.functions.registry import SCALARS, declare

__all__: list[str] = []

declare(SCALARS, "all", "(pattern_element: scalar, expression: bool) -> bool", page="all-graph-function")
declare(SCALARS, "any", "(pattern_element: scalar, expression: bool) -> bool", page="any-graph-function")
declare(SCALARS, "map", "(pattern_element: scalar, expression: scalar) -> dynamic", page="map-graph-function")
declare(SCALARS, "inner_nodes", "(edge: scalar) -> dynamic", page="inner-nodes-graph-function")
declare(SCALARS, "node_id", "(node: scalar = ?) -> string", page="node-id-graph-function")
declare(SCALARS, "node_degree_in", "(node: scalar = ?) -> long", page="node-degree-in")
declare(SCALARS, "node_degree_out", "(node: scalar = ?) -> long", page="node-degree-out")
declare(SCALARS, "labels", "(pattern_element: scalar = ?) -> dynamic", page="labels-graph-function")
