"""rca turns a red test run into a root-cause worklog.

The way of the data, a folder for each stage:

    sources  ->  model  ->  analysis  ->  document  ->  archive

`rca.workflow` walks it from one end to the other; `rca.cli` is a thin door in front of it. The stages never import one
another: `rca.model` is the only language that they share, and `rca.text` the helpers that know nothing of either.
"""

from rca.version import __version__

__all__ = ["__version__"]
