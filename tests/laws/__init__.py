"""The laws of an audit as properties: silence, exactness, soundness; and that no fact is without its test."""
