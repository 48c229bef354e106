"""Campaign: a matrix of runs, each judged once, whatever comes between."""
