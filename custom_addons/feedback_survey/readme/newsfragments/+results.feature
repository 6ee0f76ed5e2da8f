Scores with interval, number and months on the survey app's page of results.
