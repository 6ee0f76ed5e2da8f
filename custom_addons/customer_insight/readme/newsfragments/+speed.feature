Profiles are computed with a third less work, and what follows from them, too.
