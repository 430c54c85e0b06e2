"""The built-in kinds of traffic, one a file; only workers import them."""
