"""Speech that ships with the package: questions, answers to them, and what was heard."""
