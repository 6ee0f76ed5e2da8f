Persons are erased from feedback on request and after a time; numbers stay.
