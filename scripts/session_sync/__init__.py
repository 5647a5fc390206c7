"""Session logs of coding agents: saved, kept private, synced through git without conflicts."""

__version__ = "0.1.0"
