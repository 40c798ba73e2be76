"""Result tables as text and files: `writers.py` lists the formats, `cells.py` says how a value looks in each."""
