"""Bound plans: typed expressions, logical nodes, and the rules that improve a plan."""
