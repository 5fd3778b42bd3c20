"""The study file, discovery, checks, plan, run, store and the ledger of exclusions."""
