"""Transactions: which anomalies a history of transactions has, by cycles of what they read and wrote of each other.

Adya, "Weak Consistency: A Generalized Theory and Optimistic Implementations for Distributed Transactions" (1999), names
the anomalies; Kingsbury and Alvaro, "Elle: Inferring Isolation Anomalies from Experimental Observations" (2020), find
them in what clients saw. A read or a write of the same value tells which of two transactions came first; where they
form a cycle, no order of the transactions explains what they saw.
"""
