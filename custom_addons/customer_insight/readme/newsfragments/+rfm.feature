Scores for recency, frequency and monetary value with equal scores for equal values, eleven named segments, and a grid of 125 codes that can be edited.
