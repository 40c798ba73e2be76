"""The functions of the language, each declared in one place; see `registry.py` for what a declaration says."""
