"""Completion: `cursor.py` finds out where in a query the cursor stands, `suggest.py` what can be written there, `words.py` lists the language's own words."""
