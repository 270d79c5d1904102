-- On how many commits the wanted tests gave more than one result, and on how many of these both a good and a bad one.
-- Results are compared within one environment and one job: what fails on one system only is not flaky.
-- A run without a commit is compared with itself alone. A flaky result is two: a bad one and, in a rerun, a good one.
WITH results AS (
    SELECT
        facts.test_id,
        COALESCE(facts.commit_sha, facts.run_id) AS commit_sha,
        COALESCE(facts.environment, '') AS environment,
        COALESCE(facts.job, '') AS job,
        facts.run_id,
        MAX(CASE WHEN facts.status IN ('failed', 'error') THEN 1 ELSE 0 END) AS bad,
        MAX(CASE WHEN facts.status = 'flaky' THEN 1 ELSE 0 END) AS flaky
    FROM facts
    INNER JOIN line ON facts.run_seq = line.run_seq
    INNER JOIN wanted ON facts.test_id = wanted.test_id
    WHERE facts.status <> 'skipped'
    GROUP BY facts.test_id, facts.commit_sha, facts.environment, facts.job, facts.run_id
),
commits AS (
    SELECT
        test_id,
        commit_sha,
        environment,
        job,
        COUNT(*) + SUM(flaky) AS results,
        MAX(CASE WHEN bad = 1 OR flaky = 1 THEN 1 ELSE 0 END) AS bad,
        MAX(CASE WHEN bad = 0 THEN 1 ELSE 0 END) AS good,
        SUM(CASE WHEN bad = 0 THEN 1 ELSE 0 END) AS passed
    FROM results
    GROUP BY test_id, commit_sha, environment, job
)
SELECT
    test_id,
    COUNT(DISTINCT CASE WHEN results > 1 THEN commit_sha END) AS repeated,
    COUNT(DISTINCT CASE WHEN bad = 1 AND good = 1 THEN commit_sha END) AS flipped,
    SUM(CASE WHEN commit_sha = $commit AND environment = $environment AND job = $job THEN passed ELSE 0 END) AS passed_here
FROM commits
GROUP BY test_id
ORDER BY test_id
