Loyalty suggests to invite customers where members buy more than like customers; its effect uses the one setting for the fewest observations.
