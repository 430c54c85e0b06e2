"""What to do, as a person writes it: the scenario's model, its loader with positions, and its expansion to a plan.

Pure: text and values in, values out. :func:`sockrig.scenario.loader.load_scenario` reads a file's text,
:func:`sockrig.scenario.plan.expand` puts real agents in its roles.
"""
