Points that lie unused are a sign of leaving; the anniversary of a membership is an occasion.
