"""Writes histories into Odoo: one prototype of each kind by the ORM, the rest by SQL.

The ORM needs milliseconds for a document, the database microseconds.  So each kind of
document is made once through the ORM, its rows are read and taken back, and all others
are inserted as copies of it that differ in a few columns.  Columns that other modules
added are thereby filled the way those modules fill them.
"""
