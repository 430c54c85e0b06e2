"""The processes that carry traffic: how they start, what they are told, and that none of them outlives its run."""
