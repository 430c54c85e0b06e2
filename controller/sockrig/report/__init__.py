"""Results for people and for other tools: each module turns a :class:`~sockrig.results.model.RunResult` into one form.

Pure: nothing here prints or writes a file.
"""
