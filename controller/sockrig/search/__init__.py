"""The search for the largest load that a network carries, after RFC 9971 (Multiple Loss Ratio Search). Pure.

A load is a rate in any one unit. :mod:`~sockrig.search.strategy` says which trial comes next,
:mod:`~sockrig.search.classification` what the trials say of a load, :mod:`~sockrig.search.outcome` what was found.
"""
