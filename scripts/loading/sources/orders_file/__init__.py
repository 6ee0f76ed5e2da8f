"""Reads an order history from a file: customer, date, amount, and what else is there.

``text`` turns bytes into records, ``columns`` finds out what they hold, ``values``
reads single cells, ``records`` makes orders and refunds of them.  Whatever cannot be
read without guessing is rejected with its line number and a reason.
"""
