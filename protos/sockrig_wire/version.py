"""The version of Sockrig, which agents and controllers tell each other; the distribution takes it from here."""

VERSION = "0.1.0"
