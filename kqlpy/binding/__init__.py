"""From a written query to a typed plan: names, types, overloads, inlined functions."""
