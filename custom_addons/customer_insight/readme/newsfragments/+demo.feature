Demonstration data hold needs, preferences and a person, and are computed at once.
