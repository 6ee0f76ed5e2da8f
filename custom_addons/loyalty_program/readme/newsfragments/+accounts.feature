One account per member and program, kept by the database; merged contacts keep their points.
