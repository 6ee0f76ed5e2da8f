Questions of surveys make scores: NPS, CSAT, CES and dimensions, with interval, number of answers and real changes.
