"""How fast this machine encodes: what is measured, on what, beside whom."""
