Rules of segments evaluated for a past day go by the profiles of that day.
