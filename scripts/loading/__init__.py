"""Loads real order histories into an Odoo database as real documents.

A source (``sources``) reads its data into the plain values of ``history``; the
writers (``documents``) turn a history into partners, products, confirmed sale orders
and posted credit notes.  Sources know nothing of Odoo, writers nothing of files.
"""
