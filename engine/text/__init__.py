"""Text: what a word is, how texts are normalised, and how two of them align."""
