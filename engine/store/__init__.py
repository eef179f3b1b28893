"""Runs on the disk: a database, and blobs by the hash of what they hold."""
