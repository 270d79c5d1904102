-- On how many commits the wanted tests gave more than one result, and on how many of these both a good and a bad one.
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
    INNER JOIN wanted ON facts.test_id = wanted.test_id
    INNER JOIN line ON facts.run_seq = line.run_seq
    WHERE facts.status <> 'skipped'
    GROUP BY facts.test_id, line.commit_number, line.setting, facts.run_seq
),
settings AS (
    SELECT
        test_id,
        commit_number,
        setting,
        COUNT(*) + SUM(flaky) AS results,
        CASE WHEN MAX(bad) = 1 OR MAX(flaky) = 1 THEN 1 ELSE 0 END AS bad,
        CASE WHEN MIN(bad) = 0 THEN 1 ELSE 0 END AS good,
        SUM(1 - bad) AS passed
    FROM results
    GROUP BY test_id, commit_number, setting
)
SELECT
    test_id,
    COUNT(DISTINCT CASE WHEN results > 1 THEN commit_number END) AS repeated,
    COUNT(DISTINCT CASE WHEN bad = 1 AND good = 1 THEN commit_number END) AS flipped,
    SUM(CASE WHEN setting = $here THEN passed ELSE 0 END) AS passed_here
FROM settings
GROUP BY test_id
ORDER BY test_id
