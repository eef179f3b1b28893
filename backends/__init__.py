"""Where samples come from: models behind endpoints, and the embedded recogniser."""
