"""One file per side: each reads one of the things that should agree."""
