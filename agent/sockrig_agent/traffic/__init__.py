"""Generated traffic: engines, pacing, datagrams in batches and meters; it knows no gRPC and no session."""
