"""The laws of an audit on MariaDB: silence, exactness, soundness; and that no fact is without its test."""
