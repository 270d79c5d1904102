"""Where worklogs are kept: the records and their faces, and the index over them."""
