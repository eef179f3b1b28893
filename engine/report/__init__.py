"""What people look at: tables for the terminal, cards for notebooks, and how far the work is."""
