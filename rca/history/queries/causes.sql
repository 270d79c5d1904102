-- In which runs the wanted fingerprints were seen, as that of a case or as that of its group.
WITH seen AS (
    SELECT wanted.mark, facts.run_seq, line.branch
    FROM facts
    INNER JOIN line ON facts.run_seq = line.run_seq
    INNER JOIN wanted ON facts.fingerprint = wanted.mark
    WHERE facts.fingerprint IS NOT NULL
    UNION
    SELECT wanted.mark, facts.run_seq, line.branch
    FROM facts
    INNER JOIN line ON facts.run_seq = line.run_seq
    INNER JOIN wanted ON facts.cause = wanted.mark
    WHERE facts.cause IS NOT NULL
)
SELECT
    mark,
    branch,
    MIN(run_seq) AS first_seen,
    MAX(run_seq) AS last_seen,
    COUNT(*) AS runs
FROM seen
GROUP BY mark, branch
ORDER BY mark, MAX(run_seq) DESC, branch
