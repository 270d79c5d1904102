-- Tests with more than one result on a commit, those with a good and a bad one on the most commits first.
-- Results are compared within one setting, which is a commit, an environment and a job: what fails on one system only is not flaky.
-- A flaky result is two: a bad one and, in a rerun, a good one.
WITH results AS (
    SELECT
        facts.test_id,
        line.commit_number,
        line.setting,
        facts.run_seq,
        MAX(CASE WHEN facts.status IN ('failed', 'error') THEN 1 ELSE 0 END) AS bad,
        MAX(CASE WHEN facts.status = 'flaky' THEN 1 ELSE 0 END) AS flaky
    FROM facts
    INNER JOIN line ON facts.run_seq = line.run_seq
    WHERE facts.status <> 'skipped'
    GROUP BY facts.test_id, line.commit_number, line.setting, facts.run_seq
),
settings AS (
    SELECT
        test_id,
        commit_number,
        COUNT(*) AS runs,
        SUM(bad) AS failed,
        COUNT(*) + SUM(flaky) AS results,
        CASE WHEN MAX(bad) = 1 OR MAX(flaky) = 1 THEN 1 ELSE 0 END AS bad,
        CASE WHEN MIN(bad) = 0 THEN 1 ELSE 0 END AS good
    FROM results
    GROUP BY test_id, commit_number, setting
),
tests AS (
    SELECT
        test_id,
        SUM(runs) AS runs,
        SUM(failed) AS failed,
        COUNT(DISTINCT CASE WHEN results > 1 THEN commit_number END) AS repeated,
        COUNT(DISTINCT CASE WHEN bad = 1 AND good = 1 THEN commit_number END) AS flipped
    FROM settings
    GROUP BY test_id
),
worst AS (
    SELECT test_id, runs, failed, repeated, flipped
    FROM tests
    WHERE flipped > 0
    ORDER BY flipped DESC, repeated, test_id
    LIMIT $most
)
SELECT
    MIN(facts.suite) AS suite,
    MIN(facts.classname) AS classname,
    MIN(facts.name) AS name,
    worst.runs,
    worst.failed,
    worst.repeated,
    worst.flipped
FROM worst
INNER JOIN facts ON worst.test_id = facts.test_id
INNER JOIN line ON facts.run_seq = line.run_seq
GROUP BY worst.test_id, worst.runs, worst.failed, worst.repeated, worst.flipped
ORDER BY worst.flipped DESC, worst.repeated, worst.test_id
