"""The laws of an audit on SQLite: silence, exactness, soundness, and that no fact is without its draw."""
