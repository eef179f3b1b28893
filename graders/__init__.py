"""What a score is: one file a family, and the table of all of them."""
