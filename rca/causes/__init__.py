"""What failures have in common and what is known of them: clusters, classes, matches, suspects, decisions, order."""
