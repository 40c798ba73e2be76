"""Execution: batches of Arrow columns pulled through a plan."""
