"""Carries out the steps of a plan, one kind of them a module: a planned step and the run's context in, a result out."""
