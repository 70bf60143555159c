"""The pytest plugin: a fixture that audits, and a ready test."""
