"""Why two sides disagree: a fact's timeline through the revisions, its cause, and what a person can check of it."""
