"""Why a function that binds is not run: the reasons that `declare` names, for errors and for the page of what kqlpy runs.

A refusal fires on the first row. Over no rows a function of rows has no value to give, so such a query runs.
"""

from __future__ import annotations

__all__ = ["CLUSTER", "CODE", "GEOSPATIAL", "GRAPH", "SERVICE", "UNDOCUMENTED", "UNPUBLISHED"]

CLUSTER = "only a cluster knows it"
CODE = "it runs a script in another language"
GEOSPATIAL = "of the geospatial functions only geo_info_from_ip_address and geo_point_to_geohash run"
GRAPH = "graph operators do not run"
SERVICE = "it asks another service"
UNDOCUMENTED = "the reference does not describe it"
UNPUBLISHED = "how Kusto computes it is not published"
