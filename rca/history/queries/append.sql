-- The rows of one run, from the lines that were written while its reports were read.
WITH lines AS (
    SELECT *
    FROM read_csv(
        $lines,
        auto_detect = false, header = false, delim = ',', quote = '"', escape = '"', new_line = '\n',
        nullstr = '', allow_quoted_nulls = false, parallel = false, buffer_size = 4194304,
        columns = {
            'place': 'BIGINT', 'status': 'VARCHAR', 'duration_ms': 'BIGINT', 'name': 'VARCHAR',
            'error_type': 'VARCHAR', 'message': 'VARCHAR', 'fingerprint': 'VARCHAR', 'cause': 'VARCHAR'
        }
    )
),
places AS (
    SELECT DISTINCT place, category_group, suite, classname
    FROM read_csv(
        $places,
        auto_detect = false, header = false, delim = ',', quote = '"', escape = '"', new_line = '\n',
        nullstr = '', allow_quoted_nulls = false, parallel = false, buffer_size = 4194304,
        columns = {'place': 'BIGINT', 'category_group': 'BIGINT', 'suite': 'VARCHAR', 'classname': 'VARCHAR'}
    )
),
categories AS (
    SELECT category_group, category
    FROM read_csv(
        $groups,
        auto_detect = false, header = false, delim = ',', quote = '"', escape = '"', new_line = '\n',
        nullstr = '', allow_quoted_nulls = false, parallel = false, buffer_size = 4194304,
        columns = {'category_group': 'BIGINT', 'category': 'VARCHAR'}
    )
)
SELECT
    CAST($run_id AS VARCHAR) AS run_id,
    CAST($run_hash AS VARCHAR) AS run_hash,
    CAST($seq AS BIGINT) AS run_seq,
    CAST($run_ts AS TIMESTAMP) AS run_ts,
    CAST($repo AS VARCHAR) AS repo,
    CAST($branch AS VARCHAR) AS branch,
    CAST($commit AS VARCHAR) AS commit_sha,
    CAST($environment AS VARCHAR) AS environment,
    CAST($attempt AS BIGINT) AS attempt,
    CAST($job AS VARCHAR) AS job,
    -- The half of a hash without its sign: the same number in every engine.
    CAST(md5_number_lower(concat_ws(chr(31), $repo_key, places.suite, places.classname, lines.name)) >> 1 AS BIGINT) AS test_id,
    places.suite,
    places.classname,
    lines.name,
    categories.category,
    lines.status,
    lines.duration_ms,
    lines.error_type,
    lines.message,
    lines.fingerprint,
    lines.cause
FROM lines
INNER JOIN places ON lines.place = places.place
INNER JOIN categories ON places.category_group = categories.category_group
