-- Failures whose message holds a text, the latest first.
SELECT facts.run_seq, facts.suite, facts.classname, facts.name, facts.error_type, facts.message, facts.fingerprint
FROM facts
INNER JOIN line ON facts.run_seq = line.run_seq
WHERE facts.message IS NOT NULL AND POSITION(LOWER($text) IN LOWER(facts.message)) > 0
ORDER BY facts.run_seq DESC, facts.test_id
LIMIT $most
