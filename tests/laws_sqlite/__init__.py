"""The laws of an audit on SQLite: silence, exactness, and that no fact is without its draw."""
