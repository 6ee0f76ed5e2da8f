Points for a finished course, once for each course and person.
