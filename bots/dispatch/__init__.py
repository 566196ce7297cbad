"""Delivery: what is due goes out surely, once and in order. DBOS is queue and recovery, the ledger the record.

publisher.py  what each platform implements: post, edit, find what was posted      content.py  what a dispatch holds
delivering.py one dispatch: claim, render, store, post part by part, settle        books.py    the ledger, in threads
pumping.py    what is due since the stored mark; corrections that are due          identity.py one process under one name
engine.py     DBOS: queues, workflows, recovery of what dead processes had         counting.py figures for Prometheus
"""
