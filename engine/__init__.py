"""What happens to data: audio, text, rows, statistics. Names no grader and no backend."""
