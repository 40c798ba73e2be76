"""From query text to syntax tree and back: the parser, the tree, literals, and the text of a tree."""
