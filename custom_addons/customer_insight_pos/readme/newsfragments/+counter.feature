Purchases at the counter count for figures and stand on the timeline.
