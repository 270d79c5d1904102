"""Every case of every run, kept in Parquet files and asked through DuckDB."""
