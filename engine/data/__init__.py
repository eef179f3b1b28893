"""Sources and templates: where rows come from, and how their fields are named."""
