-- Results of each category on each day, in UTC.
SELECT
    CAST(facts.run_ts AS DATE) AS day,
    facts.category,
    SUM(CASE WHEN facts.status IN ('passed', 'flaky') THEN 1 ELSE 0 END) AS passed,
    SUM(CASE WHEN facts.status = 'skipped' THEN 0 ELSE 1 END) AS executed
FROM facts
INNER JOIN line ON facts.run_seq = line.run_seq
GROUP BY CAST(facts.run_ts AS DATE), facts.category
ORDER BY CAST(facts.run_ts AS DATE), facts.category
