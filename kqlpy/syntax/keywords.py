"""The words that are no names: KQL refuses them bare, in brackets (`['missing']`) every word is a name.

Most keywords are soft and can be names. The lists here are those that Kusto refuses (`extend missing = ...` is an error there),
so that a query which runs here also runs there. Nothing else in the parser depends on them.
"""

from __future__ import annotations

__all__ = ["BOOLEANS", "NOT_DECLARED", "NOT_REFERENCED", "NOT_STEPS", "ONLY_CALLED"]

BOOLEANS = frozenset({"true", "True", "TRUE", "false", "False", "FALSE"})
_NOWHERE = frozenset({
    "__crossCluster", "__crossDB", "__id", "__isFuzzy", "__noWithSource", "__packedColumn", "__sourceColumnIndex", "bin_legacy",
    "and", "anomalychart", "areachart", "asc", "bagexpansion", "barchart", "between", "boolean", "byte", "cachingpolicy",
    "callout", "cancel", "card", "char", "columnchart", "contains_cs", "containscs", "cycles", "dataexport", "datascope",
    "date", "datetime", "decimal", "decodeblocks", "desc", "double", "dynamic", "encodingpolicy", "endswith", "endswith_cs",
    "expandoutput", "extent_tags_retention", "external_data", "first", "flags", "float", "force_remote", "harddelete",
    "hardretention", "has_all", "has_any", "has_cs", "hasprefix", "hasprefix_cs", "hassuffix", "hassuffix_cs", "hotcache",
    "int", "int16", "int32", "int64", "int8", "isfuzzy", "journal", "ladderchart", "last", "like", "likecs", "linechart",
    "long", "missing", "nooptimization", "notcontains", "notcontainscs", "notlike", "notlikecs", "or", "others", "pathformat",
    "piechart", "pivotchart", "project", "queries", "query_results", "real", "relaxed", "restricted_view_access",
    "row_level_security", "rowstore", "rowstore_references", "rowstore_sealinfo", "rowstorepolicy", "rowstores",
    "scatterchart", "seal", "seals", "shards", "simple", "softdelete", "softretention", "stackedareachart", "startswith",
    "startswith_cs", "statistics", "storedqueryresultcontainers", "string", "tablepurge", "time", "timechart", "timeline",
    "timepivot", "timespan", "treemap", "uint", "uint16", "uint32", "uint64", "uint8", "ulong", "union", "uniqueid",
    "unrestrictedviewers", "views", "with_itemindex", "with_match_id", "with_step_name", "writeaheadlog",
})  # fmt: skip
_ONLY_DECLARED = frozenset({
    "accumulate", "as", "by", "contains", "datatable", "earliest", "externaldata", "find", "has", "in", "invoke", "latest",
    "mdm", "of", "print", "sample", "search", "set", "sql", "title", "to", "verbose", "viewers", "where",
})  # fmt: skip

ONLY_CALLED = frozenset({"materialize", "toscalar", "totable"})
"""Words that a value begins with only as calls."""
NOT_DECLARED = _NOWHERE | BOOLEANS | {"kind", "with_source", "withsource"}
"""Words that cannot be given to a column, variable or parameter without brackets."""
NOT_REFERENCED = _NOWHERE | _ONLY_DECLARED
"""Words that cannot stand without brackets where a value is expected; there they are a slip of the pen."""
NOT_STEPS = NOT_REFERENCED | BOOLEANS | ONLY_CALLED
"""Words that cannot stand without brackets in a path, a list of column names or a list of tables."""
