Staff record feedback on the phone or during a visit.
