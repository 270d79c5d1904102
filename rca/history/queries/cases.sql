-- What the runs of a line say of the wanted tests. Of results with one name in one run the worst counts.
WITH results AS (
    SELECT
        facts.test_id,
        facts.run_seq,
        MAX(CASE facts.status WHEN 'error' THEN 3 WHEN 'failed' THEN 2 WHEN 'flaky' THEN 1 ELSE 0 END) AS worst
    FROM facts
    INNER JOIN line ON facts.run_seq = line.run_seq
    INNER JOIN wanted ON facts.test_id = wanted.test_id
    WHERE facts.status <> 'skipped'
    GROUP BY facts.test_id, facts.run_seq
),
ends AS (
    SELECT
        test_id,
        COUNT(*) AS runs,
        SUM(CASE WHEN worst >= 2 THEN 1 ELSE 0 END) AS failed,
        MAX(run_seq) AS latest,
        MAX(CASE WHEN worst < 2 THEN run_seq END) AS last_good
    FROM results
    GROUP BY test_id
)
SELECT
    ends.test_id,
    ends.runs,
    ends.failed,
    MAX(CASE WHEN results.run_seq = ends.latest THEN results.worst END) AS last,
    ends.last_good,
    MIN(CASE WHEN results.worst >= 2 AND results.run_seq > COALESCE(ends.last_good, -1) THEN results.run_seq END) AS first_bad,
    SUM(CASE WHEN results.worst >= 2 AND results.run_seq > COALESCE(ends.last_good, -1) THEN 1 ELSE 0 END) AS failing_runs
FROM ends
INNER JOIN results ON ends.test_id = results.test_id
GROUP BY ends.test_id, ends.runs, ends.failed, ends.last_good
ORDER BY ends.test_id
