"""Who asks the stores of a run, and for which database, where a store wants to know."""

USER = "actorproof"
DATABASE = "postgres"
