"""A job board: companies post jobs, candidates apply, somebody gets hired."""
