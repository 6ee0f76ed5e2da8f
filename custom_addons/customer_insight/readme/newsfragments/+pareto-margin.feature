The Pareto curve and the list of best customers also go by margin, and say how much of the revenue has a known cost.
