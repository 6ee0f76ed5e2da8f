Health score: a weighted mean of purchase rhythm, trends, payment and returns, with a sentence and the documents behind each part. Weights are dated.
