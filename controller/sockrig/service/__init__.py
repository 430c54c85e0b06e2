"""The controller's gRPC service: what clients may ask, and how failures are told."""
