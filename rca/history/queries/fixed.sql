-- Tests that failed in one run and passed in another.
WITH results AS (
    SELECT
        test_id,
        MIN(suite) AS suite,
        MIN(classname) AS classname,
        MIN(name) AS name,
        MAX(CASE WHEN run_seq = $previous AND status IN ('failed', 'error') THEN 1 ELSE 0 END) AS failed_before,
        MAX(CASE WHEN run_seq = $here AND status IN ('failed', 'error') THEN 1 ELSE 0 END) AS fails_now,
        MAX(CASE WHEN run_seq = $here AND status IN ('passed', 'flaky') THEN 1 ELSE 0 END) AS passes_now
    FROM facts
    WHERE run_seq IN ($previous, $here)
    GROUP BY test_id
)
SELECT suite, classname, name
FROM results
WHERE failed_before = 1 AND fails_now = 0 AND passes_now = 1
ORDER BY suite, classname, name
