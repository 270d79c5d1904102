-- The first run in which each test failed, and in how many it did; those that broke last come first.
WITH failures AS (
    SELECT
        facts.test_id,
        MIN(facts.suite) AS suite,
        MIN(facts.classname) AS classname,
        MIN(facts.name) AS name,
        MIN(facts.run_seq) AS first_seen,
        COUNT(DISTINCT facts.run_seq) AS runs
    FROM facts
    INNER JOIN line ON facts.run_seq = line.run_seq
    WHERE facts.status IN ('failed', 'error')
    GROUP BY facts.test_id
)
SELECT suite, classname, name, first_seen, runs
FROM failures
ORDER BY first_seen DESC, test_id
LIMIT $most
