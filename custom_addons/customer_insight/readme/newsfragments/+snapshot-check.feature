*Check Snapshots* computes a month's end again and lists who differs, by how much and why. *Months of history* is on the settings screen.
