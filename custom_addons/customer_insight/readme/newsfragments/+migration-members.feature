Migration also between segments by rule, by hand and by likeness, from the history of their members.
