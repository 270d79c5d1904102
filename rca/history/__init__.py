"""Every case of every run, kept in Parquet files and asked through DuckDB. Importing this package does not import DuckDB.

    intake = take_in(paths, config, context=context, now=now, rows=True)      # keeps every result, packed
    store = open_store(config.history.store, project_folder, os.environ)      # touches nothing yet
    stored = append(store, run, intake.rows, now=now)                         # run: after clustering; stored.added
    history = look_back(store, run, config.history)                           # rca.model.History

`append` makes the store when needed, stores a run once (`stored.added` is False for one that was there) and raises
HistoryError, an RcaError, when it cannot: then nothing was stored. `at=` dates a run whose reports give no time.
`look_back` answers the same whether it is asked before or after later runs are stored. Of a run that is not stored it knows
all but `fixed`. Without a store it returns a History with a note. What was damaged in the store and left out stands in
`store.problems` as warnings.
"""

from rca.history.append import Stored, append
from rca.history.past import look_back
from rca.history.store import Store, open_store

__all__ = ["Store", "Stored", "append", "look_back", "open_store"]
