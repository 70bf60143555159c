"""What an audit costs beside the bare reading of the catalog: `uv run python -m benchmarks --help`."""
